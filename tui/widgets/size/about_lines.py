"""Lines around a size map: the whole, what the cursor is on, and which step it came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from layertui.tui.widgets.text.lines import content_of
from layertui.tui.widgets.text.pieces import Pieces, crop, fit_left


class AboutLine(NamedTuple):
    """A path, if there is one, then a text, and figures at the right."""

    path: str = ""
    """Cut at its beginning if there is little room."""
    pieces: Pieces = ()
    figures: str = ""

    def fitted(self, width: int) -> Pieces:
        """All of it in so many cells; the figures have priority."""
        room = max(0, width - cell_len(self.figures) - 2) if self.figures else width
        path = fit_left(self.path, min(cell_len(self.path), room))
        return [*crop([(path, "base strong"), *self.pieces], room), ("  ", ""), (self.figures, "strong")]


class AboutLines(Widget):
    """One line each; changed without a new layout."""

    DEFAULT_CSS = """
    AboutLines { height: 2; padding: 0 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: Sequence[AboutLine] = ()

    @property
    def text(self) -> str:
        """The lines as they are shown, as plain text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._fitted())

    def show(self, *lines: AboutLine) -> None:
        """Show these lines."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def _fitted(self) -> list[Pieces]:
        width = self.content_size.width
        return [crop(line.fitted(width), width) for line in self._lines]

    def render(self) -> Content:
        return content_of(self._fitted())
