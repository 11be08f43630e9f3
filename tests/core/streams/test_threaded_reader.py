"""What a stream gives, it gives on a thread of its own too: bytes, errors in their place, and an end."""

import io
import os
import threading

import pytest

from layertui.core.errors import Damaged
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


def test_closing_interrupts_a_read_that_waits():
    ended = threading.Event()

    class Waiting(io.BytesIO):
        def read(self, size=-1):
            return super().read(size) or (ended.wait(60) and b"")

    before = threading.active_count()
    reader = ThreadedReader(Waiting(b"x"), ended.set)
    assert reader.read(1) == b"x"
    reader.close()
    assert ended.is_set()
    assert threading.active_count() == before
