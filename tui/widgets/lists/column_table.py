"""A table of named items: sorted, filtered, marked; the cursor stays on its item when the list changes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from textual.binding import Binding, BindingType

from layertui.tui.widgets.lists.empty_hint import Advising
from layertui.tui.widgets.text.pane_frame import tell_below
from layertui.tui.widgets.text.pieces import Pieces
from layertui.tui.widgets.text.text_match import Pattern


class Named(Protocol):
    """A row with a unique key, and a text for filters."""

    @property
    def key(self) -> str: ...

    @property
    def text(self) -> str: ...


N = TypeVar("N", bound=Named)


class Table(Advising, Generic[N]):
    """Rows that can be sorted and filtered.

    Rows are values; a subclass draws one in `draw_item` and defines its orders in `ORDERS`.
    """

    ORDERS: ClassVar[dict[str, Callable[[Any], Any] | None]] = {"": None}
    """The name of each order and its sort key; None keeps the original order."""

    EMPTY: ClassVar[str] = ""
    """What to show in an empty table, and what to do about it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "order", "order", show=False, tooltip="Sort by the next column"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.items: tuple[N, ...] = ()
        self.rows: tuple[N, ...] = ()
        self._wanted: N | None = (
            None  # the row that was last gone to; the cursor is elsewhere while the filter hides it
        )
        self._placed: str | None = None  # the row that the cursor was put on instead
        self.order = 0
        self.pattern: Pattern | None = None
        self.known = False
        """Whether rows were received yet; before, an empty table says nothing."""

    # -- called by the screen

    def show_items(self, items: Sequence[N]) -> None:
        """Show these rows; the cursor stays on its row, wherever that is now."""
        self.known = True
        self.items = tuple(items)
        self._arrange()

    def narrow(self, pattern: Pattern | None) -> tuple[int, int]:
        """Show only rows that match; returns how many do, of how many."""
        self.pattern = pattern
        self._arrange()
        return len(self.rows), len(self.items)

    def go_to(self, key: str) -> bool:
        """Put the cursor on a row; returns whether it exists."""
        for index, row in enumerate(self.rows):
            if row.key == key:
                self.cursor = index
                return True
        return False

    def next_match(self, by: int) -> None:
        """All visible rows match the pattern, so the next match is the next row, cyclically."""
        if self.rows:
            self.cursor = (self.cursor + by) % len(self.rows)

    @property
    def current(self) -> N | None:
        """The row under the cursor."""
        return self.rows[self.cursor] if self.cursor < len(self.rows) else None

    def action_order(self) -> None:
        self.order = (self.order + 1) % len(self.ORDERS)
        self._arrange()

    def keep(self) -> None:
        """Make the row under the cursor the wanted one."""
        self._wanted = self.current or self._wanted

    def _arrange(self) -> None:
        if (current := self.current) is not None and current.key != self._placed:
            self._wanted = current
        rows = [item for item in self.items if self.pattern is None or self.pattern.fits(item.text)]
        name, by = list(self.ORDERS.items())[self.order]
        if by is not None:
            rows.sort(key=by)
        self.rows = tuple(rows)
        found = f"{self.pattern.told} · {len(rows):,} of {len(self.items):,}" if self.pattern is not None else ""
        tell_below(self, found, f"by {name}" if self.order and len(rows) > 1 else "")
        indexes = {row.key: index for index, row in enumerate(rows)}
        at = next((indexes[row.key] for row in (self._wanted, current) if row and row.key in indexes), self.cursor)
        self.advise()
        self.show_count(len(rows) or len(self.advice), cursor=min(at, max(0, len(rows) - 1)))
        self._placed = self.current.key if self.current is not None else None
        if self._wanted is not None and all(item.key != self._wanted.key for item in self.items):
            self._wanted = self.current

    def advice_text(self) -> str:
        return "" if self.rows or not self.known else "No match." if self.items else self.EMPTY

    @property
    def lines(self) -> int:
        """The number of lines to show."""
        return len(self.rows) or len(self.advice) or 1

    def has_cursor(self) -> bool:
        return bool(self.rows)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("choose", "mark", "order") and not self.rows:
            return False
        return super().check_action(action, parameters)

    # -- drawing

    @abstractmethod
    def draw_item(self, item: N, width: int) -> Pieces:
        """The pieces of one row."""

    def draw_row(self, index: int, width: int) -> Pieces:
        if index < len(self.rows):
            return self.draw_item(self.rows[index], width - 1)
        return self.draw_advice(index)

    def validate_cursor(self, value: int) -> int:
        return max(0, min(value, len(self.rows) - 1))

    def action_choose(self) -> None:
        if self.rows:
            super().action_choose()
