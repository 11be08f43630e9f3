"""The size map of two compared sides as a table: bytes added, removed and changed in each folder and file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.widgets.size.size_table import SizeRow, SizeTable
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit_middle, right, width_of

SHARE_FROM = 60
"""The width from which there is a column for the share."""

SIGNS = {"added": "+", "removed": "-", "changed": "~"}
"""The sign of each kind of change, in the order of the map's groups; the kind is the word of its style too."""


class ChangedTable(SizeTable):
    """What two sides differ by, as rows; what is in folders is not shown."""

    TITLE_OF_KEYS = tr("Table of changed sizes")

    ORDERS: ClassVar = {
        "size": None,
        "name": lambda row: (row.skipped > 0, row.name),
        "change": lambda row: (row.skipped > 0, row.group, -row.size),
    }

    HEADS: ClassVar = {tr("changed"): "change", tr("share"): "size", tr("name"): "name"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "order", tr("order"), tooltip=tr("Sort by size, name or kind of change")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.parts: Callable[[int], Sequence[int]] = lambda _node: (0, 0, 0)
        """The bytes of a node by kind of change; called for each row that is drawn."""

    def draw_head(self, line: int, width: int) -> Pieces:
        share = right(tr("share"), 7) if width >= SHARE_FROM else ""
        sizes = "".join(right(self.title_of(one), 9) for one in (tr("added"), tr("removed"), tr("changed")))
        return [(sizes + share + "  " + self.title_of(tr("name")), "title")]

    def empty_text(self) -> str:
        return tr("No bytes differ here.")

    def draw_item(self, item: SizeRow, width: int) -> Pieces:
        if item.rest:
            pieces: list[Piece] = [(right(size(item.size), 9 * len(SIGNS)), "dim")]
        else:
            pieces = [
                (right(f"{sign}{size(count)}" if count else "", 9), kind)
                for (kind, sign), count in zip(SIGNS.items(), self.parts(item.node), strict=True)
            ]
        if width >= SHARE_FROM:
            pieces.append((right(f"{item.share:.1%}", 7), "dim"))
        pieces.append(("  ", ""))
        room = max(4, width - width_of(pieces))
        name = safe(item.name) + ("/" if item.is_folder else "")
        return [*pieces, (fit_middle(name, room), "dim" if item.rest else "base" if item.is_folder else "")]
