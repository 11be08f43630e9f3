"""The table of containers: state, image, and size of the writable layer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from rich.cells import cell_len
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import quoted, safe, short_age, size, status
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.widgets.lists.column_table import Table
from layertui.tui.widgets.lists.row_marks import Marking
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, right

if TYPE_CHECKING:  # for types only: the first frame waits for no part of the core
    from layertui.core.containers.model.container import Container

GLYPHS = {"created": "○", "running": "▶", "paused": "‖", "exited": "■", "dead": "✖"}
WORDS = {"created": "base", "running": "good", "paused": "changed", "exited": "dim", "dead": "removed"}

IMAGE_FROM, LONG_FROM, COMMAND_FROM = 46, 72, 84
"""The widths in cells from which there is a column for the image, the status is complete, and there is one for the command."""
STATUS_FROM, OWN_FROM = 22, 28
"""The widths from which the status has words, and the writable layer's bytes have a column: the name is the last to go."""
OWN, STATUS = 8, 12
"""Cells for the bytes of the writable layer, and those that the shortened status takes at most as a rule."""


class ContainerRow(NamedTuple):
    """One container, and the bytes of its writable layer if known."""

    container: Container
    size_rw: int | None = None
    unknown: bool = False
    """Whether those bytes cannot be found out."""
    engine: str = ""
    """The engine that has it; empty: the default one."""
    prefix: str = ""
    """Behind which names of that engine are opened."""

    @property
    def key(self) -> str:
        """Its ID: a name may pass to another container."""
        return self.prefix + self.container.id

    @property
    def name(self) -> str:
        """By what it is opened: its name with its engine's prefix."""
        return f"{self.prefix}container:{self.container.name}"

    @property
    def text(self) -> str:
        """What a filter looks at."""
        return f"{self.container.name} {self.container.image} {self.container.state} {self.engine}"


class _Widths(NamedTuple):
    """In cells."""

    status: int
    own: int
    """Of the writable layer's bytes; 0 where they have no column."""


def container_rows(
    containers: Sequence[Container],
    sizes: Mapping[str, int],
    *,
    unknown: Collection[str] = (),
    engine: str = "",
    prefix: str = "",
) -> list[ContainerRow]:
    """`sizes` has the bytes of their writable layers by ID, `unknown` the IDs of those for which they cannot be found out."""
    return [
        ContainerRow(one, sizes.get(one.id), unknown=one.id in unknown, engine=engine, prefix=prefix)
        for one in containers
    ]


def _own(row: ContainerRow) -> str:
    """The bytes of its writable layer."""
    return "?" if row.unknown else f"+{size(row.size_rw)}" if row.size_rw else ""


def _status(container: Container, width: int, now: datetime | None) -> str:
    """Its status in docker's words, or shortened for a narrow table."""
    state = str(container.state)
    if width >= LONG_FROM:
        text = status(state, container.started, container.finished, container.exit_code, now)
        return text.removesuffix(" ago")
    if state == "running":
        return tr("Up {short_age}", short_age=short_age(container.started, now))
    return (
        tr("Exited ({exit_code})", exit_code=container.exit_code) if state == "exited" else status(state, None, None, 0)
    )


class ContainerTable(Marking, Table[ContainerRow]):
    """Status as glyph and word, name, image, command, age, bytes of its writable layer."""

    TITLE_OF_KEYS = tr("Containers")

    ORDERS: ClassVar[dict[str, Callable[[Any], Any] | None]] = {
        "newest": None,
        "name": lambda row: row.container.name,
        "status": lambda row: (
            list(GLYPHS).index("running") != list(GLYPHS).index(row.container.state),
            row.container.state,
        ),
        "size": lambda row: -(row.size_rw or 0),
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("open"), tooltip=tr("Show its life, namespaces, logs and writable layer")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.opened = ""
        self.now: datetime | None = None
        self._measured: tuple[object, _Widths] | None = None
        """The widths of some columns, and of which rows, time and table they are."""

    def show_rows(self, rows: Sequence[ContainerRow], now: datetime) -> None:
        """Show these containers; the cursor stays on its container."""
        self.now = now
        self.show_items(rows)

    def show_opened(self, name: str) -> None:
        """Which one is being looked at, by the name that opens it."""
        if name != self.opened:
            self.opened = name
            self.refresh()

    def empty_text(self) -> str:
        return tr(
            "No containers yet.\n\n`{create}` on an image creates one: a writable layer on top of it, no process.",
            create=key_name("create", "c"),
        )

    def name_at(self, index: int) -> str | None:
        row = self.at(index)
        return row.name if row is not None else None

    def draw_item(self, item: ContainerRow, width: int) -> Pieces:
        container = item.container
        state = str(container.state)
        word = WORDS.get(state, "dim")
        status_text = _status(container, width, self.now)
        own, widths = _own(item), self._widths(width)
        opened = "strong" if item.name == self.opened else ""
        pieces: list[Piece] = [self.mark_of(item.name), (GLYPHS.get(state, "?") + " ", word)]
        room = width - 3 - widths.own
        columns: list[Piece] = []
        if width >= COMMAND_FROM:
            columns.append((fit(quoted(container.command), 22), "dim"))
            columns.append((right(short_age(container.created, self.now), 4), "dim"))
        if width >= IMAGE_FROM:
            columns.insert(0, (fit(safe(container.image), max(12, min(width // 4, 16), width // 5)), "dim"))
        if width >= STATUS_FROM:
            columns.insert(0, (fit(status_text, widths.status), word))
        room -= sum(cell_len(text) + 1 for text, _ in columns)
        pieces.append((fit(safe(container.name), max(4, room)), opened))
        for text, meaning in columns:
            pieces += [(" ", ""), (text, meaning)]
        return [*pieces, (right(own, widths.own) if widths.own else "", "own")]

    def _widths(self, width: int) -> _Widths:
        """Those that all rows have a say in: measured once for what is drawn, not by each row of thousands."""
        of = self.rows, self.now, width
        if self._measured is None or self._measured[0] != of:
            self._measured = of, self._measure(width)
        return self._measured[1]

    def _measure(self, width: int) -> _Widths:
        status_width = max(cell_len(_status(row.container, width, self.now)) for row in self.rows)
        if width < OWN_FROM:
            return _Widths(status_width, 0)
        names = max(cell_len(safe(row.container.name)) for row in self.rows)
        if width >= IMAGE_FROM or width - 3 - OWN - STATUS >= names:
            return _Widths(status_width, OWN)
        # A name needs the room: no more than the bytes take.
        return _Widths(status_width, min(max(cell_len(_own(row)) for row in self.rows) + 1, OWN))
