"""A download that ends early is continued by the next one; what is wrong, or could not be continued, is not kept."""

import io
import os
from dataclasses import replace

import pytest

from builders import compressed, docker_files, file, image, layer, oci_layout, pack
from layertui.core.errors import Cancelled, Damaged, DigestMismatch, StorageError, Unreachable
from layertui.core.images.archive.archive import open_archive
from layertui.core.images.image import Downloads
from layertui.core.store import temporary_blob
from layertui.core.store.store_check import fsck, gc
from layertui.core.store.store_layout import Store

SIZE = 600_000


class CutBlobs:
    """Blobs of an archive, of which the bytes behind `stop` raise an error; it counts the bytes that were read."""

    def __init__(self, blobs, stop=None, error=None):
        self.blobs, self.stop, self.error, self.read, self.begun = blobs, stop, error, 0, []

    def open(self, descriptor):
        if descriptor.size < 10_000:
            return self.blobs.open(descriptor)
        return Cut(self, self.blobs.open(descriptor))


class Cut(io.RawIOBase):
    def __init__(self, source, stream):
        self.source, self.stream = source, stream

    def readable(self):
        return True

    def seek(self, offset, whence=0):
        return self.stream.seek(offset, whence)

    def read(self, size=-1):
        source, at = self.source, self.stream.tell()
        if not source.begun or source.begun[-1] != at:
            source.begun.append(at)
        if source.stop is not None:
            if at >= source.stop:
                raise source.error
            size = min(size, source.stop - at)
        got = self.stream.read(size)
        source.read += len(got)
        source.begun[-1] += len(got)
        return got


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


@pytest.fixture(params=["none", "gzip", "zstd"])
def remote(tmp_path, request):
    """One image with one large layer; gives it with its bytes behind a number cut off."""
    large = layer([file("large", os.urandom(SIZE))])
    built = image([large], tags=["demo:1.0"], **({} if request.param == "none" else {"compress": request.param}))
    with open_archive(oci_layout(built, tmp_path / "layout")) as archive:
        (found,) = archive.images

        def cut(stop=None, error=None):
            blobs = CutBlobs(found.blobs, stop, error)
            return replace(found, blobs=Downloads(blobs)), blobs

        yield cut


def left(store):
    return sorted(store.paths.temporary.iterdir())


