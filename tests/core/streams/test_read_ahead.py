"""A stream read by position, forward."""

import io
import random

import pytest

from layertui.core.fs.file_window import window_of
from layertui.core.progress import Progress
from layertui.core.streams.read_ahead import BufferedTar, ForwardReader, forward_reader
from layertui.core.streams.seekable_blob import ReopeningReader

CONTENT = random.Random(1).randbytes(1_000_000)


class Pipe(io.RawIOBase):
    """It cannot seek, and gives less than it is asked for."""

    def __init__(self, content):
        self.content = io.BytesIO(content)
        self.random = random.Random(2)

    def readable(self):
        return True

    def read(self, size=-1):
        return self.content.read(self.random.randint(1, size) if size > 1 else size)


class Halting(io.BytesIO):
    """It can seek, and gives less than it is asked for."""

    def read(self, size=-1):
        return super().read(max(1, size // 3) if size > 0 else size)


def again(content):
    """A reader that can go back only by starting again."""
    return ReopeningReader(lambda: Pipe(content))


@pytest.fixture(params=["bytes", "window", "pipe", "tape", "halting", "again"])
def source(request, tmp_path):
    if request.param == "window":
        (tmp_path / "file").write_bytes(CONTENT)
        return window_of(tmp_path / "file")
    kinds = {
        "bytes": io.BytesIO,
        "pipe": Pipe,
        "tape": lambda it: ForwardReader(Pipe(it)),
        "halting": Halting,
        "again": again,
    }
    return kinds[request.param](CONTENT)


def test_any_forward_walk_finds_the_right_bytes(source):
    ahead = BufferedTar(source, None)
    position, dice = 0, random.Random(3)
    while position < len(CONTENT):
        buffer = ahead.load(position)
        assert len(buffer) >= min(512, len(CONTENT) - position)
        assert buffer == CONTENT[position : position + len(buffer)]
        if dice.random() < 0.3:
            size = dice.choice([1, 600, 70_000])
            position += 512
            assert ahead.take(position, size) == CONTENT[position : position + size]
            position += size
        else:
            position += dice.choice([512, 1024, 40_000, 300_000])
    assert ahead.load(position) == b""
    assert ahead.reaches(len(CONTENT))
    assert not ahead.reaches(len(CONTENT) + 1)


def test_it_starts_where_the_stream_stands():
    raw = io.BytesIO(CONTENT)
    raw.seek(1000)
    ahead = BufferedTar(raw, None)
    assert ahead.position == 1000
    assert ahead.load(1000)[:5] == CONTENT[1000:1005]


def test_finishing_reads_a_pipe_to_its_end():
    pipe = Pipe(CONTENT)
    ahead = BufferedTar(pipe, None)
    ahead.load(0)
    ahead.finish()
    assert pipe.content.tell() == len(CONTENT)


def test_progress_counts_every_byte_once(source):
    progress = Progress()
    ahead = BufferedTar(source, progress)
    for position in range(0, 900_000, 50_000):
        ahead.load(position)
    ahead.finish()
    assert 850_000 <= progress.done <= len(CONTENT)


def test_a_window_closed_meanwhile_is_not_read_by_its_old_number(tmp_path):
    (tmp_path / "file").write_bytes(CONTENT)
    window = window_of(tmp_path / "file")
    ahead = BufferedTar(window, None)
    window.close()
    with pytest.raises(ValueError, match="closed"):
        ahead.load(0)


def test_a_tape_winds_forward_only():
    tape = ForwardReader(Pipe(CONTENT))
    assert tape.read(10) == CONTENT[:10]
    assert tape.seek(500_000) == 500_000
    assert tape.read(300_000) == CONTENT[500_000:800_000]
    with pytest.raises(io.UnsupportedOperation, match="from an earlier position"):
        tape.seek(0)
    assert tape.seek(2_000_000) == tape.tell() == len(CONTENT)
    assert tape.read() == tape.read(5) == b""


def test_what_can_seek_needs_no_tape():
    raw = io.BytesIO()
    assert forward_reader(raw) is raw
    assert isinstance(forward_reader(Pipe(b"")), ForwardReader)


def test_a_walk_never_goes_back_where_that_means_to_begin_anew():
    opened = []
    raw = ReopeningReader(lambda: opened.append(1) or Pipe(CONTENT))
    ahead = BufferedTar(raw, None)
    for position in range(0, len(CONTENT), 1536):
        ahead.load(position)
        raw.seek(position + 512)
        raw.read(1000)  # a body, between two headers
    ahead.finish()
    assert len(opened) == 1
