"""Manifests and indexes: distinguished, read, and written again."""

import json

import pytest

from layertui.core.errors import Damaged, LimitExceeded, NotAnImage
from layertui.core.oci import media_types
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import digest_of
from layertui.core.oci.manifest import Index, Manifest, parse

CONFIG = {"mediaType": media_types.OCI_CONFIG, "digest": str(digest_of(b"c")), "size": 1}
LAYER = {"mediaType": media_types.OCI_LAYER, "digest": str(digest_of(b"l")), "size": 2}


def manifest(**fields):
    return json.dumps({"schemaVersion": 2, "config": CONFIG, "layers": [LAYER], **fields}).encode()


def index(**fields):
    return json.dumps({"schemaVersion": 2, "manifests": [LAYER], **fields}).encode()


def test_a_manifest_is_written_again_unknown_fields_too():
    content = manifest(mediaType=media_types.DOCKER_MANIFEST, annotations={"a": "b"}, subject=LAYER, artifactType="t")
    read = Manifest.from_bytes(content)
    assert read.media_type == media_types.DOCKER_MANIFEST
    assert read.layers == (Descriptor.from_json(LAYER),)
    assert json.loads(read.to_bytes()) == json.loads(content)


def test_an_index_is_written_again():
    content = index(mediaType=media_types.DOCKER_LIST, annotations={"a": "b"}, x=[None])
    assert json.loads(Index.from_bytes(content).to_bytes()) == json.loads(content)


def test_a_missing_media_type_is_derived_from_the_fields():
    assert parse(manifest()).media_type == media_types.OCI_MANIFEST
    assert parse(index()).media_type == media_types.OCI_INDEX
    assert parse(manifest(mediaType=None)).media_type == media_types.OCI_MANIFEST


def test_null_stands_for_nothing():
    assert Manifest.from_bytes(manifest(layers=None, annotations=None)).layers == ()
    assert Index.from_bytes(index(manifests=None)).manifests == ()


def test_an_unknown_media_type_is_carried():
    assert parse(manifest(mediaType="x/y")).media_type == "x/y"


def test_one_is_not_taken_for_the_other():
    with pytest.raises(NotAnImage, match="an index of several images"):
        Manifest.from_bytes(index())
    with pytest.raises(NotAnImage, match="the manifest of one image"):
        Index.from_bytes(manifest())


def test_a_text_that_is_both_is_refused():
    with pytest.raises(Damaged, match="layers and manifests at once"):
        parse(manifest(manifests=[]))
    with pytest.raises(Damaged, match="calls itself"):
        parse(index(mediaType=media_types.OCI_MANIFEST))
    with pytest.raises(Damaged, match="calls itself"):
        parse(manifest(mediaType=media_types.OCI_INDEX))


def test_schema_version_1_is_named():
    with pytest.raises(NotAnImage, match="schema version 1"):
        parse(b'{"schemaVersion":1,"fsLayers":[]}')


@pytest.mark.parametrize("content", [b"{}", b'{"schemaVersion":2}'])
def test_other_json_is_no_manifest(content):
    with pytest.raises(NotAnImage):
        parse(content)


@pytest.mark.parametrize(
    "content",
    [
        b"[]",
        b"x",
        manifest(config=None),
        manifest(config=5),
        manifest(layers={}),
        manifest(layers=[None]),
        manifest(mediaType=3),
        index(manifests="x"),
    ],
)
def test_wrong_types_are_damage(content):
    with pytest.raises(Damaged):
        parse(content)


def test_an_endless_manifest_is_not_read():
    with pytest.raises(LimitExceeded):
        parse(b" " * (5 << 20))
