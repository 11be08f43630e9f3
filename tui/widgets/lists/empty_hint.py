"""A hint in an empty list: what the user can do."""

from __future__ import annotations

from abc import abstractmethod

from textual import events

from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import Pieces, advice


class Advising(RowList):
    """A RowList with lines of advice instead of rows."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.advice: list[Pieces] = []
        self.advice_lines = 0
        """How many lines the advice has where there is room for all of it."""

    @abstractmethod
    def advice_text(self) -> str:
        """The current advice; empty if there are rows."""

    def advise(self) -> None:
        """Wrap the current advice to the current width; where it is too long for the height, without its blank lines."""
        text, width = self.advice_text(), self.scrollable_content_region.width - 2
        self.advice = [line for part in text.split("\n") for line in advice(part, width)] if text else []
        self.advice_lines = len(self.advice)
        if len(self.advice) > self.scrollable_content_region.height - self.head_height:
            self.advice = [line for line in self.advice if any(piece.strip() for piece, _ in line)]
        self.set_class(bool(self.advice), "-advising")  # it is read, and not gone through

    def on_resize(self, event: events.Resize) -> None:
        self.advise()
        if self.advice:
            self.count = len(self.advice)
            self.refresh()  # it may have been drawn before the width was known
        super().on_resize(event)

    def draw_advice(self, index: int) -> Pieces:
        """One line of the advice."""
        return [(" ", ""), *self.advice[index]] if index < len(self.advice) else []
