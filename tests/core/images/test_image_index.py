"""What an index entry is called, and which image it means."""

import pytest

from layertui.core.images.image_index import is_bare_tag, is_image, name_of
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import digest_of
from layertui.core.oci.media_types import IMAGE_NAME, OCI_INDEX, OCI_MANIFEST, REF_NAME

ENTRY = Descriptor(OCI_MANIFEST, digest_of(b"x"), 1)
DIGEST = str(digest_of(b"y"))


@pytest.mark.parametrize(
    ("annotations", "name"),
    [
        ({}, None),
        ({REF_NAME: "latest"}, None),
        ({REF_NAME: "x"}, None),
        ({REF_NAME: "v1.0"}, None),
        ({REF_NAME: "demo:1"}, "docker.io/library/demo:1"),
        ({REF_NAME: "team/demo"}, "docker.io/team/demo:latest"),
        ({REF_NAME: "localhost:5000/demo"}, "localhost:5000/demo:latest"),
        ({REF_NAME: "1", IMAGE_NAME: "docker.io/library/demo:1"}, "docker.io/library/demo:1"),
        ({IMAGE_NAME: "demo"}, "docker.io/library/demo:latest"),
        ({REF_NAME: "new:2", IMAGE_NAME: "docker.io/library/demo:1"}, "docker.io/library/new:2"),
        ({REF_NAME: "Not:a:name", IMAGE_NAME: "docker.io/library/demo:1"}, "docker.io/library/demo:1"),
        ({REF_NAME: f"demo:1@{DIGEST}"}, "docker.io/library/demo:1"),
        ({REF_NAME: f"demo@{DIGEST}"}, None),
        ({REF_NAME: ""}, None),
    ],
)
def test_names(annotations, name):
    warnings = []
    found = name_of(ENTRY.with_annotations(annotations), warnings)
    assert (None if found is None else found.canonical) == name
    assert warnings == []


@pytest.mark.parametrize("annotations", [{IMAGE_NAME: "no\nname:1"}, {REF_NAME: "no name"}, {REF_NAME: "\x1b[31mred"}])
def test_a_name_that_is_none_is_warned_of_in_one_line(annotations):
    warnings = []
    assert name_of(ENTRY.with_annotations(annotations), warnings) is None
    (warning,) = warnings
    assert "\n" not in warning


def test_bare_tags():
    assert is_bare_tag("latest")
    assert is_bare_tag("v1.0+build@2")
    assert not is_bare_tag("a b")
    assert not is_bare_tag("a:b")
    assert not is_bare_tag("a/b")


def test_what_may_be_an_image():
    assert is_image(ENTRY)
    assert is_image(Descriptor(OCI_INDEX, ENTRY.digest, 1))
    assert not is_image(Descriptor("application/vnd.example", ENTRY.digest, 1))
    assert not is_image(Descriptor(OCI_MANIFEST, ENTRY.digest, 1, platform=Platform("unknown", "unknown")))
    assert not is_image(ENTRY.with_annotations({"vnd.docker.reference.type": "attestation-manifest"}))