@pytest.mark.parametrize("error", [Unreachable("cut off"), Cancelled("stopped"), KeyboardInterrupt()])
@pytest.mark.parametrize("stop", [SIZE // 2, SIZE // 30])
def test_what_an_earlier_download_left_is_not_fetched_again(store, remote, error, stop):
    broken, before = remote(stop, error)
    with pytest.raises(type(error)):
        store.put(broken)
    assert [path.stat().st_size for path in left(store)] == [before.read]
    assert not store.images()
    whole, after = remote()
    stored = store.put(whole)
    assert before.read + after.read == whole.layers[0].size
    assert stored.image.digest == whole.digest
    assert not left(store)
    assert fsck(store).ok


def test_a_layer_that_came_whole_is_kept_when_another_one_fails(store, tmp_path):
    first, second = (layer([file(name, os.urandom(SIZE))]) for name in ("first", "second"))
    built = image([first, second], tags=["demo:1.0"])
    with open_archive(oci_layout(built, tmp_path / "layout")) as archive:
        (found,) = archive.images

        class SecondFails(CutBlobs):
            def open(self, descriptor):
                if descriptor.digest == found.layers[1].digest:
                    raise Unreachable("cut off")
                return super().open(descriptor)

        with pytest.raises(Unreachable):
            store.put(replace(found, blobs=Downloads(SecondFails(found.blobs))))
        again = CutBlobs(found.blobs)
        store.put(replace(found, blobs=Downloads(again)))
        kept = sum(path.stat().st_size for path in left(store))
        assert kept == 0
        assert again.read < found.layers[0].size + found.layers[1].size
    assert fsck(store).ok


def test_the_file_of_a_process_that_was_killed_is_taken_over_and_that_of_a_living_one_is_not(store, remote):
    whole, blobs = remote()
    content = whole.layers[0].open_at().read(1000)
    blobs.begun.clear()
    blobs.read = 0
    store.put(image_of_nothing(whole))
    folder = store.paths.temporary
    digest = whole.layers[0].digest.encoded
    (folder / f".tmp-{digest}-{2**22 + 1}-aa").write_bytes(content)
    living = folder / f".tmp-{digest}-{os.getppid()}-bb"
    living.write_bytes(content)
    store.put(whole)
    assert blobs.read == whole.layers[0].size - 1000
    assert left(store) == [living]


def image_of_nothing(whole):
    """An image without layers, for a store that exists."""
    from layertui.core.images.build_image import ImageDraft
    from layertui.core.oci.image_config import RootFS

    return ImageDraft(replace(whole.config, rootfs=RootFS(()), history=()), ()).image(whole.blobs)


def test_a_beginning_that_is_wrong_is_found_out_and_thrown_away(store, remote):
    whole, _ = remote()
    store.put(image_of_nothing(whole))
    digest = whole.layers[0].digest
    good = whole.layers[0].open_at().read(5000)
    (store.paths.temporary / f".tmp-{digest.encoded}-0-aa").write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    with pytest.raises(Damaged):
        store.put(whole)
    assert not left(store)
    store.put(whole)
    assert fsck(store).ok


def test_bytes_of_another_digest_are_not_kept(store, remote):
    whole, _ = remote()
    other = layer([file("other", os.urandom(whole.layers[0].size))])

    class Wrong(CutBlobs):
        def open(self, descriptor):
            return self.blobs.open(descriptor) if descriptor.size < 10_000 else io.BytesIO(other)

    with pytest.raises(DigestMismatch):
        store.put(replace(whole, blobs=Downloads(Wrong(whole.blobs.blobs))))
    assert not left(store)


def test_a_disk_that_is_full_keeps_nothing(store, remote):
    broken, _ = remote(SIZE // 2, StorageError("no space left"))
    with pytest.raises(StorageError):
        store.put(broken)
    assert not left(store)


def test_the_beginning_of_a_layer_that_is_decompressed_is_not_kept(store, tmp_path):
    large = layer([file("large", os.urandom(SIZE))])
    files = docker_files(image([large], tags=["demo:1.0"]), old=True)
    packed = {path: compressed(content, "xz") if content == large else content for path, content in files.items()}
    (tmp_path / "a.tar").write_bytes(pack(packed))
    with open_archive(tmp_path / "a.tar") as archive:
        (found,) = archive.images
        with pytest.raises(Unreachable):
            store.put(replace(found, blobs=Downloads(CutBlobs(found.blobs, SIZE // 2, Unreachable("cut off")))))
        assert not left(store)
        store.put(replace(found, blobs=Downloads(CutBlobs(found.blobs))))
    assert fsck(store).ok


def test_gc_deletes_what_nobody_continues(store, remote):
    broken, blobs = remote(SIZE // 2, Unreachable("cut off"))
    with pytest.raises(Unreachable):
        store.put(broken)
    assert [problem.kind for problem in fsck(store).leftovers] == ["leftover"]
    swept = gc(store)
    assert swept.temporary == 1
    assert swept.size >= blobs.read
    assert not left(store)


def test_two_downloads_of_one_blob_do_not_share_a_file(store, remote):
    whole, _ = remote()
    store.put(image_of_nothing(whole))
    digest = whole.layers[0].digest
    folder = store.paths.temporary
    (folder / f".tmp-{digest.encoded}-0-aa").write_bytes(b"x" * 100)
    first = temporary_blob.TemporaryBlob(folder, digest)
    second = temporary_blob.TemporaryBlob(folder, digest)
    assert (first.begun, second.begun) == (100, 0)
    assert first.path != second.path
    with second as (_, out):
        out.write(b"y")
    assert second.path.read_bytes() == b"y"
    assert first.path.read_bytes() == b"x" * 100
