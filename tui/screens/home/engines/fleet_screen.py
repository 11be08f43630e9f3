"""Shows the fleet: which engine has which image and container."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.strip import Strip
from textual.widgets import DataTable, Static

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, shorten
from layertui.tui.screens.home.engines.fleet import ABSENT, DRIFT, STATES, FleetRow, fleet_rows, sorted_rows
from layertui.tui.screens.shared.base_screen import InspectorScreen
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.text.pieces import many
from layertui.tui.widgets.text.theme_styles import ThemeStyles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.tui.screens.home.home_questions import Listing

_WIDEST = 48
"""Cells of a title; a longer one is cut."""


class FleetTable(DataTable[Text]):
    """One row an image or container, one column an engine."""

    TITLE_OF_KEYS = tr("Fleet")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "select_cursor", tr("open"), tooltip=tr("Look at it on home, in the first engine that has it")
        ),
        Binding("down,j", "cursor_down", tr("down"), show=False),
        Binding("up,k", "cursor_up", tr("up"), show=False),
        Binding("left,h", "scroll_left", tr("left"), show=False),
        Binding("right,l", "scroll_right", tr("right"), show=False),
        Binding("home,g", "scroll_top", tr("top"), show=False),
        Binding("end,G", "scroll_bottom", tr("bottom"), show=False),
        Binding("o", "order", tr("order"), show=False, tooltip=tr("Sort by the next column")),
    ]

    class Order(Message):
        """Sort by the next column."""

    def action_order(self) -> None:
        self.post_message(self.Order())

    def fill(self, engines: Sequence[str], rows: Sequence[FleetRow], column: int = 0) -> None:
        """Its columns and rows, which are sorted by a column; names are text, never markup."""
        self.clear(columns=True)
        titles = ["", tr("name"), "ID", *map(safe, engines)]
        titles[column] += " ↓" if column else ""
        self.add_columns(*map(Text, titles))
        ids = {row.image_id for row in rows}
        for row in rows:
            drift = (f"{DRIFT} " if row.drift else "  ", self.app.theme_variables["warning"])
            below = row.what == "container" and row.image_id in ids
            name = Text.assemble(("└ " if below else "", "dim"), shorten(safe(row.title), _WIDEST))
            cells = (
                Text(tr(cell) if cell in STATES else cell, style="dim" if cell == ABSENT else "") for cell in row.cells
            )
            self.add_row(Text.assemble(drift, (tr(row.what), "dim")), name, Text(row.short_id, style="dim"), *cells)

    def render_line(self, y: int) -> Strip:
        """A line, with the cursor's sign in its first cell as in all lists."""
        strip = super().render_line(y)
        first = next(iter(strip), None)
        if first is None or first.style is None or first.style.meta.get("row") != self.cursor_row:
            return strip
        sign = ThemeStyles(self.app.theme_variables).sign("cursor")
        return Strip(
            [Segment(sign.text, first.style + (sign.style or Style.null())), *strip.crop(1)], strip.cell_length
        )


class FleetScreen(InspectorScreen["str | None"]):
    """The table; the answer is the name that opens the chosen row, None for none."""

    DEFAULT_CSS = """
    FleetScreen FleetTable {
        height: 1fr; background: $background; border: round $primary; border-title-color: $primary;
    }
    FleetScreen #about { height: 2; padding: 0 2; color: $text-muted; }
    FleetScreen FleetTable > .datatable--header { background: $background; color: $text-muted; text-style: bold; }
    FleetScreen FleetTable > .datatable--cursor { background: $row-cursor; color: $foreground; text-style: bold; }
    """

    def __init__(self, listings: Sequence[Listing], silent: Sequence[str] = ()) -> None:
        """`silent` are the names of engines that do not answer."""
        super().__init__()
        self._silent = silent
        self._engines = [one.engine_name for one in listings]
        self._listed = fleet_rows(listings)
        self._rows = self._listed
        self._column = 0
        """The column that the rows are sorted by; by the first they are as listed."""

    def compose(self) -> ComposeResult:
        yield HeaderLine()
        yield FleetTable(id="fleet", cursor_type="row")
        yield Static(id="about", markup=False)
        yield KeyBar()

    def on_mount(self) -> None:
        header = self.query_one(HeaderLine)
        header.engine, header.subject = " + ".join(self._engines), tr("fleet")
        table = self.query_one(FleetTable)
        images = sum(row.what == "image" for row in self._rows)
        table.border_title = tr(
            "{images}, {many}: which engine has them",
            images=many(images, "image"),
            many=many(len(self._rows) - images, "container"),
        )
        drifted = sum(bool(row.drift) for row in self._rows)
        notes = [tr("{drift} {drifted} drifted", drift=DRIFT, drifted=drifted)] if drifted else []
        notes += [tr("{name} does not answer", name=safe(name)) for name in self._silent]
        table.border_subtitle = Content(" · ".join(notes))
        table.fill(self._engines, self._rows)
        table.focus()

    @on(DataTable.RowHighlighted)
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        """Explain the row under the cursor."""
        row = self._rows[event.cursor_row]
        places = [place for place, cell in zip(self._engines, row.cells, strict=True) if cell != ABSENT]
        self.query_one("#about", Static).update(
            safe(
                f"{DRIFT} {row.drift}"
                if row.drift
                else tr("{title} is in {places}", title=row.title, places=", ".join(places))
            )
        )

    @on(DataTable.HeaderSelected)
    def _title_clicked(self, event: DataTable.HeaderSelected) -> None:
        """Sort by the column; a second click returns to the order of the list."""
        self._sort_by(event.column_index if event.column_index != self._column else 0)

    @on(FleetTable.Order)
    def _order(self) -> None:
        self._sort_by((self._column + 1) % (3 + len(self._engines)))

    def _sort_by(self, column: int) -> None:
        """Sort the rows; the cursor stays on its row."""
        table = self.query_one(FleetTable)
        current = self._rows[table.cursor_row] if self._rows else None
        self._column, self._rows = column, sorted_rows(self._listed, column)
        table.fill(self._engines, self._rows, column)
        if current is not None:
            table.move_cursor(row=self._rows.index(current))

    @on(DataTable.RowSelected)
    def _chosen(self, event: DataTable.RowSelected) -> None:
        event.stop()
        self.dismiss(next(key for key in self._rows[event.cursor_row].keys if key))
