"""Image and Layer: identities, sizes, and proof while reading."""

import io
import json
from dataclasses import replace

import pytest

from builders import file, image, layer
from layertui.core.errors import Damaged, LimitExceeded, NotAnImage
from layertui.core.images.build_image import BuiltBlob
from layertui.core.images.image import read_blob, read_image
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest, digest_of
from layertui.core.oci.reference import Reference

BASE, TOP = layer([file("a", b"a")]), layer([file("b", b"b" * 5000)])
BUILT = image([BASE, TOP, BASE], compress="gzip", variant="v8", architecture="arm64")


def blobs(built, **changed):
    return BuiltBlob({Digest(digest): changed.get(digest, content) for digest, content in built.blobs.items()})


def opened(built=BUILT):
    return read_image(blobs(built), Descriptor.from_json(built.descriptor))


def test_identities():
    found = opened()
    assert (found.id, found.digest) == (BUILT.id, BUILT.digest)
    assert found.diff_ids == BUILT.diff_ids
    assert found.chain_ids == BUILT.chain_ids
    assert [(one.number, one.diff_id, one.chain_id) for one in found.layers] == list(
        zip((1, 2, 3), BUILT.diff_ids, BUILT.chain_ids, strict=True)
    )
    assert str(found.platform) == "linux/arm64/v8"
    assert found.named(Reference.parse("x")).names == (Reference.parse("x:latest"),)
    assert found.names == ()


def test_what_the_blobs_take_counts_each_once():
    found = opened()
    assert found.stored_size == sum(map(len, BUILT.blobs.values()))
    assert [one.size for one in found.layers] == list(map(len, BUILT.stored))


def test_layers_are_proven_at_their_end():
    found = opened()
    assert [one.open().read() for one in found.layers] == list(BUILT.stored)
    lying = replace(found.layers[1], descriptor=replace(found.layers[1].descriptor, digest=found.layers[0].digest))
    with pytest.raises(Damaged):
        lying.open().read()


def test_layers_of_memory_have_no_source():
    assert opened().layers[0].source is None


def test_where_a_layer_lies_is_looked_up_once():
    class Blobs:
        opened = 0

        def open(self, descriptor):
            self.opened += 1
            raw = io.BytesIO()
            raw.source = f"place {self.opened}"
            return raw

    found = replace(opened().layers[0], blobs=(blobs := Blobs()))
    assert [found.source, found.source, found.current_source(), found.source] == [
        "place 1",
        "place 1",
        "place 2",
        "place 1",
    ]
    assert blobs.opened == 2


def test_an_index_is_no_image():
    index = json.dumps({"schemaVersion": 2, "manifests": [BUILT.descriptor]}).encode()
    descriptor = Descriptor("application/vnd.oci.image.manifest.v1+json", digest_of(index), len(index))
    with pytest.raises(NotAnImage):
        read_image(BuiltBlob({descriptor.digest: index}), descriptor)


def test_an_artifact_is_no_image():
    config = b"{}"
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "config": {"mediaType": "application/vnd.example", "digest": digest_of(config), "size": 2},
            "layers": [],
        }
    ).encode()
    descriptor = Descriptor("application/vnd.oci.image.manifest.v1+json", digest_of(manifest), len(manifest))
    with pytest.raises(NotAnImage, match="rootfs"):
        read_image(BuiltBlob({descriptor.digest: manifest, Digest(digest_of(config)): config}), descriptor)


class Endless(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, buffer):
        buffer[:] = b"x" * len(buffer)
        return len(buffer)


class EndlessBlobs:
    def open(self, descriptor):
        return Endless()


def test_a_blob_without_an_end_is_not_read_on():
    small = Descriptor("x", digest_of(b"x"), 100)
    with pytest.raises(Damaged):
        read_blob(EndlessBlobs(), small, "it")
    with pytest.raises(LimitExceeded, match="LAYERTUI_MAX_JSON"):
        read_blob(EndlessBlobs(), replace(small, size=1 << 40), "it")
