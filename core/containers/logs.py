"""What a container wrote, read back from the lines that its shim has logged."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from layertui.core.streams.progress import Progress
from layertui.core.streams.watch import Watch
from layertui.core.streams.window import files_only

_BLOCK = 1 << 16
_PATIENCE = 1.0  # seconds: nobody tells of a shim that was killed


class LogLine(NamedTuple):
    """A line that a container wrote."""

    stream: Literal["stdout", "stderr"]
    time: str
    text: bytes
    """With its newline, if it had one."""


def read_log(
    path: Path, *, tail: int | None = None, running: Callable[[], bool] | None = None, progress: Progress | None = None
) -> Iterator[LogLine]:
    """The last `tail` lines, or all; and as long as `running` says so, those that come."""
    with ExitStack() as opened:
        file, older = _opened(path, opened), _opened(older_of(path), opened)
        if file is None:
            return
        missing = None
        if tail is not None:
            start, found = _start_of(file, tail)
            file.seek(start)
            missing = tail - found
        if older is not None and missing != 0 and not os.path.sameopenfile(older.fileno(), file.fileno()):
            if missing is not None:
                older.seek(_start_of(older, missing)[0])
            yield from _lines(older, b"")
        rest = b""
        # Who writes tells us, and so does the shim that leaves an exit code in `run`.
        folders = path.parent, path.parent / "run"
        watch = opened.enter_context(Watch(*folders, progress=progress)) if running is not None else None
        while True:
            # Asked before the last read: what was written before the end, or before another file came, is then read for sure.
            goes_on = running is not None and running()
            renamed = _renamed(file, path)
            rest = yield from _lines(file, rest)
            if renamed and (newer := _opened(path, opened)) is not None:
                file = newer
                continue
            if not goes_on or watch is None:
                return
            if progress is not None:
                progress.advance(0)
            watch.wait(_PATIENCE)


def older_of(path: Path) -> Path:
    """Where the lines are that were written before those of a log."""
    return path.with_name(path.name + ".1")


def _opened(path: Path, opened: ExitStack) -> BinaryIO | None:
    try:
        return opened.enter_context(open(path, "rb", opener=files_only))
    except FileNotFoundError:
        return None


def _renamed(file: BinaryIO, path: Path) -> bool:
    try:
        return not os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False  # the shim is about to begin another


def _lines(file: BinaryIO, rest: bytes) -> Generator[LogLine, None, bytes]:
    """The whole lines from where the file stands; what is left of one comes back."""
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


def _start_of(file: BinaryIO, count: int) -> tuple[int, int]:
    """Where the last `count` lines begin, looked for from the end; and how many there are."""
    at = end = file.seek(0, os.SEEK_END)
    if count <= 0:
        return end, count
    found = 0
    while at:
        size = min(_BLOCK, at)
        at -= size
        file.seek(at)
        block = file.read(size)
        place = len(block) - 1 if at + size == end and block.endswith(b"\n") else len(block)
        while (place := block.rfind(b"\n", 0, place)) >= 0:
            found += 1
            if found == count:
                return at + place + 1, count
    return 0, found + (end > 0)
