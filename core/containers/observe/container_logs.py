"""Reads a container's output from the log that its shim writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from layertui.core.fs.file_window import files_only
from layertui.core.fs.watch.inotify import Watch
from layertui.core.progress import Progress
from layertui.core.store_paths import RUN

_BLOCK = 1 << 16
_HEAD = 64  # bytes: more than a record has before its text
_GAP = 2  # missing names in a row: one may be about to be used for another file
_PATIENCE = 1.0  # seconds: a killed shim causes no event


class LogLine(NamedTuple):
    """A line of a container's output."""

    stream: Literal["stdout", "stderr"]
    time: str
    text: bytes
    """With its newline, unless it has none."""


def read_log(
    path: Path, *, tail: int | None = None, running: Callable[[], bool] | None = None, progress: Progress | None = None
) -> Iterator[LogLine]:
    """The last `tail` lines, or all; and while `running` returns true, new ones."""
    with ExitStack() as opened:
        begin = _files(path, None, opened)
        if not begin:
            return
        missing, streams = tail, set[bytes]()
        for number, one in enumerate(begin):  # the newest first
            if missing is not None:
                start, found = _start_of(one, missing, streams)
                one.seek(start)
                missing -= found
                if missing <= 0:
                    del begin[number + 1 :]
                    break
        for one in begin[:0:-1]:
            yield from _lines(one, b"")
        file, rest = begin[0], b""
        # A write to the log wakes us, and so does the exit code that the shim writes to `run`.
        folders = path.parent, path.parent / RUN
        watch = opened.enter_context(Watch(*folders, progress=progress)) if running is not None else None
        while True:
            # Checked before the last read: everything written before the end, or before a new file, is then read.
            goes_on = running is not None and running()
            newer = _files(path, file, opened)
            rest = yield from _lines(file, rest)
            if newer:
                for one in newer[:0:-1]:
                    rest = yield from _lines(one, rest)
                file = newer[0]
                continue
            if not goes_on or watch is None:
                return
            if progress is not None:
                progress.advance(0)
            watch.wait(_PATIENCE)


def _files(path: Path, last: BinaryIO | None, opened: ExitStack) -> list[BinaryIO]:
    """The files of a log, newest first, down to the `last` one that was read.

    They are renamed meanwhile, older ones later: so none is missed, but one may be seen twice, and for a moment a name may have
    no file.
    """
    found: list[BinaryIO] = []
    lacking = 0
    for number in count():
        one = _opened(path.with_name(f"{path.name}.{number}") if number else path)
        if one is None:
            lacking += 1
            if lacking == _GAP:
                break
            continue
        if last is not None and _same(one, last):
            one.close()
            break
        if any(_same(one, other) for other in found):
            one.close()
            continue
        found.append(opened.enter_context(one))
    return found


def _same(one: BinaryIO, other: BinaryIO) -> bool:
    return os.path.sameopenfile(one.fileno(), other.fileno())


def _opened(path: Path) -> BinaryIO | None:
    try:
        return open(path, "rb", opener=files_only)
    except FileNotFoundError:
        return None


def _lines(file: BinaryIO, rest: bytes) -> Generator[LogLine, None, bytes]:
    """Yields the complete lines from the current position; returns the incomplete rest."""
    while block := file.read(_BLOCK):
        *lines, rest = (rest + block).split(b"\n")
        yield from map(_line, lines)
    return rest


def _line(logged: bytes) -> LogLine:
    stamp, stream, whole, text = (*logged.split(b" ", 3), b"", b"", b"")[:4]
    return LogLine(
        "stderr" if stream == b"stderr" else "stdout", stamp.decode("ascii", "replace"), text + _END[whole == b"F"]
    )


_END = (b"", b"\n")


def _start_of(file: BinaryIO, wanted: int, later: set[bytes]) -> tuple[int, int]:
    """Where the last `wanted` lines begin, searched backwards from the end; and how many there are.

    A line may be several records, all but its last marked `P`. `later`: the streams of which newer records are known.
    """
    at = end = file.seek(0, os.SEEK_END)
    if wanted <= 0:
        return end, wanted
    found, start = 0, end
    after = b""  # the beginning of what follows the block: a record may begin in the one and go on in the other
    while at:
        size = min(_BLOCK, at)
        at -= size
        file.seek(at)
        block = file.read(size)
        seen, after = block + after, block[:_HEAD]
        position = size - 1 if at + size == end and block.endswith(b"\n") else size
        while position >= 0:
            position = block.rfind(b"\n", 0, position)
            if position < 0 and at:
                break
            _, stream, whole = (*seen[position + 1 : position + 1 + _HEAD].split(b" ", 3), b"", b"", b"")[:3]
            if whole != b"P" or stream not in later:
                if found == wanted:
                    return start, wanted
                found += 1
            later.add(stream)
            start = at + position + 1
    return 0, found
