"""A table of named items: sorted, filtered, marked; the cursor stays on its item when the list changes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.widgets.lists.empty_hint import Advising
from layertui.tui.widgets.text.pane_frame import set_subtitle
from layertui.tui.widgets.text.pieces import Pieces, fit
from layertui.tui.widgets.text.text_match import Pattern


class Named(Protocol):
    """A row with a unique key, and a text for filters."""

    @property
    def key(self) -> str: ...

    @property
    def text(self) -> str: ...

    @property
    def engine(self) -> str: ...


N = TypeVar("N", bound=Named)


class Table(Advising, Generic[N]):
    """Rows that can be sorted and filtered.

    Rows are values; a subclass draws one in `draw_item` and defines its orders in `ORDERS`.
    """

    ORDERS: ClassVar[dict[str, Callable[[Any], Any] | None]] = {"": None}
    """The name of each order and its sort key; None keeps the original order."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "order", tr("order"), show=False, tooltip=tr("Sort by the next column")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.items: tuple[N, ...] = ()
        self.rows: tuple[N, ...] = ()
        self._lines: tuple[N | str, ...] = ()
        """The rows, and headings between them; the cursor counts these."""
        self._wanted: N | None = None  # the row that was last gone to; the cursor is elsewhere while it fits no filter
        self._placed: str | None = None  # the row that the cursor was put on for it
        self.order = 0
        self.pattern: Pattern | None = None
        self.engines: dict[str, str] = {}
        self.silent = ""
        self.known = False
        """Whether rows were received yet; before, an empty table says nothing."""

    # -- called by the screen

    def show_engines(self, names: Mapping[str, str], silent: str = "") -> None:
        """The engines whose rows show, in their order, each with its name as a heading; none: all are of one, which needs none.

        `silent` is a heading without rows, above all others: an engine that does not answer.
        """
        if (names, silent) != (self.engines, self.silent):
            self.engines, self.silent = dict(names), silent
            self._arrange()

    def _with_headings(self, rows: Sequence[N]) -> Iterator[N | str]:
        """The rows, and before those of each engine its name."""
        engine: str | None = None
        if rows and self.silent:
            yield self.silent
        for row in rows:
            if self.engines and row.engine != engine:
                engine = row.engine
                yield self.engines.get(engine, engine)
            yield row

    def at(self, line: int) -> N | None:
        """The row on a line; None for a heading, or past the end."""
        row = self._lines[line] if 0 <= line < len(self._lines) else None
        return None if isinstance(row, str) else row

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
        """Put the cursor on this row; whether it is there."""
        for line, row in enumerate(self._lines):
            if not isinstance(row, str) and row.key == key:
                self.cursor = line
                return True
        return False

    def next_match(self, by: int) -> None:
        """All visible rows match the pattern, so the next match is the next row, cyclically."""
        if self.rows:
            places = [line for line, row in enumerate(self._lines) if not isinstance(row, str)]
            self.cursor = places[(places.index(self.cursor) + by) % len(places)]

    @property
    def current(self) -> N | None:
        """The row under the cursor."""
        return self.at(self.cursor)

    def action_order(self) -> None:
        self.order = (self.order + 1) % len(self.ORDERS)
        self._arrange()

    @property
    def order_name(self) -> str:
        """The order that the rows are in, by its name in `ORDERS`."""
        return list(self.ORDERS)[self.order]

    def order_by(self, name: str) -> None:
        """Another order; nothing for a name that is none."""
        if name in self.ORDERS and name != self.order_name:
            self.order = list(self.ORDERS).index(name)
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
        if self.engines:  # the order of the rows holds within each engine
            order = {engine: at for at, engine in enumerate(self.engines)}
            rows.sort(key=lambda row: order.get(row.engine, 0))
        self.rows, self._lines = tuple(rows), tuple(self._with_headings(rows))
        found = (
            tr("{label} · {rows:,} of {items:,}", label=self.pattern.label, rows=len(rows), items=len(self.items))
            if self.pattern is not None
            else ""
        )
        set_subtitle(self, found, tr("by {name}", name=name) if self.order and len(rows) > 1 else "")
        places = {row.key: line for line, row in enumerate(self._lines) if not isinstance(row, str)}
        at = next((places[row.key] for row in (self._wanted, current) if row and row.key in places), self.cursor)
        self.advise()
        self.show_count(len(self._lines) or len(self.advice), cursor=min(at, max(0, len(self._lines) - 1)))
        self._placed = self.current.key if self.current is not None else None
        if self._wanted is not None and all(item.key != self._wanted.key for item in self.items):
            self._wanted = self.current

    def empty_text(self) -> str:
        """What to show in an empty table, and what to do about it."""
        return ""

    def advice_text(self) -> str:
        return "" if self.rows or not self.known else tr("No match.") if self.items else self.empty_text()

    @property
    def lines(self) -> int:
        """How many lines there are to show."""
        return len(self._lines) or self.advice_lines or 1

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
        row = self._lines[index] if index < len(self._lines) else None
        if row is None:
            return self.draw_advice(index)
        if isinstance(row, str):
            name = fit(safe(row), min(len(row), width - 4))
            return [("── ", "dim"), (name, "base"), (" " + "─" * (width - 5 - cell_len(name)), "dim")]
        return self.draw_item(row, width - 1)

    def validate_cursor(self, value: int) -> int:
        """On a row, never on a heading: past it in the direction of the step.

        Keys that are pressed before the rows have come count too: it goes to its row when that is there.
        """
        if not self.known:
            return max(0, value)
        value = max(0, min(value, len(self._lines) - 1))
        if value < self.cursor:
            while value > 0 and isinstance(self._lines[value], str):
                value -= 1
        while value < len(self._lines) and isinstance(self._lines[value], str):
            value += 1
        return value

    def show_cursor(self) -> None:
        """With the heading above it, where it is the first of its engine."""
        super().show_cursor()
        above = self.cursor - 1
        if 0 <= above == self.scroll_offset.y - 1 and self.at(above) is None:
            self.scroll_to(y=above, animate=False, force=True)

    def action_choose(self) -> None:
        if self.rows:
            super().action_choose()
