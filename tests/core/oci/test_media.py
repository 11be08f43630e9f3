"""Media types: what equals what."""

import pytest

from layertui.core.errors import UsageError
from layertui.core.oci import media


@pytest.mark.parametrize(
    ("docker", "oci"),
    [
        (media.DOCKER_MANIFEST, media.OCI_MANIFEST),
        (media.DOCKER_LIST, media.OCI_INDEX),
        (media.DOCKER_CONFIG, media.OCI_CONFIG),
        (media.DOCKER_LAYER, media.OCI_LAYER_GZIP),
        (media.DOCKER_LAYER_TAR, media.OCI_LAYER),
    ],
)
def test_dockers_types_have_an_equal(docker, oci):
    assert media.oci_equivalent(docker) == oci
    assert media.oci_equivalent(oci) == oci


def test_an_unknown_type_stays_and_is_nothing():
    assert media.oci_equivalent("x/y") == "x/y"
    assert not media.is_index("x/y")
    assert not media.is_manifest("x/y")


def test_kinds_are_told_apart_in_both_spellings():
    assert media.is_index(media.DOCKER_LIST)
    assert media.is_index(media.OCI_INDEX)
    assert media.is_manifest(media.DOCKER_MANIFEST)
    assert not media.is_manifest(media.OCI_INDEX)


@pytest.mark.parametrize(
    ("compression", "said"), [("none", media.OCI_LAYER), ("gzip", media.OCI_LAYER_GZIP), ("zstd", media.OCI_LAYER_ZSTD)]
)
def test_a_layers_type_says_its_compression(compression, said):
    assert media.layer_media_type(compression) == said


def test_no_layer_is_stored_otherwise():
    with pytest.raises(UsageError, match="'bzip2' is no compression of layers"):
        media.layer_media_type("bzip2")
