"""Readers of a content: a part of a stream, a sparse file with its holes filled."""

import io
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import LimitExceeded, Truncated
from layertui.core.streams.tar.member_content import MemberContent, SparseContent, pieces_of, with_holes

STEPS = st.lists(st.tuples(st.sampled_from("rsi"), st.integers(0, 120)), max_size=12)


def same(ours, theirs, steps):
    for step, number in steps:
        if step == "r":
            assert ours.read(number) == theirs.read(number)
        elif step == "s":
            assert ours.seek(number) == theirs.seek(number)
        else:
            mine, other = bytearray(number), bytearray(number)
            assert (ours.readinto(mine), mine) == (theirs.readinto(other), other)
        assert ours.tell() == theirs.tell()
    ours.seek(0)
    assert ours.read() == theirs.getvalue()


@given(st.integers(0, 100), st.integers(0, 100), STEPS)
def test_a_part_behaves_as_bytesio_does(offset, size, steps):
    content = bytes(range(200))
    same(MemberContent(io.BytesIO(content), offset, size), io.BytesIO(content[offset : offset + size]), steps)


@st.composite
def sparse_files(draw):
    content, stored, pieces = bytearray(), b"", []
    for hole, piece in draw(st.lists(st.tuples(st.integers(0, 30), st.binary(max_size=30)), max_size=5)):
        content += bytes(hole)
        pieces.append((len(content), len(piece)))
        content += piece
        stored += piece
    return bytes(content) + bytes(draw(st.integers(0, 30))), stored, tuple(pieces)


@pytest.mark.slow
@given(sparse_files(), STEPS)
def test_a_sparse_file_behaves_as_the_whole_one_does(file, steps):
    content, stored, pieces = file
    same(SparseContent(io.BytesIO(stored), pieces, len(content)), io.BytesIO(content), steps)


def test_a_large_hole_is_made_piece_by_piece():
    file = SparseContent(io.BytesIO(b"x"), ((1 << 40, 1),), (1 << 40) + 5)
    file.seek((1 << 40) - 2)
    assert file.read() == b"\0\0x\0\0\0\0"


def test_two_parts_share_a_stream():
    raw = io.BytesIO(b"abcdef")
    one, two = MemberContent(raw, 0, 3), MemberContent(raw, 3, 3)
    assert [one.read(1), two.read(1), one.read(1), two.read(2), one.read()] == [b"a", b"d", b"b", b"ef", b"c"]


def test_a_stream_that_ends_inside_is_truncated():
    raw = io.BytesIO(b"abc")
    raw.name = "x.tar"
    with pytest.raises(Truncated, match=r"x\.tar: ends inside a file of 5 bytes, after 3 of them"):
        MemberContent(raw, 0, 5).read()
    with pytest.raises(Truncated):
        SparseContent(MemberContent(raw, 0, 5), ((7, 5),), 20).read()


def test_seeking_from_the_end_and_before_the_beginning():
    part = MemberContent(io.BytesIO(b"abcdef"), 1, 4)
    assert part.seek(-1, os.SEEK_END) == 3
    assert part.read() == b"e"
    with pytest.raises(ValueError, match="negative seek"):
        part.seek(-1)


def test_what_is_read_once_cannot_be_sought():
    part = MemberContent(io.BytesIO(b"abcdef"), 0, 6, seekable=False)
    assert not part.seekable()
    assert part.read(2) == b"ab"
    assert part.seek(3) == 3
    assert part.read(1) == b"d"
    with pytest.raises(io.UnsupportedOperation, match="read once"):
        part.seek(0)
    sparse = SparseContent(MemberContent(io.BytesIO(b"abc"), 0, 3, seekable=False), ((2, 3),), 7)
    assert not sparse.seekable()
    assert sparse.read(1) == b"\0"
    sparse.seek(3)
    assert sparse.read() == b"bc\0\0"
    with pytest.raises(io.UnsupportedOperation, match="read once"):
        sparse.seek(2)


def test_closing_a_part_leaves_the_stream_open():
    raw = io.BytesIO(b"abc")
    MemberContent(raw, 0, 3).close()
    assert not raw.closed


@pytest.mark.slow
def test_holes_are_read_through_as_far_as_the_limit_goes(lower):
    lower(ratio=10)
    sparse = SparseContent(io.BytesIO(b"x" * 512), ((1 << 40, 512),), 2 << 40)
    sparse.seek(1 << 40)
    assert sparse.read(513) == b"x" * 512 + b"\0"
    sparse.seek(0)
    with pytest.raises(LimitExceeded, match=r"stores 512 of them; the limit is 10, LAYERTUI_MAX_RATIO"):
        sparse.read((1 << 30) + 1)


@given(sparse_files())
def test_a_file_of_the_disk_is_known_by_its_holes(file):
    content, _, pieces = file
    with tempfile.NamedTemporaryFile() as out:
        out.truncate(len(content) << 12)
        for start, length in pieces:
            out.seek(start << 12)
            out.write(b"x" * (length << 12))
        out.flush()
        with with_holes(open(out.name, "rb")) as found:
            kept = pieces_of(found)
            same(found, io.BytesIO(Path(out.name).read_bytes()), [("s", 4000), ("r", 100)])
            assert kept is None or sum(length for _, length in kept) >= sum(length for _, length in pieces) << 12
