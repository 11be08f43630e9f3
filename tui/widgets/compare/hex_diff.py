"""Two binary files byte by byte, side by side at the same offset, as hex and as characters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from textual import events

from layertui.core.language.texts import tr
from layertui.tui.widgets.compare.hunks import HunkList, ground
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit

COARSE = 16
SIDE_BY_SIDE = {COARSE: 144, COARSE // 2: 80}
"""The width in cells from which a row shows this many bytes of each side."""


@dataclass(frozen=True, slots=True, eq=False)
class ByteDiff:
    """Two contents, or their beginnings, and where they differ."""

    left: bytes
    right: bytes
    differs: np.ndarray[tuple[int], np.dtype[np.bool_]]
    """For each offset of the longer one; bytes that only one side has differ."""

    @property
    def count(self) -> int:
        """The number of differing bytes."""
        return int(self.differs.sum())


def byte_diff(left: bytes, right: bytes) -> ByteDiff:
    """Compare two contents offset by offset: after an inserted byte everything differs."""
    one, other = np.frombuffer(left, np.uint8), np.frombuffer(right, np.uint8)
    differs = np.ones(max(len(one), len(other)), bool)
    both = min(len(one), len(other))
    differs[:both] = one[:both] != other[:both]
    return ByteDiff(left, right, differs)


class HexDiff(HunkList):
    """Side by side if there is room; otherwise a differing row has two lines, the left side's first."""

    OPENS = False

    TITLE_OF_KEYS = tr("Two contents as bytes")

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.diff = byte_diff(b"", b"")
        self.names = ("", "")
        self._per_row = COARSE
        self._rows: np.ndarray[tuple[int], np.dtype[np.int64]] | None = None
        """If rows have two lines: the row of each line."""
        self.head_height = 1

    def show(self, diff: ByteDiff, names: tuple[str, str]) -> None:
        """Show two contents."""
        self.diff, self.names = diff, names
        self._lay_out()
        self.cursor = 0
        if self.hunks:
            self.go_to(self.hunks[0])

    @property
    def columns(self) -> bool:
        """Whether both sides are in one row."""
        return self._rows is None

    def on_resize(self, event: events.Resize) -> None:
        """More or fewer bytes per row; the cursor stays near its byte."""
        at = self._row_of(self.cursor) * self._per_row
        self._lay_out()
        row = at // self._per_row
        self.cursor = row if self._rows is None else int(np.searchsorted(self._rows, row))
        super().on_resize(event)

    def _lay_out(self) -> None:
        width = self.size.width
        self._per_row = next((many for many, cells in SIDE_BY_SIDE.items() if width >= cells), COARSE)
        differs = self.diff.differs
        count = -(-len(differs) // self._per_row)
        filled = np.zeros(count * self._per_row, bool)
        filled[: len(differs)] = differs
        rows = np.logical_or.reduce(filled.reshape(count, self._per_row), axis=1)
        if width >= min(SIDE_BY_SIDE.values()):
            self._rows = None
            self.show_hunks(np.flatnonzero(rows).tolist())
            self.show_count(count)
            return
        self._rows = np.repeat(np.arange(count), np.where(rows, 2, 1))
        self.show_hunks(np.flatnonzero(rows[self._rows]).tolist())
        self.show_count(len(self._rows))

    def _row_of(self, line: int) -> int:
        return line if self._rows is None else int(self._rows[line]) if line < len(self._rows) else 0

    # -- drawing

    def draw_head(self, line: int, width: int) -> Pieces:
        a, b = self.names
        if not self.columns:
            return [("- ", "removed"), (a, "removed strong"), ("   + ", "added"), (b, "added strong")]
        side = self._side_width
        return [(fit(tr("  offset  {a}", a=a), side + 10), "removed strong"), ("   ", ""), (b, "added strong")]

    @property
    def _side_width(self) -> int:
        return 4 * self._per_row + 1

    def draw_row(self, index: int, width: int) -> Pieces:
        row = self._row_of(index)
        offset: Piece = (f"{row * self._per_row:08x}  ", "base")
        if self._rows is None:
            differs = self._differs(row).any()
            glyph: Piece = (" ~ ", "changed strong") if differs else (" = ", "dim")
            return [offset, *self._side(row, left=True), glyph, *self._side(row, left=False)]
        if not self._differs(row).any():
            return [("  ", ""), offset, *self._side(row, left=True)]
        left = index == 0 or self._rows[index - 1] != row
        mark: Piece = ("- ", "removed strong") if left else ("+ ", "added strong")
        return [mark, offset, *self._side(row, left=left)]

    def _differs(self, row: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return self.diff.differs[row * self._per_row : (row + 1) * self._per_row]

    def _side(self, row: int, *, left: bool) -> list[Piece]:
        """The bytes as hex and as characters, with marks on those that differ."""
        content = self.diff.left if left else self.diff.right
        chunk = content[row * self._per_row : (row + 1) * self._per_row]
        mark, line = ("was", "was-line") if left else ("now", "now-line")
        differs = self._differs(row).tolist()
        digits: list[Piece] = []
        letters: list[Piece] = []
        for at, byte in enumerate(chunk):
            word = mark if differs[at] else ""
            on = mark if all(differs[at : at + 2]) and at + 1 < len(chunk) else ""  # neighbours are marked together
            digits += [(f"{byte:02x}", word), (" ", on)]
            letters.append((chr(byte) if 32 <= byte < 127 else "·", word or "dim"))
        gap: Piece = (" " * (3 * (self._per_row - len(chunk)) + 1), "")
        pieces = [*digits, gap, *letters]
        if not any(differs):
            return [*pieces, (" " * (self._side_width - 3 * len(chunk) - len(gap[0]) - len(chunk)), "")]
        return ground(pieces, self._side_width, line)
