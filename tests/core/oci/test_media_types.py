"""Media types: what equals what."""

import pytest

from layertui.core.errors import UsageError
from layertui.core.oci import media_types


@pytest.mark.parametrize(
    ("docker", "oci"),
    [
        (media_types.DOCKER_MANIFEST, media_types.OCI_MANIFEST),
        (media_types.DOCKER_LIST, media_types.OCI_INDEX),
        (media_types.DOCKER_CONFIG, media_types.OCI_CONFIG),
        (media_types.DOCKER_LAYER, media_types.OCI_LAYER_GZIP),
        (media_types.DOCKER_LAYER_TAR, media_types.OCI_LAYER),
    ],
)
def test_dockers_types_have_an_equal(docker, oci):
    assert media_types.oci_equivalent(docker) == oci
    assert media_types.oci_equivalent(oci) == oci


def test_an_unknown_type_stays_and_is_nothing():
    assert media_types.oci_equivalent("x/y") == "x/y"
    assert not media_types.is_index("x/y")
    assert not media_types.is_manifest("x/y")


def test_kinds_are_distinguished_in_both_spellings():
    assert media_types.is_index(media_types.DOCKER_LIST)
    assert media_types.is_index(media_types.OCI_INDEX)
    assert media_types.is_manifest(media_types.DOCKER_MANIFEST)
    assert not media_types.is_manifest(media_types.OCI_INDEX)


@pytest.mark.parametrize(
    ("compression", "said"),
    [("none", media_types.OCI_LAYER), ("gzip", media_types.OCI_LAYER_GZIP), ("zstd", media_types.OCI_LAYER_ZSTD)],
)
def test_a_layers_type_says_its_compression(compression, said):
    assert media_types.layer_media_type(compression) == said


def test_no_layer_is_stored_otherwise():
    with pytest.raises(UsageError, match="'bzip2' is an unknown compression"):
        media_types.layer_media_type("bzip2")
