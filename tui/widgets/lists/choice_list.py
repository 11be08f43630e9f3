"""A list of a few lines, one of which is chosen."""

from __future__ import annotations

from collections.abc import Sequence

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Pieces, fit

MOST_LINES = 12
"""The number of lines above which the list scrolls."""


class ChoiceList(RowList):
    """Lines of text with a cursor; Enter and a click choose."""

    TITLE_OF_KEYS = tr("Choices")

    def __init__(self, lines: Sequence[str], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines = lines
        self.styles.height = min(len(lines), MOST_LINES)

    def show_lines(self, lines: Sequence[str]) -> None:
        """Other lines; the cursor stays at its number."""
        self._lines = lines
        self.show_count(len(lines))

    def on_mount(self) -> None:
        self.show_count(len(self._lines))

    def draw_row(self, index: int, width: int) -> Pieces:
        return [(fit(" " + safe(self._lines[index]), width), "")]
