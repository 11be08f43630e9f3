"""What a container wrote, read back from the lines that its shim has logged."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple

from layertui.core.streams.progress import Progress

_BLOCK = 1 << 16
_PATIENCE = 0.05


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
    try:
        file = open(path, "rb")
    except FileNotFoundError:
        return
    with file:
        file.seek(0 if tail is None else _start_of(file, tail))
        rest = b""
        while True:
            # Asked before the last read: what was written before the end is then read for sure.
            goes_on = running is not None and running()
            while block := file.read(_BLOCK):
                *lines, rest = (rest + block).split(b"\n")
                yield from map(_line, lines)
            if not goes_on:
                return
            if progress is not None:
                progress.advance(0)
            time.sleep(_PATIENCE)


def _line(logged: bytes) -> LogLine:
    stamp, stream, whole, text = (*logged.split(b" ", 3), b"", b"", b"")[:4]
    return LogLine(
        "stderr" if stream == b"stderr" else "stdout", stamp.decode("ascii", "replace"), text + _END[whole == b"F"]
    )


_END = (b"", b"\n")


def _start_of(file: BinaryIO, count: int) -> int:
    """Where the last `count` lines begin, looked for from the end."""
    at = end = file.seek(0, os.SEEK_END)
    if count <= 0:
        return end
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
                return at + place + 1
    return 0
