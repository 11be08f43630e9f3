import gzip
import io

import pytest

from builders import file, layer
from layertui.core.layers.cache import decompressed_cache
from layertui.core.layers.cache.cache_files import Cache
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.layers.cache.decompressed_cache import DecompressedCache
from layertui.core.oci.digest import DiffID, digest_of

CONTENT = bytes(range(256)) * 40


class Stream:
    """A stream that counts how often it is begun, and how much was read of it."""

    def __init__(self):
        self.begun = self.read = 0

    def begin(self):
        self.begun += 1
        raw = io.BytesIO(CONTENT)
        get = raw.read

        def read(size=-1):
            got = get(size)
            self.read += len(got)
            return got

        raw.read = read
        return raw


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(decompressed_cache, "CHUNK", 1000)


def at(one, offset, size):
    reader = one.reader()
    reader.seek(offset)
    return reader.read(size)


def test_any_offset_is_read_and_the_stream_starts_once(tmp_path):
    stream = Stream()
    one = DecompressedCache(Cache(tmp_path), "key", stream.begin)
    for offset, size in ((9000, 100), (0, 10), (995, 20), (10_000, 500), (3, 9999), (20_000, 5)):
        assert at(one, offset, size) == CONTENT[offset : offset + size]
    assert one.reader().read() == CONTENT
    assert stream.begun == 2  # once more for what lies beyond the end


def test_no_more_is_unpressed_than_is_asked_for(tmp_path):
    stream = Stream()
    at(DecompressedCache(Cache(tmp_path), "key", stream.begin), 2500, 10)
    assert stream.read == 3000


def test_another_run_finds_what_was_kept(tmp_path):
    at(DecompressedCache(Cache(tmp_path), "key", Stream().begin), 5000, 10)
    stream = Stream()
    assert at(DecompressedCache(Cache(tmp_path), "key", stream.begin), 1000, 4999) == CONTENT[1000:5999]
    assert stream.begun == 0


@pytest.mark.parametrize("damage", [lambda whole: whole[:2500], lambda whole: whole[:1500] + b"?" + whole[1501:]])
def test_a_damaged_record_is_made_anew(tmp_path, damage):
    DecompressedCache(Cache(tmp_path), "key", Stream().begin).reader().read()
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert DecompressedCache(Cache(tmp_path), "key", Stream().begin).reader().read() == CONTENT
    stream = Stream()
    assert DecompressedCache(Cache(tmp_path), "key", stream.begin).reader().read() == CONTENT
    assert stream.begun == 0


@pytest.mark.parametrize("folder", [None, "file/below"])
def test_where_nothing_can_be_kept_it_is_read_all_the_same(tmp_path, folder):
    (tmp_path / "file").touch()
    one = DecompressedCache(Cache(folder and tmp_path / folder), "key", Stream().begin)
    assert at(one, 7000, 300) == CONTENT[7000:7300]
    assert at(one, 100, 300) == CONTENT[100:400]


def test_what_lies_beyond_the_limit_is_read_but_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(decompressed_cache, "_MOST", 3)
    one = DecompressedCache(Cache(tmp_path), "key", Stream().begin)
    assert one.reader().read() == CONTENT
    assert at(one, 8000, 300) == CONTENT[8000:8300]
    (path,) = tmp_path.iterdir()
    assert path.stat().st_size == 3 * 1008


def test_files_of_a_compressed_layer_open_without_its_blob(tmp_path):
    tar = layer([file(f"f{number}", f"content {number}") for number in range(9)])

    class Blob:
        diff_id, source, size, media_type, begun = DiffID(digest_of(tar)), None, 1, "", 0
        is_remote = False
        contents = None

        def current_source(self):
            return self.source

        def open(self):
            return io.BytesIO(gzip.compress(tar))

        def open_at(self):
            Blob.begun += 1
            return self.open()

    stack = Catalog(tmp_path).stack([Blob()])
    view = stack.view()
    for number in (8, 1, 5):
        with stack.open(view.get(f"/f{number}")) as content:
            assert content.read() == b"content %d" % number
    assert (
        Blob.begun == 2 + 3 + 1
    )  # the table: a look and the stream; each time a look whether it is compressed; and the stream, once
