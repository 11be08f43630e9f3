"""ByColumn: rows that a click on a column's title sorts, and `o` by one column after the other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Pieces

T = TypeVar("T")


class ByColumn(RowList):
    """A list with a head of titles, each of which its rows can be sorted by.

    The first pieces of the head are the titles, one for each of `SORTS`, each as wide as its column.
    """

    SORTS: ClassVar[tuple[Callable[[Any], Any] | None, ...]] = (None,)
    """What each column sorts by, the leftmost first. None: as the rows are listed; so it is by the first column, until another is chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "order", tr("order"), show=False, tooltip=tr("Sort by the next column")),
    ]

    column = 0
    """The column that the rows are sorted by."""

    @abstractmethod
    def sort_again(self) -> None:
        """Show the rows in another order; the cursor stays on its row."""

    def in_order(self, rows: Iterable[T]) -> list[T]:
        """These rows, sorted by the chosen column."""
        key = self.SORTS[self.column]
        return list(rows) if key is None else sorted(rows, key=key)

    def titled(self, column: int, text: str) -> str:
        """The title of a column, with a sign if the rows are sorted by it."""
        return f"{text} ↓" if column and column == self.column else text

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return False if action == "order" and not self.count else super().check_action(action, parameters)

    def action_order(self) -> None:
        self._sort_by((self.column + 1) % len(self.SORTS))

    def _sort_by(self, column: int) -> None:
        self.column = column
        self.sort_again()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """A click on a title sorts by it; another one returns to the order of the list."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= self.head_height or event.button != 1 or not self.count:
            return
        column = column_at(self.draw_head(0, self.scrollable_content_region.width), offset.x)
        if column < len(self.SORTS):
            self._sort_by(column if column != self.column else 0)


def column_at(head: Pieces, x: int) -> int:
    """The number of the piece of a head that a cell is in."""
    at = 0
    for column, (text, _) in enumerate(head):
        at += cell_len(text)
        if x < at:
            return column
    return len(head)
