import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.engines.daemon.api_json.stream_frames import StreamFrames
from layertui.core.errors import Damaged

FRAMES = st.lists(st.tuples(st.sampled_from([1, 2]), st.binary(max_size=40)), max_size=8)


def sent(frames):
    return b"".join(struct.pack(">BxxxL", kind, len(content)) + content for kind, content in frames)


def cut(content, cuts):
    at = 0
    for size in cuts:
        yield content[at : at + size]
        at += size
    yield content[at:]


@given(FRAMES, st.lists(st.integers(0, 15), max_size=20))
def test_however_they_are_cut_both_streams_are_whole(frames, cuts):
    """A header, and what follows it, may come in any pieces."""
    demux = StreamFrames()
    found = {"stdout": b"", "stderr": b""}
    for piece in cut(sent(frames), cuts):
        for stream, content in demux.feed(piece):
            found[stream] += content
    for kind, stream in ((1, "stdout"), (2, "stderr")):
        assert found[stream] == b"".join(content for one, content in frames if one == kind)


@given(FRAMES, st.lists(st.integers(0, 15), max_size=20))
def test_whole_frames_come_one_by_one(frames, cuts):
    demux = StreamFrames(whole=True)
    found = [one for piece in cut(sent(frames), cuts) for one in demux.feed(piece)]
    assert found == [({1: "stdout", 2: "stderr"}[kind], content) for kind, content in frames if content]


def test_content_is_given_on_before_its_frame_is_complete():
    assert list(StreamFrames().feed(struct.pack(">BxxxL", 1, 100) + b"begin")) == [("stdout", b"begin")]


def test_a_terminal_has_no_frames():
    assert list(StreamFrames(framed=False).feed(b"\x01\x00")) == [("stdout", b"\x01\x00")]


def test_what_is_no_frame():
    with pytest.raises(Damaged, match="frame"):
        list(StreamFrames().feed(b"HTTP/1.1 200 OK"))
