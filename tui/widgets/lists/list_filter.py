"""Filters a list of rows by a pattern: logs, processes."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.text_match import Pattern

T = TypeVar("T")


class Narrowing(RowList, Generic[T]):
    """Rows that can be filtered; the cursor stays on its row, or goes to the next that matches."""

    OPENS = False

    FOLLOWS: ClassVar[bool] = False
    """Whether the cursor follows the end while it is there."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.items: Sequence[T] = ()
        self.pattern: Pattern | None = None
        self.head_height = 1
        self._shown: Sequence[int] = ()

    @abstractmethod
    def text_of(self, item: T) -> str:
        """The text of a row that a pattern is matched with."""

    def show(self, items: Sequence[T]) -> None:
        """Show rows, of which the first ones may be the same as before."""
        at_end = self.FOLLOWS and self.cursor >= self.count - 1
        at = self._shown[self.cursor] if self.cursor < len(self._shown) else 0
        self.items = items
        self._arrange(len(items) if at_end else at)

    def narrow(self, pattern: Pattern | None) -> tuple[int, int]:
        """Show only rows that match; returns how many do, of how many."""
        at = self._shown[self.cursor] if self.cursor < len(self._shown) else 0
        self.pattern = pattern
        self._arrange(at)
        return len(self._shown), len(self.items)

    def _arrange(self, at: int) -> None:
        pattern = self.pattern
        fits = (pattern is None or pattern.fits(self.text_of(item)) for item in self.items)
        self._shown = [index for index, fit in enumerate(fits) if fit]
        self.show_count(len(self._shown), cursor=bisect_left(self._shown, at))

    def next_match(self, by: int) -> None:
        """All visible rows match, so the next match is the next row, cyclically."""
        if self.count:
            self.cursor = (self.cursor + by) % self.count

    def item_at(self, row: int) -> T:
        """The item on a row."""
        return self.items[self._shown[row]]

    @property
    def current(self) -> T | None:
        """The item under the cursor."""
        return self.item_at(self.cursor) if self.cursor < self.count else None
