"""LineIndex: which line is at which offset of a file, with a mark every so many bytes.

One thread builds it, others ask it meanwhile for the part that is done: marks are only appended.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from threading import Lock
from typing import TYPE_CHECKING

from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.analysis.file_pages.page_source import PagedContent
    from layertui.core.progress import Progress

_LEAST_STEP = 256 << 10
_MOST_MARKS = 1 << 16  # half a megabyte of memory, however large the file


class LineIndex:
    """The lines of one file, counted from 1."""

    def __init__(self, source: PagedContent) -> None:
        self._source = source
        self._step = _LEAST_STEP
        while source.size > self._step * _MOST_MARKS:
            self._step *= 2
        self._marks = array("Q", [0])  # line ends before each multiple of the step
        self._building = Lock()
        self.lines: int | None = None
        """How many lines there are, once that is known."""

    @property
    def reached(self) -> int:
        """The offset up to which the line ends are counted."""
        return self._source.size if self.lines is not None else (len(self._marks) - 1) * self._step

    def build(self, progress: Progress) -> None:
        """Count the line ends of the whole file, from where an earlier call was cancelled."""
        step = self._step
        with self._building:  # an earlier call that was cancelled may not have ended yet
            progress.begin(tr("counting lines"), self._source.size)
            progress.advance(min(self.reached, self._source.size))
            while self.lines is None:
                size = self._source.size
                start = (len(self._marks) - 1) * step
                count = self._marks[-1] + self._count(start, min(start + step, size), progress)
                if start + step >= size:
                    is_open = size > 0 and self._source.read(size - 1, size, progress) != b"\n"
                    self.lines = count + is_open if size == self._source.size else None
                else:
                    self._marks.append(count)
                    progress.advance(step)

    def grow(self) -> None:
        """The file has become longer: its lines have to be counted on, by `build`."""
        self.lines = None

    def number_at(self, offset: int, progress: Progress) -> int | None:
        """The number of the line that has an offset; None if that is not counted yet."""
        if offset > self.reached:
            return None
        mark = min(offset // self._step, len(self._marks) - 1)
        return 1 + self._marks[mark] + self._count(mark * self._step, offset, progress)

    def offset_of(self, line: int, progress: Progress) -> int:
        """The offset at which a line begins, or the last one; counts up to there first, if necessary."""
        if line > self._marks[-1] and self.lines is None:
            self.build(progress)
        assert self.lines is not None or line <= self._marks[-1]
        wanted = max(1, line if self.lines is None else min(line, self.lines)) - 1  # line ends before it
        if wanted == 0:
            return 0
        mark = bisect_left(self._marks, wanted) - 1
        at, before = mark * self._step, self._marks[mark]
        while (part := self._source.data_from(at, self._source.size)) is not None:
            start, at = part[0], min(part[1], part[0] + _LEAST_STEP)
            content = self._source.read(start, at, progress)
            here = content.count(b"\n")
            if before + here < wanted:
                before += here
                continue
            position = -1
            for _ in range(wanted - before):
                position = content.index(b"\n", position + 1)
            return start + position + 1
        return self._source.size

    def _count(self, start: int, end: int, progress: Progress) -> int:
        count = 0
        while (part := self._source.data_from(start, end)) is not None:
            first, start = part[0], min(part[1], part[0] + _LEAST_STEP)
            count += self._source.read(first, start, progress).count(b"\n")
        return count
