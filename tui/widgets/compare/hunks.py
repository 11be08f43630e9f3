"""A list of rows of two sides, with keys for the next and the previous difference."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Piece, width_of


class HunkList(RowList):
    """Rows, some of which differ; consecutive ones are one hunk."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "hunk(1)", tr("next"), tooltip=tr("Go to the next difference")),
        Binding("N", "hunk(-1)", tr("previous"), show=False, tooltip=tr("Go to the previous difference")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.hunks: Sequence[int] = ()
        """The first row of each."""

    def show_hunks(self, differing: Iterable[int]) -> None:
        """Set the rows that differ, in order."""
        starts: list[int] = []
        last = -2
        for row in differing:
            if row != last + 1:
                starts.append(row)
            last = row
        self.hunks = starts

    @property
    def where(self) -> str:
        """The number of the difference under the cursor, of how many."""
        if not self.hunks:
            return ""
        at = bisect_right(self.hunks, self.cursor)
        of = tr("{hunks:,} difference", hunks=len(self.hunks)) + "s" * (len(self.hunks) != 1)
        return tr("{at:,} of {of}", at=at, of=of) if at else of

    def action_hunk(self, by: int) -> None:
        """Go to the first row of the next hunk, or of the previous one."""
        at = bisect_right(self.hunks, self.cursor) if by > 0 else bisect_left(self.hunks, self.cursor) - 1
        if 0 <= at < len(self.hunks):
            self.go_to(self.hunks[at])

    def go_to(self, row: int) -> None:
        """Move the cursor to a row, with some of the rows before it visible."""
        room = max(1, self.scrollable_content_region.height - self.head_height)
        far = not self.scroll_offset.y <= row < self.scroll_offset.y + room
        self.cursor = row
        if far:
            self.scroll_to(y=max(0, row - room // 3), animate=False, force=True)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable the keys for differences if there are none."""
        return bool(self.hunks) if action == "hunk" else super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        return tr("nothing differs here") if action == "hunk" else super().why_not(action)


def ground(pieces: list[Piece], width: int, word: str) -> list[Piece]:
    """The pieces on a coloured background as wide as their column; they must not be wider than it."""
    on = [(text, f"{word} {words}".strip()) for text, words in pieces]
    return [*on, (" " * (width - width_of(pieces)), word)]
