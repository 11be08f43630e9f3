"""What a stream gives, it gives on a thread of its own too: bytes, errors in their place, and an end."""

import ctypes
import io
import os
import subprocess
import sys
import threading

import pytest

from layertui.core.errors import Cancelled, Damaged
from layertui.core.progress import Progress
from layertui.core.streams.threaded_reader import ThreadedReader

CONTENT = os.urandom(10_000_000)


class Failing(io.BytesIO):
    """It breaks off after some bytes."""

    digest = "sha256:x"

    def read(self, size=-1):
        if self.tell() >= 1 << 20:
            raise Damaged("broken")
        return super().read(size)


@pytest.mark.parametrize("size", [1000, 1 << 18, 1 << 20, -1])
def test_all_bytes(size):
    with ThreadedReader(io.BytesIO(CONTENT)) as reader:
        assert b"".join(iter(lambda: reader.read(size), b"")) == CONTENT
        assert reader.read(size) == b""


def test_an_error_comes_where_it_is():
    with ThreadedReader(Failing(CONTENT)) as reader:
        assert b"".join(reader.read(1 << 16) for _ in range(16)) == CONTENT[: 1 << 20]
        with pytest.raises(Damaged, match="broken"):
            reader.read(1)
        assert reader.read(1) == b""
        assert reader.digest == "sha256:x"


def test_what_comes_in_crumbs_before_an_error_is_not_lost():
    class Crumbs(io.BytesIO):
        def read(self, size=-1):
            del size
            if not (got := super().read(1000)):
                raise Damaged("broken")
            return got

    with ThreadedReader(Crumbs(CONTENT[:12_345])) as reader:
        assert b"".join(reader.read(5_000) for _ in range(3)) == CONTENT[:12_345]
        with pytest.raises(Damaged, match="broken"):
            reader.read(1)


class Waiting(io.BytesIO):
    """It waits until it is interrupted."""

    def __init__(self, content, then):
        super().__init__(content)
        self.then, self.interrupted = then, threading.Event()

    def read(self, size=-1):
        if got := super().read(size):
            return got
        self.then()
        self.interrupted.wait()
        raise Damaged("interrupted")

    def interrupt(self):
        self.interrupted.set()


@pytest.mark.parametrize("content", [b"", CONTENT], ids=["nothing", "much"])
def test_cancelled_while_the_stream_waits(content):
    progress = Progress()
    raw = Waiting(content, progress.cancel)
    with ThreadedReader(raw, progress) as reader, pytest.raises(Cancelled):
        reader.read()
    assert raw.closed


def test_closed_while_the_stream_waits():
    waits = threading.Event()
    reader = ThreadedReader(raw := Waiting(CONTENT[:10] + bytes(1 << 18), waits.set))
    assert reader.read(10) == CONTENT[:10]
    waits.wait()
    reader.close()
    assert raw.closed


@pytest.mark.parametrize("read", [0, 1, 1 << 20])
def test_closed_early(read):
    raw = io.BytesIO(CONTENT)
    before = threading.active_count()
    reader = ThreadedReader(raw)
    if read:
        reader.read(read)
    reader.close()
    assert raw.closed
    assert threading.active_count() == before


FAULTS = """
import resource
from layertui.core.streams.threaded_reader import ThreadedReader

class Made:
    left = 400

    def read(self, size):
        self.left -= 1
        return b"%d" % (self.left + 100) * (size // 3) if self.left >= 0 else b""

    def close(self):
        pass

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt * resource.getpagesize()

reader = ThreadedReader(Made())
reader.start()
before, size = faults(), 0
while pieces := [piece for _ in range(16) if (piece := reader.read(1 << 20))]:
    size += sum(map(len, pieces))
print((faults() - before) / size)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the GNU C library's own way")
def test_the_memory_of_a_piece_is_used_again():
    done = subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.12  # of all bytes those on new pages; a fifth where freed memory is returned
