"""Blobs: the hashed bytes are the written ones, and only verified blobs get a name."""

import io
import os

import pytest

from builders import compressed, digest_of, file, layer
from layertui.core.errors import Damaged, DigestMismatch, LayertuiError, NotAnImage, Truncated
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.progress import quiet
from layertui.core.store.blobs import Blobs

TAR = layer([file("a", b"a" * 1000), file("b", os.urandom(700_000))])


def ingest(blobs, stream, progress, expect=None):
    received = blobs.receive(stream, progress, expect)
    blobs.keep_all([received])
    return received.descriptor


@pytest.fixture
def blobs(tmp_path):
    return Blobs(tmp_path)


class Trickle(io.RawIOBase):
    """A stream that gives little at a time, as a pipe does, and cannot seek."""

    def __init__(self, content, most=1000):
        self.content, self.most = content, most

    def readable(self):
        return True

    def readinto(self, buffer):
        got, self.content = self.content[: min(len(buffer), self.most)], self.content[min(len(buffer), self.most) :]
        buffer[: len(got)] = got
        return len(got)


def leftovers(blobs):
    return os.listdir(blobs.temporary) if blobs.temporary.exists() else []


@pytest.mark.parametrize("size", [0, 1, 511, 9 << 20, (4 << 20) + 512])
@pytest.mark.parametrize("trickle", [False, True])
def test_ingest_gives_the_digest_of_what_lies_there(blobs, size, trickle):
    content = os.urandom(size)
    stream = Trickle(content, 100_000) if trickle else io.BytesIO(content)
    descriptor = ingest(blobs, stream, quiet())
    assert (descriptor.digest, descriptor.size) == (digest_of(content), len(content))
    assert blobs.path(descriptor.digest).read_bytes() == content
    with blobs.open(descriptor) as stored:
        assert stored.read() == content
    assert leftovers(blobs) == []


@pytest.mark.parametrize("how", ["none", "gzip", "zstd", "bzip2", "xz"])
@pytest.mark.parametrize("trickle", [False, True])
def test_a_layer_of_any_compression(blobs, how, trickle):
    content = compressed(TAR, how)
    descriptor, diff_id = blobs.ingest_layer(Trickle(content) if trickle else io.BytesIO(content), quiet())
    assert diff_id == digest_of(TAR)
    kept = content if how in ("none", "gzip", "zstd") else TAR
    with blobs.open(descriptor) as stored:
        assert stored.read() == kept
    assert descriptor.digest == digest_of(kept)
    assert descriptor.media_type.removeprefix("application/vnd.oci.image.layer.v1.tar") == {
        "gzip": "+gzip",
        "zstd": "+zstd",
    }.get(how, "")
    assert blobs.diff_id(descriptor, quiet()) == diff_id


def test_what_lies_behind_a_compressed_stream_belongs_to_the_blob(blobs):
    content = compressed(TAR, "gzip") + bytes(1024)
    try:
        descriptor, diff_id = blobs.ingest_layer(io.BytesIO(content), quiet())
    except Damaged:
        return  # as good an answer, as long as it is one
    assert (descriptor.digest, diff_id) == (digest_of(content), digest_of(TAR))


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        (Descriptor("x", Digest(digest_of(b"other")), 5), DigestMismatch),
        (Descriptor("x", Digest(digest_of(b"hello")), 6), Truncated),
        (Descriptor("x", Digest(digest_of(b"hello")), 4), DigestMismatch),
    ],
)
def test_a_blob_that_is_another_one(blobs, expected, error):
    with pytest.raises(error):
        ingest(blobs, io.BytesIO(b"hello"), quiet(), expected)
    assert list(blobs.listed()) == []
    assert leftovers(blobs) == []


@pytest.mark.parametrize("how", ["none", "gzip", "zstd", "bzip2", "xz"])
def test_a_layer_that_is_cut_off(blobs, how):
    content = compressed(TAR, how)
    with pytest.raises(Damaged):
        blobs.ingest_layer(io.BytesIO(content[: len(content) // 2]), quiet())
    assert leftovers(blobs) == []


@pytest.mark.parametrize("how", ["none", "gzip", "xz"])
def test_a_layer_that_is_no_tar(blobs, how):
    content = compressed(b"this is not a tar" * 1000, how)
    with pytest.raises(NotAnImage, match="not a tar"):
        blobs.ingest_layer(io.BytesIO(content), quiet())
    assert leftovers(blobs) == []


@pytest.mark.slow
def test_a_stream_that_fails_leaves_nothing(blobs):
    class Failing(Trickle):
        def readinto(self, buffer):
            if not (count := super().readinto(buffer)):
                raise Damaged("the wire broke")
            return count

    with pytest.raises(Damaged, match="wire"):
        blobs.ingest_layer(Failing(TAR), quiet())
    assert leftovers(blobs) == []


def test_blobs_are_never_changed(blobs):
    descriptor = ingest(blobs, io.BytesIO(b"x"), quiet())
    assert blobs.path(descriptor.digest).stat().st_mode & 0o222 == 0


def test_open_names_what_is_missing_or_of_another_size(blobs):
    descriptor = Descriptor("x", Digest(digest_of(b"x")), 1)
    with pytest.raises(Damaged, match=digest_of(b"x")):
        blobs.open(descriptor)
    ingest(blobs, io.BytesIO(b"x"), quiet())
    with pytest.raises(Damaged, match="not 7"):
        blobs.open(Descriptor("x", Digest(digest_of(b"x")), 7))


def test_listed_passes_over_what_is_no_blob(blobs):
    descriptor = ingest(blobs, io.BytesIO(b"x"), quiet())
    (blobs.folder / "sha256" / "README").write_text("x")
    (blobs.folder / "junk").mkdir()
    assert list(blobs.listed()) == [(descriptor.digest, 1)]
    blobs.delete(descriptor.digest)
    blobs.delete(descriptor.digest)
    assert list(blobs.listed()) == []


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "tmp").write_text("in the way")
    with pytest.raises(LayertuiError):
        ingest(Blobs(tmp_path), io.BytesIO(b"x"), quiet())
