"""The stream of an image archive: what it gives on, and the layers that it has read meanwhile."""

import io
import tarfile
import threading
from itertools import cycle

import pytest

from builders import compressed, digest_of, file, folder, layer
from layertui.core.bounds import Bounds, bounds, set_bounds
from layertui.core.engines.daemon.images.arriving_layers import ArrivingLayers
from layertui.core.errors import Unreachable
from layertui.core.fs.reader import Reader, read_to_end

PLAIN = layer([folder("etc"), file("etc/motd", b"hello"), *(file(f"f{n}", b"x" * 700) for n in range(60))])
OTHER = layer([file("app", b"#!" * 9000)])


def archive(*contents):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for number, content in enumerate(contents):
            info = tarfile.TarInfo(f"member{number}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "member0"
        tar.addfile(link)
    return out.getvalue()


def starts(whole, *contents):
    """Where the content of each begins."""
    return [whole.index(content) for content in contents]


class Pieces(Reader):
    """A stream that gives so many bytes at a time."""

    def __init__(self, content, sizes):
        super().__init__()
        self._raw, self._sizes = io.BytesIO(content), cycle(sizes)

    def read(self, size=-1):
        return self._raw.read(next(self._sizes))


@pytest.mark.parametrize("sizes", [(1 << 20,), (512,), (1, 511, 513, 4096), (7,)])
def test_layers_are_read_while_they_pass(sizes):
    zipped = compressed(OTHER, "gzip")
    whole = archive(b'{"json": 1}', PLAIN, zipped, b"", b"1.0")
    stream = ArrivingLayers(Pieces(whole, sizes))
    assert b"".join(iter(lambda: stream.read(1 << 20), b"")) == whole
    stream.close()
    first, second = starts(whole, PLAIN, zipped)
    assert {at: found.diff_id for at, found in stream.layers.items()} == {
        first: digest_of(PLAIN),
        second: digest_of(OTHER),
    }
    assert len(stream.layers[first].table) == 62
    assert stream.layers[second].table.keys() == [b"app"]


def test_a_layer_that_cannot_be_read_is_left_out():
    damaged = bytearray(PLAIN)
    damaged[512 + 100] ^= 1  # the mode of a file
    cut = compressed(PLAIN, "gzip")[:-20]
    whole = archive(bytes(damaged), cut, OTHER)
    stream = ArrivingLayers(io.BytesIO(whole))
    assert stream.readall() == whole
    assert stream.read(1) == b""
    assert [*stream.layers] == starts(whole, OTHER)
    stream.close()


def test_closed_in_the_middle():
    whole = archive(PLAIN, OTHER)
    stream = ArrivingLayers(io.BytesIO(whole))
    stream.read(len(PLAIN) // 2)
    stream.close()
    assert digest_of(PLAIN) not in {found.diff_id for found in stream.layers.values()}
    assert not any(thread.name.startswith("arriving-layers") for thread in threading.enumerate())


def test_an_error_of_the_stream():
    class Failing(Pieces):
        def read(self, size=-1):
            return super().read(size) if self._raw.tell() < 2000 else self.fail()

        def fail(self):
            raise Unreachable("cut")

    stream = ArrivingLayers(Failing(archive(PLAIN), (1000,)))
    with pytest.raises(Unreachable):
        read_to_end(stream)
    stream.close()
    assert digest_of(PLAIN) not in {found.diff_id for found in stream.layers.values()}


def test_many_small_files_do_not_wait_for_each_other():
    whole = archive(*(b"%d" % number for number in range(200)), PLAIN)
    stream = ArrivingLayers(Pieces(whole, (4096,)))
    read_to_end(stream)
    stream.close()
    assert [found.diff_id for found in stream.layers.values()] == [digest_of(PLAIN)]


def test_no_more_entries_are_kept_than_an_image_may_have():
    before = bounds()
    set_bounds(Bounds(entries=70))
    try:
        stream = ArrivingLayers(io.BytesIO(archive(PLAIN, PLAIN, OTHER)))
        read_to_end(stream)
        stream.close()
    finally:
        set_bounds(before)
    assert [len(found.table) for found in stream.layers.values()] == [62]
