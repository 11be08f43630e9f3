"""PagedView: a file of any size, of which only the rows around those on the screen are in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.widgets.lists.typed_count import TypedCount
from layertui.tui.widgets.pages.page_lines import hex_digits, offset_text, text_line
from layertui.tui.widgets.pages.row_lines import Place, RowLines
from layertui.tui.widgets.text.selected_text import SelectableText, selected_parts

if TYPE_CHECKING:
    from layertui.core.analysis.file_pages.content_search import ContentMatch, ContentPattern
    from layertui.core.analysis.file_pages.page_rows import PageWindow

_CONSOLE = Console(color_system="truecolor", force_terminal=True, width=200, legacy_windows=False)
WHEEL = 3
"""Rows by which the mouse wheel scrolls."""


class PagedView(SelectableText, Widget, can_focus=True):
    """The rows of a file. It scrolls by itself within those that it has, and asks for others with `Wanted`."""

    TITLE_OF_KEYS = tr("Content")

    DEFAULT_CSS = """
    PagedView { height: 1fr; background: transparent; }
    PagedView > .page--number { color: $text-disabled; }
    PagedView > .page--offset { color: $text-primary; }
    PagedView > .page--letters { color: $text-success; }
    PagedView > .page--dim { color: $text-muted; }
    PagedView > .page--bar { color: $primary; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "page--number",
        "page--offset",
        "page--letters",
        "page--dim",
        "page--bar",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_rows(-1)", tr("Up"), show=False),
        Binding("down,j", "scroll_rows(1)", tr("Down"), show=False),
        Binding("left,h", "scroll_sideways(-8)", tr("Left"), show=False),
        Binding("right,l", "scroll_sideways(8)", tr("Right"), show=False),
        Binding("home,g", "go_to_end(0)", tr("First row"), show=False),
        Binding("end,G", "go_to_end(1)", tr("Last row"), show=False),
        Binding("pageup", "scroll_pages(-1)", tr("Page up"), show=False),
        Binding("pagedown,space", "scroll_pages(1)", tr("Page down"), show=False),
        Binding("ctrl+u", "scroll_pages(-0.5)", tr("Half a page up"), show=False),
        Binding("ctrl+d", "scroll_pages(0.5)", tr("Half a page down"), show=False),
    ]

    class Wanted(Message):
        """The rows around an offset are needed."""

        def __init__(self, offset: int) -> None:
            super().__init__()
            self.offset = offset

    class LineWanted(Message):
        """The line of this number is to be on top."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    class Scrolled(Message):
        """Other rows are on the screen."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.window: PageWindow | None = None
        self.note = ""
        self.top = Place(0)
        self.columns_left = 0
        self.is_wrapped = False
        self._typed_count = TypedCount()
        self._laid: tuple[object, RowLines] | None = None
        self._places: list[Place] | None = None
        """The lines on the screen, while they are drawn: to find them for each line would take as long as all else."""
        self.pattern: ContentPattern | None = None
        self._match: ContentMatch | None = None
        self._coloured: Sequence[Text] | None = None
        self._numbers: Sequence[int | None] = ()
        self._target: tuple[int, int] | None = None
        """The offset that was asked for, and by how many lines it was scrolled since then."""
        self._is_asked = False
        """Whether rows around the present ones were asked for, before they are needed."""

    # -- called by the screen

    def say(self, note: str) -> None:
        """Show a line instead of a file."""
        self.window, self.note, self._target, self._is_asked = None, safe(note), None, False
        self.refresh()

    def show_window(
        self,
        window: PageWindow,
        numbers: Sequence[int | None],
        coloured: Sequence[Text] | None = None,
        *,
        at: int | None = None,
    ) -> None:
        """Show these rows: from the offset that was asked for on, or with the same one on top as before.

        `numbers` are those of the lines that begin in each row, `coloured` the same rows highlighted. `at` is the offset of
        the row on top in another file.
        """
        if at is not None:
            self._target, self._match = (at, 0), None
        offset, by = self._target or (self.top_offset, self.top.line)
        self._target, self._is_asked = None, False
        self.window, self._numbers, self._coloured = window, numbers, coloured
        self._show_from(self._lines(window).place_of(offset), by)

    def wrap(self, *, is_wrapped: bool) -> None:
        """Break lines that are longer than the pane is wide into several, or show them on one, which is scrolled sideways."""
        self.is_wrapped, self.columns_left, self._laid = is_wrapped, 0, None
        self.top = Place(self.top.row)
        if self.window is not None and self._target is None:
            self._show_from(self.top, 0)

    def stay(self) -> None:
        """The rows that were asked for do not come."""
        self._target, self._is_asked = None, False

    def go_to(self, offset: int, *, above: int = 0) -> None:
        """Show the row with an offset on top, or `above` rows below it."""
        window = self.window
        if (
            window is not None
            and self._target is None
            and window.starts
            and (window.starts[0] <= offset < window.end or (offset >= window.end and window.at_end))
        ):
            self._show_from(self._lines(window).place_of(offset), -above)
        else:
            self._ask(offset, -above)

    def ask_for(self, offset: int) -> None:
        """The same for a file that has grown: what is shown of it is asked for again."""
        self._ask(offset, 0)

    def show_match(self, match: ContentMatch) -> None:
        """Go to a match of the search: nothing moves if it is on the screen."""
        window, self._match = self.window, match
        if window is not None and len(window) and self._lines(window).place_of(match.start) in self._on_screen(window):
            self._show_column(window.index_of(match.start))
            self.refresh()
        else:
            self.go_to(match.start, above=self.size.height // 3)

    def show_pattern(self, pattern: ContentPattern | None) -> None:
        """Mark the matches of a search on the screen."""
        self.pattern, self._match = pattern, None
        self.refresh()

    # -- what is shown

    @property
    def top_offset(self) -> int:
        """The offset of the row on top."""
        window = self.window
        return window.starts[min(self.top.row, len(window) - 1)] if window is not None and len(window) else 0

    @property
    def bottom_offset(self) -> int:
        """The offset after the last row on the screen."""
        window = self.window
        if window is None or not len(window):
            return 0
        places = self._on_screen(window)
        return window.end_of(places[-1].row if places else self.top.row)

    @property
    def top_line(self) -> int | None:
        """The number of the line on top, if it is known."""
        return next((one for one in reversed(self._numbers[: self.top.row + 1]) if one is not None), None)

    def to_copy(self) -> str | None:
        """The rows on the screen as text; None for bytes."""
        window = self.window
        if window is None or window.as_hex or not len(window):
            return None
        rows = dict.fromkeys(place.row for place in self._on_screen(window))
        return "\n".join(text_line(window.row(row), None, None, "").plain for row in rows)

    # -- scrolling

    def on_key(self, event: events.Key) -> None:
        """Digits before a moving key are its count."""
        if self._typed_count.add(event.key, self.screen):
            event.stop()

    def action_scroll_rows(self, by: int) -> None:
        """Scroll by rows: as many times as a number that was typed before the key says."""
        self._scroll(by * (self._typed_count.take() or 1))

    def action_scroll_pages(self, pages: float) -> None:
        self._scroll(int(pages * max(1, self.size.height - 1)))

    def action_scroll_sideways(self, cells: int) -> None:
        """Scroll horizontally by some cells, unless long lines are wrapped."""
        self.columns_left = 0 if self.is_wrapped else max(0, self.columns_left + cells)
        self.refresh()

    def action_go_to_end(self, end: int) -> None:
        """Go to the beginning or the end; after a count, to the line of that number."""
        self.columns_left = 0
        if number := self._typed_count.take():
            self.post_message(self.LineWanted(number))
            return
        self.go_to(self.window.size if end and self.window is not None else 0)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-WHEEL)

    def on_resize(self) -> None:
        window = self.window
        if window is not None and self._target is None:
            count = self._lines(window).count(self.top.row) if len(window) else 1  # of another width, perhaps
            self._show_from(Place(self.top.row, min(self.top.line, count - 1)), 0)

    def _scroll(self, by: int) -> None:
        if self._target is not None:
            self._target = self._target[0], self._target[1] + by
        elif self.window is not None:
            self._show_from(self.top, by)

    def _lines(self, window: PageWindow) -> RowLines:
        """How the rows are laid out for the present width."""
        width = max(1, self.size.width - self._gutter - 1) if self.is_wrapped else None
        key = id(window), width
        if self._laid is None or self._laid[0] != key:
            self._laid = key, RowLines(window, width)
        return self._laid[1]

    def _on_screen(self, window: PageWindow) -> list[Place]:
        if self._places is not None:
            return self._places
        return self._lines(window).on_screen(self.top, self.size.height)

    def _show_from(self, place: Place, by: int) -> None:
        """Show the line that is `by` lines from a place on top, as far as there are rows; ask for more before their end comes."""
        window = self.window
        if window is None or not len(window):
            self.refresh()
            return
        self.top, rest = self._lines(window).moved(place, by, max(1, self.size.height))
        quarter = (window.end - window.starts[0]) // 4
        if (rest < 0 and not window.at_start) or (rest > 0 and not window.at_end):
            self._ask(self.top_offset, self.top.line + rest)
        elif not self._is_asked and (
            (self.top_offset < window.starts[0] + quarter and not window.at_start)
            or (self.top_offset > window.end - quarter and not window.at_end)
        ):
            self._is_asked = True
            self.post_message(self.Wanted(self.top_offset))
        self._show_column(window.index_of(self._match.start) if self._match is not None else -1)
        self.post_message(self.Scrolled())
        if self.is_attached and self.text_selection is not None:
            self.screen.clear_selection()
        self.refresh()

    def _ask(self, offset: int, by: int) -> None:
        self._target = offset, by
        self.post_message(self.Wanted(offset))

    def _show_column(self, row: int) -> None:
        """Scroll sideways to the match of the search, once, if it is not in sight."""
        window, match = self.window, self._match
        if window is None or match is None or window.as_hex or row not in (one.row for one in self._on_screen(window)):
            return
        if self.is_wrapped:
            self._match = None
            return
        before = window.row(row)[: match.start - window.starts[row]]
        column, width = text_line(before, None, None, "").cell_len, self.size.width - self._gutter - 1
        if not self.columns_left <= column < self.columns_left + width - 1:
            self.columns_left = max(0, column - width // 2)
        self._match = None

    # -- drawing

    @property
    def _gutter(self) -> int:
        window = self.window
        if window is None or window.as_hex:
            return 0
        last = next((one for one in reversed(self._numbers) if one is not None), 0)
        return max(len(str(last)), 3) + 2

    def line_number(self, y: int) -> int:
        """What is selected is on the screen: it is nothing any more once it scrolls."""
        return y

    def selected_text(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """Without the numbers of the lines; a line that is broken into several is one again."""
        window = self.window
        places = self._on_screen(window) if window is not None and len(window) else []
        texts = [self.draw_line(y).text[:-1] for y in range(len(places))]
        parts = selected_parts(texts.__getitem__, len(texts), start, end, gutter=self._gutter)
        found = ""
        for number, part in enumerate(parts, max(0, start[0])):
            found += part if number == start[0] or places[number].line else "\n" + part
        return found

    def render_lines(self, crop: Region) -> list[Strip]:
        window = self.window
        self._places = self._on_screen(window) if window is not None and len(window) else None
        try:
            return super().render_lines(crop)
        finally:
            self._places = None

    def draw_line(self, y: int) -> Strip:
        """One row, and at the right where the screen is in the file."""
        width, base, window = self.size.width, self.base_style, self.window
        if window is None or not len(window):
            style = base + self.get_component_rich_style("page--dim", partial=True)
            note = self.note if window is None else tr("The file is empty.")
            return Strip([Segment(note if not y else "", style)]).crop_extend(0, width, base)
        places = self._on_screen(window)
        if y >= len(places):
            return self._with_bar(Strip([]), y)
        place = places[y]
        return self._with_bar(self._hex(window, place.row) if window.as_hex else self._text(window, place), y)

    def _with_bar(self, strip: Strip, y: int) -> Strip:
        width, base, window = self.size.width, self.base_style, self.window
        assert window is not None
        height, size = self.size.height, max(1, window.size)
        strip = strip.crop_extend(0, width - 1, base)
        if self.top_offset == 0 and self.bottom_offset >= size:
            return Strip([*strip, Segment(" ", base)])
        first = self.top_offset * height // size
        last = max(first + 1, -(-self.bottom_offset * height // size))
        style = base + self.get_component_rich_style("page--bar", partial=True)
        return Strip([*strip, Segment("▐" if first <= y < last else " ", style)])

    def _hex(self, window: PageWindow, at: int) -> Strip:
        base = self.base_style
        digits, letters = hex_digits(window.row(at))
        row = Strip(
            [
                Segment(
                    offset_text(window.starts[at], window.size) + "  ",
                    base + self.get_component_rich_style("page--offset", partial=True),
                ),
                Segment(digits + "  ", base),
                Segment(letters, base + self.get_component_rich_style("page--letters", partial=True)),
            ]
        )
        return row.crop(self.columns_left)

    def _text(self, window: PageWindow, place: Place) -> Strip:
        base, gutter, at = self.base_style, self._gutter, place.row
        number = self._numbers[at] if not place.line else None
        coloured = self._coloured[at] if self._coloured is not None else None
        line = text_line(window.row(at), coloured, self.pattern, "reverse")
        if self.is_wrapped:
            starts = self._lines(window).starts(at)
            line = line[starts[place.line] : starts[place.line + 1] if place.line + 1 < len(starts) else len(line)]
        # The text's colours are applied over the widget's own, so that its background stays.
        segments = [
            Segment(segment.text, base + segment.style if segment.style is not None else base)
            for segment in line.render(_CONSOLE, end="")
            if segment.text and not segment.control
        ]
        dim = base + self.get_component_rich_style("page--number", partial=True)
        begin = Segment(f"{'' if number is None else number:>{gutter - 2}}  ", dim)
        return Strip([begin, *Strip(segments).crop(self.columns_left)])
