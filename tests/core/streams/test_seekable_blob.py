"""A stream that only goes forward, read at any offset."""

import gzip
import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import Truncated
from layertui.core.streams.compress import decompressed
from layertui.core.streams.seekable_blob import ReopeningReader

CONTENT = bytes(range(256)) * 3000
COMPRESSED = gzip.compress(CONTENT)


def seekable(size=None, content=COMPRESSED):
    opened = []

    def open_anew():
        opened.append(1)
        return decompressed(io.BytesIO(content))

    return ReopeningReader(open_anew, size), opened


def test_reading_on_opens_once():
    stream, opened = seekable()
    assert stream.read(10) + stream.read(20) == CONTENT[:30]
    stream.seek(700_000)
    assert stream.read(5) == CONTENT[700_000:700_005]
    assert len(opened) == 1


def test_going_back_opens_anew():
    stream, opened = seekable()
    stream.seek(1000)
    stream.read(1)
    stream.seek(3)
    assert stream.read(4) == CONTENT[3:7]
    assert len(opened) == 2


def test_seeking_reads_nothing_before_it_must():
    stream, opened = seekable(len(CONTENT))
    stream.seek(-10, os.SEEK_END)
    stream.seek(0)
    assert not opened


def test_the_end_is_found_where_the_size_is_not_known():
    stream, _ = seekable()
    assert stream.seek(0, os.SEEK_END) == len(CONTENT)
    assert stream.read() == b""
    stream.seek(-3, os.SEEK_END)
    assert stream.read() == CONTENT[-3:]


@given(st.lists(st.tuples(st.sampled_from("rscei"), st.integers(0, 800_000)), max_size=8), st.booleans())
def test_it_behaves_as_bytesio_does(steps, knows):
    ours, _ = seekable(len(CONTENT) if knows else None)
    theirs = io.BytesIO(CONTENT)
    for step, number in steps:
        if step == "r":
            assert ours.read(number) == theirs.read(number)
        elif step == "s":
            assert ours.seek(number) == theirs.seek(number)
        elif step == "c":
            assert ours.seek(number, os.SEEK_CUR) == theirs.seek(number, os.SEEK_CUR)
        elif step == "e":
            back = min(number, len(CONTENT))
            assert ours.seek(-back, os.SEEK_END) == theirs.seek(-back, os.SEEK_END)
        else:
            mine, other = bytearray(number % 1000), bytearray(number % 1000)
            assert (ours.readinto(mine), mine) == (theirs.readinto(other), other)
        assert ours.tell() == theirs.tell()


def test_damage_is_met_where_it_is_read():
    stream, _ = seekable(content=COMPRESSED[:-9])
    assert stream.read(10) == CONTENT[:10]
    stream.seek(len(CONTENT) - 1)
    with pytest.raises(Truncated):
        stream.read(10)


def test_closing_closes_the_stream_and_reads_no_more():
    stream, _ = seekable()
    stream.read(1)
    stream.close()
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)


def test_before_the_beginning_is_nothing():
    stream, _ = seekable()
    with pytest.raises(ValueError, match="negative seek"):
        stream.seek(-1)
