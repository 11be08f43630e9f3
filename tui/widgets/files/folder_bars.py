"""Bars for the folders in which bytes changed: one for the old size, one for the new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size, size_change
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, fit_left, right

if TYPE_CHECKING:
    from layertui.core.layers.diff.rollup import FolderBytes

BLOCK, HALF = "━", "╸"
FIGURES = 1 + 10 + 2 + 2 * (8 + 1)
"""Cells besides name and bars: the difference, and both sizes."""


class FolderBars(RowList):
    """The folders with most changed bytes, largest first; Enter goes to the folder in the tree."""

    TITLE_OF_KEYS = tr("Bytes by folder")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("open"), show=False, tooltip=tr("Go to the folder in Files")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.bars: Sequence[FolderBytes] = ()
        self.note = ""
        self.head_height = 1

    def show(self, bars: Sequence[FolderBytes], note: str = "") -> None:
        """Show the folders with changed bytes; or a note if they are unknown."""
        self.bars, self.note = bars, note
        self.show_count(len(bars), cursor=0)

    def has_cursor(self) -> bool:
        """Whether there is a folder to go to."""
        return bool(self.bars)

    def to_copy(self) -> str | None:
        return self.bars[self.cursor].path if self.bars else None

    # -- drawing

    def draw_head(self, line: int, width: int) -> Pieces:
        title = self.note or (tr("bytes by folder") if self.bars else tr("no bytes of files changed"))
        if not self.bars:
            return [(f" {title}", "title")]
        name, room = _widths(width)
        return [
            (fit(f" {title}", name + 13), "title"),
            (fit(tr("before"), room + 9), "removed"),
            (tr("after"), "added"),
        ]

    def draw_row(self, index: int, width: int) -> Pieces:
        """A folder, its difference, and both sizes as bars to the same scale."""
        bar = self.bars[index]
        name, room = _widths(width)
        most = max(1, *(max(one.before, one.after) for one in self.bars))
        path = safe(bar.path) + ("" if not bar.rest else "…" if bar.path == "/" else "/…")
        pieces: list[Piece] = [(" ", ""), (fit_left(path, name), "base")]
        pieces.append((right(size_change(bar.after - bar.before), 10) + "  ", ""))
        for amount, word in ((bar.before, "removed"), (bar.after, "added")):
            cells, half = divmod(round(amount * room * 2 / most), 2)
            drawn = BLOCK * cells + HALF * half or (HALF if amount else "")
            pieces += [(fit(drawn, room), word), (right(size(amount) if amount else "–", 8) + " ", word)]
        return pieces


def _widths(width: int) -> tuple[int, int]:
    """The widths of the names, and of each bar."""
    name = max(10, min(40, (width - FIGURES) // 2))
    return name, max(3, (width - name - FIGURES) // 2)
