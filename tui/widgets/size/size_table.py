"""The size map as a table: what is directly in a folder, with sizes, hidden bytes and layers."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.widgets.lists.column_table import Table
from layertui.tui.widgets.lists.layer_list import bar
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, fit_middle, right, width_of

BAR = 12
GROUP_FROM, BAR_FROM = 50, 76
"""The widths from which there are columns for the layer, and for a bar."""

_SORTED = "▾"


class SizeRow(NamedTuple):
    """A folder or a file; or all smaller ones together, the rest."""

    node: int
    name: str
    size: int
    hidden: int
    group: str
    """The layer or kind that most of it came from."""
    share: float
    """Of everything, 0 to 1."""
    is_folder: bool = False
    skipped: int = 0
    """How many larger ones are before a rest; 0 if it is none."""
    rest: int = 0
    """How many it stands for, if it is a rest."""

    @property
    def key(self) -> str:
        return f"{self.node}+{self.skipped}"

    @property
    def text(self) -> str:
        return self.name

    @property
    def engine(self) -> str:
        return ""


class SizeTable(Table[SizeRow]):
    """The same as the map, as rows; what is in folders is not shown."""

    TITLE_OF_KEYS = tr("Table of sizes")

    ORDERS: ClassVar = {
        "size": None,
        "name": lambda row: (row.skipped > 0, row.name),
        "layer": lambda row: (row.skipped > 0, row.group, -row.size),
        "hidden bytes": lambda row: (row.skipped > 0, -row.hidden),
    }

    HEADS: ClassVar = {tr("size"): "size", tr("hidden"): "hidden bytes", tr("mostly from"): "layer", tr("name"): "name"}
    """The order of a column by its title."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("go in"), tooltip=tr("Go into the folder; a file is shown in Files")),
        Binding(
            "right,l", "choose", tr("go in"), show=False, tooltip=tr("Go into the folder; a file is shown in Files")
        ),
        Binding("left,h", "out", tr("go out"), show=False, tooltip=tr("Go to the folder above")),
        Binding("o", "order", tr("order"), tooltip=tr("Sort by size, name, layer or hidden bytes")),
    ]

    class Out(Message):
        """To the folder above."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.head_height = 1
        self.whole = 1
        """The bytes of what is shown, for which a bar is full."""

    def action_out(self) -> None:
        self.post_message(self.Out())

    def on_click(self, event: events.Click) -> None:
        """A click on a title sorts by it; once more: by size."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y >= self.head_height or event.button != 1:
            return
        head = "".join(text for text, _ in self.draw_head(0, self.scrollable_content_region.width))
        for title, order in self.HEADS.items():
            before, found, _ = head.partition(title)
            start = cell_len(before)
            if found and start <= offset.x < start + cell_len(title):
                self.order_by(order if order != self.order_name else "size")

    def draw_head(self, line: int, width: int) -> Pieces:
        sizes = right(self.title_of(tr("size")), 9) + right(tr("share"), 7) + right(self.title_of(tr("hidden")), 9)
        pieces: list[Piece] = [(sizes + "  ", "title")]
        if width >= BAR_FROM:
            pieces.append((" " * (BAR + 2), ""))
        if width >= GROUP_FROM:
            pieces.append((fit(self.title_of(tr("mostly from")), 16), "title"))
        return [*pieces, (self.title_of(tr("name")), "title")]

    def title_of(self, title: str) -> str:
        """The title of a column, marked if the rows are in its order and that is not the one in which they come."""
        order = self.HEADS.get(title)
        return f"{title} {_SORTED}" if self.order and order == self.order_name else title

    def empty_text(self) -> str:
        return tr("No bytes are stored here.")

    def draw_item(self, item: SizeRow, width: int) -> Pieces:
        pieces: list[Piece] = [
            (right(size(item.size), 9), "" if item.skipped else "strong"),
            (right(f"{item.share:.1%}", 7), "dim"),
            (right(size(item.hidden) if item.hidden else "", 9) + "  ", "removed"),
        ]
        if width >= BAR_FROM:
            pieces.append((bar(item.size, max(1, self.whole), BAR) + "  ", "base"))
        if width >= GROUP_FROM:
            pieces.append((fit(safe(item.group), 15) + " ", "dim"))
        room = max(4, width - width_of(pieces))
        name = safe(item.name) + ("/" if item.is_folder else "")
        word = "dim" if item.skipped else "removed" if item.hidden == item.size else "base" if item.is_folder else ""
        return [*pieces, (fit_middle(name, room), word)]
