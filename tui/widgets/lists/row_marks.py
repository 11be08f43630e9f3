"""Marks on rows: two marked rows are compared."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Set as AbstractSet
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from layertui.core.language.texts import tr
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Piece


class Marking(RowList):
    """A list whose rows can be marked.

    Rows have names that can be opened; the screen decides which are marked.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space", "mark", tr("mark"), tooltip=tr("Mark it, to compare two marked rows, or the marked row and this")
        ),
    ]

    class Marked(Message):
        """The mark of a row is to be toggled."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.marked: AbstractSet[str] = frozenset()

    @abstractmethod
    def name_at(self, index: int) -> str | None:
        """The name for opening a row; None if there is nothing to open."""

    def show_marked(self, names: AbstractSet[str]) -> None:
        """Mark these names, here or in another list."""
        if names != self.marked:
            self.marked = names
            self.refresh()

    def action_mark(self) -> None:
        """Request to toggle the row's mark, and go to the next row."""
        if (name := self.name_at(self.cursor)) is not None:
            self.post_message(self.Marked(name))
            self.cursor += 1

    def mark_of(self, name: str | None) -> Piece:
        """The mark in front of a row, after the cell of the cursor's sign."""
        return (" ✓", "changed strong") if name in self.marked else ("  ", "")
