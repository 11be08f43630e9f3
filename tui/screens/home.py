"""Home: images, containers, layers, files and details of what is selected, side by side."""

from __future__ import annotations

from textual.app import ComposeResult

from layertui.tui.screens.base import InspectorScreen
from layertui.tui.selection import Selection
from layertui.tui.widgets.header_line import HeaderLine
from layertui.tui.widgets.key_bar import KeyBar
from layertui.tui.widgets.pane_layout import PANES
from layertui.tui.widgets.panes import Panes
from layertui.tui.widgets.row_list import RowList


class HomeScreen(InspectorScreen[None]):
    """The screen everything starts from."""

    def __init__(self, image: str | None = None) -> None:
        super().__init__()
        self.selection = Selection().of(image) if image else Selection()

    def compose(self) -> ComposeResult:
        """The head line, the panes, the key bar."""
        yield HeaderLine()
        with Panes():
            for pane in PANES:
                yield RowList(id=pane)
        yield KeyBar()
