"""The rows around an offset of a file: lines of text, or sixteen bytes each.

A line without an end for a long way is broken into several rows, at offsets that depend on the bytes just before them
alone: a file of one line of 2 GB is shown without reading it from its beginning.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertui.core.analysis.file_pages.page_source import PagedContent
    from layertui.core.progress import Progress

BLOCK = 4096
"""A line is broken where a block that begins at a multiple of this has no line end; no row has twice as many bytes."""

AROUND = 128 << 10
"""Bytes that are read on both sides of an offset."""

_FEW_ROWS = 256
_FAR = 1 << 20  # bytes on both sides where these are few rows, of long lines

HEX_WIDTH = 16

_LINE_END = re.compile(rb"\n")


@dataclass(frozen=True, slots=True)
class PageWindow:
    """Some rows of a file, one after the other."""

    size: int
    """Bytes of the whole file."""
    starts: Sequence[int]
    """The offset of each row."""
    end: int
    """The offset after the last row."""
    base: int
    """The offset of the first byte of `data`, which begins before the first row."""
    data: bytes
    as_hex: bool = False

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def at_start(self) -> bool:
        """Whether the first row is that of the file."""
        return not self.starts or self.starts[0] == 0

    @property
    def at_end(self) -> bool:
        """Whether the last row is that of the file."""
        return self.end >= self.size

    def row(self, index: int) -> bytes:
        """The bytes of a row, without its line end."""
        start, end = self.starts[index], self.end_of(index)
        content = self.data[start - self.base : end - self.base]
        return content if self.as_hex else content.removesuffix(b"\n").removesuffix(b"\r")

    def end_of(self, index: int) -> int:
        """The offset after a row and its line end."""
        return self.starts[index + 1] if index + 1 < len(self.starts) else self.end

    def begins_line(self, index: int) -> bool:
        """Whether a line begins in this row; otherwise it goes on in it."""
        start = self.starts[index]
        return start == 0 or self.data[start - self.base - 1 : start - self.base] == b"\n"

    def index_of(self, offset: int) -> int:
        """The row with an offset, or the nearest one."""
        return max(0, bisect_right(self.starts, offset) - 1)


def text_window(source: PagedContent, offset: int, progress: Progress) -> PageWindow:
    """The lines around an offset; the row with that offset is among them."""
    offset = max(0, min(offset, source.size))
    window = _text_window(source, offset, AROUND, progress)
    is_whole = window.at_start and window.at_end
    return window if is_whole or len(window) >= _FEW_ROWS else _text_window(source, offset, _FAR, progress)


def line_numbers(window: PageWindow, first: int | None) -> tuple[int | None, ...]:
    """The number of the line that begins in each row, None where one goes on; `first` is that of the first row, if known."""
    if first is None:
        return (None,) * len(window)
    numbers: list[int | None] = []
    line = first
    for at in range(len(window)):
        begins = window.begins_line(at)
        line += bool(at) and begins
        numbers.append(line if begins else None)
    return tuple(numbers)


def _text_window(source: PagedContent, offset: int, around: int, progress: Progress) -> PageWindow:
    wanted = max(0, offset - around) // BLOCK * BLOCK
    base = max(0, wanted - BLOCK)
    stop = min(source.size, offset + around)
    data = source.read(base, stop, progress)
    stop = base + len(data)
    breaks = {base + match.end() for match in _LINE_END.finditer(data)}
    for block in range(base + BLOCK, stop, BLOCK):
        if data.rfind(b"\n", block - BLOCK - base, block - base) < 0:
            at = block - base
            while at < block - base + 3 and at < len(data) and data[at] & 0xC0 == 0x80:
                at += 1  # not inside of a character
            breaks.add(base + at)
    ordered = sorted(one for one in breaks if wanted <= one < stop)
    if not wanted and stop:
        ordered = [0, *ordered]
    if stop < source.size and ordered:
        return PageWindow(source.size, ordered[:-1], ordered[-1], base, data)
    return PageWindow(source.size, ordered, source.size, base, data)


def hex_window(source: PagedContent, offset: int, progress: Progress) -> PageWindow:
    """The rows of sixteen bytes around an offset."""
    offset = max(0, min(offset, source.size))
    base = max(0, offset - AROUND) // HEX_WIDTH * HEX_WIDTH
    stop = min(source.size, (offset + AROUND) // HEX_WIDTH * HEX_WIDTH)
    data = source.read(base, stop, progress)
    stop = base + len(data)
    return PageWindow(source.size, range(base, stop, HEX_WIDTH), stop, base, data, as_hex=True)
