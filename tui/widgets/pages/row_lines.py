"""RowLines: how the rows of a window are laid out on lines of the screen, where long ones are wrapped; pure."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from rich.cells import chop_cells

from layertui.tui.widgets.pages.page_lines import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.file_pages.page_rows import PageWindow


class Place(NamedTuple):
    """A line of the screen: which one of a row, counted from 0."""

    row: int
    line: int = 0


class RowLines:
    """The lines of each row: one, or if a width is given, as many as its text takes. Computed for the rows that are asked for."""

    def __init__(self, window: PageWindow, width: int | None) -> None:
        self._window = window
        self._width = None if window.as_hex or width is None else max(1, width)
        self._starts: dict[int, Sequence[int]] = {}

    def starts(self, row: int) -> Sequence[int]:
        """The characters at which the lines of a row begin."""
        found = self._starts.get(row)
        if found is None:
            found = self._starts[row] = self._broken(row)
        return found

    def _broken(self, row: int) -> Sequence[int]:
        width = self._width
        if width is None:
            return (0,)
        text = shown(self._window.row(row))
        if text.isascii():
            return range(0, max(1, len(text)), width)
        starts, at = [0], 0
        for piece in chop_cells(text, width)[:-1]:
            at += len(piece)
            starts.append(at)
        return starts

    def count(self, row: int) -> int:
        """How many lines a row takes."""
        return 1 if self._width is None else len(self.starts(row))

    def place_of(self, offset: int) -> Place:
        """The line with an offset of the file, or the nearest one."""
        window = self._window
        row = window.index_of(offset)
        if self._width is None or not len(window):
            return Place(row)
        before = len(shown(window.row(row)[: max(0, offset - window.starts[row])]))
        return Place(row, bisect_right(self.starts(row), before) - 1)

    def last_top(self, height: int) -> Place:
        """The line on top of a screen of some height when the last row of the window is at its bottom."""
        row = len(self._window)
        while row > 0 and height > 0:
            row -= 1
            height -= self.count(row)
        return Place(max(0, row), max(0, -height))

    def moved(self, place: Place, by: int, height: int) -> tuple[Place, int]:
        """The line on top after scrolling by some lines, and by how many more it would go, were there more rows."""
        row, line = place
        last = self.last_top(height)
        while by > 0 and (row, line) < last:
            step = min(by, (last.line if row == last.row else self.count(row)) - line)
            line, by = line + step, by - step
            if row < last.row and line == self.count(row):
                row, line = row + 1, 0
        while by < 0 and (row, line) > (0, 0):
            if not line:
                row, line = row - 1, self.count(row - 1)
            step = min(-by, line)
            line, by = line - step, by + step
        while (row, line) > last:
            if not line:
                row, line = row - 1, self.count(row - 1)
            line, by = line - 1, by + 1
        return Place(row, line), by

    def on_screen(self, top: Place, height: int) -> list[Place]:
        """The lines on a screen, from the one on top; fewer if the rows end before."""
        row, line = top
        found: list[Place] = []
        while len(found) < height and row < len(self._window):
            found.append(Place(row, line))
            row, line = (row, line + 1) if line + 1 < self.count(row) else (row + 1, 0)
        return found
