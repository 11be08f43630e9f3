"""Text that is selected by dragging the mouse over it, in widgets that draw their own lines.

Textual asks a widget which character is at a cell, by an offset in the style of what `render_line` gives, and keeps what is selected
as two offsets. Lines that are drawn have no such offsets: they would cost a new style for each piece of each line.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.cells import get_character_cell_size
from rich.style import Style
from textual.geometry import Region
from textual.selection import Selection
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.widget import Widget as Mixed
else:
    Mixed = object  # a second Widget among its bases would take styles, keys and focus of the first away from a widget


class SelectableText(Mixed):
    """The part of a widget of lines whose text can be selected; it comes before the widget's own base class.

    A subclass gives its lines by `draw_line`, and the text of what is selected by `selected_text`.
    """

    ALLOW_SELECT = True

    _is_drawn = False
    """Whether lines are asked for to be drawn, and not to find a character."""
    _selected: Selection | None = None
    _style: Style | None = None
    """What is selected, and the widget's own style: while lines are drawn, since for each line both are searched for in all ancestors."""

    @abstractmethod
    def draw_line(self, y: int) -> Strip:
        """One line of the widget's area."""

    @abstractmethod
    def selected_text(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """The text from one character to another, each as its line, counted as `line_number` does, and its place in the line."""

    def line_number(self, y: int) -> int:
        """The number of the line that is drawn at y."""
        return int(self.scroll_offset.y) + y

    def column_at_left(self, y: int) -> int:
        """The place in its line of the first character that is drawn."""
        return 0

    def render_lines(self, crop: Region) -> list[Strip]:
        self._is_drawn, self._selected, self._style = True, self.text_selection, self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._is_drawn, self._selected, self._style = False, None, None

    @property
    def base_style(self) -> Style:
        """The widget's own style, over which that of its text is applied."""
        return self._style if self._style is not None else self.rich_style

    def render_line(self, y: int) -> Strip:
        strip, number = self.draw_line(y), self.line_number(y)
        if not self._is_drawn:
            return strip.apply_offsets(self.column_at_left(y), number)
        span = self._selected.get_span(number) if self._selected is not None else None
        if span is None:
            return strip
        left = self.column_at_left(y)
        text = strip.text
        start, end = max(0, span[0] - left), len(text) if span[1] < 0 else max(0, span[1] - left)
        return _with_style(strip, start, min(end, len(text)), self._selection_style())

    def _selection_style(self) -> Style:
        return self.screen.get_component_rich_style("screen--selection")

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        start, end = selection
        last = (1 << 60, 0)
        text = self.selected_text(
            (start.y, start.x) if start is not None else (0, 0), (end.y, end.x) if end is not None else last
        )
        return (text, "\n") if text else None

    def text_select_all(self) -> None:
        """A double click selects nothing: a whole log or file is not what was meant."""


def selected_parts(
    line: Callable[[int], str], count: int, start: tuple[int, int], end: tuple[int, int], *, gutter: int = 0
) -> list[str]:
    """What is selected of each of `count` lines; `gutter` characters at their begin are no text."""
    found = []
    for number in range(max(0, start[0]), min(count - 1, end[0]) + 1):
        first = max(gutter, start[1]) if number == start[0] else gutter
        found.append(line(number)[first : end[1] if number == end[0] else None].rstrip())
    return found


def characters_in(text: str, cells: int) -> int:
    """How many characters take the first cells of a line."""
    for at, character in enumerate(text):
        if cells <= 0:
            return at
        cells -= get_character_cell_size(character)
    return len(text)


def _with_style(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """A strip with another style for its characters from `start` to `end`."""
    segments, at = [], 0
    for segment in strip:
        text, after = segment.text, at + len(segment.text)
        for begin, stop, chosen in ((at, start, False), (max(at, start), end, True), (max(at, end), after, False)):
            piece = text[max(begin, at) - at : max(min(stop, after) - at, 0)]
            if piece:
                mixed = (segment.style or Style.null()) + style if chosen else segment.style
                segments.append(type(segment)(piece, mixed))
        at = after
    return Strip(segments, strip.cell_length)
