"""A list with a cursor that draws only the visible lines; the base of the comparison, lookup and namespaces lists."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from layertui.tui.textual_patches.line_scroll import LineScroll
from layertui.tui.widgets.text.pieces import Pieces, crop
from layertui.tui.widgets.text.theme_styles import Inks

WHOLE = 1000
"""Cells in which nothing is cut."""


class RowList(LineScroll, can_focus=True):
    """Rows of one line each below a head that stays, with a cursor.

    A subclass draws a row (`draw_row`) when it comes into sight and at no other time, so a million rows cost what ten cost.
    """

    DEFAULT_CSS = """
    RowList { height: 1fr; background: transparent; scrollbar-size-vertical: 1; }
    RowList.-low { scrollbar-size-vertical: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("home,g", "move_to(0)", "First", show=False),
        Binding("end,G", "move_to(-1)", "Last", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False),
        Binding("enter", "choose", "Open", show=False),
    ]

    OPENS: ClassVar[bool] = True
    """Whether Enter on a row leads anywhere."""

    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, rows: RowList, index: int) -> None:
            super().__init__()
            self.rows = rows
            self.index = index

        @property
        def control(self) -> RowList:
            return self.rows

    class Chosen(Moved):
        """Enter, or a click on the row the cursor is on, where the list has been looked at before."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.count = 0
        self.head_height = 0
        self._inks: Inks | None = None
        self._base, self._width = Style.null(), 0
        self._entered = False

    # -- what a subclass says

    @abstractmethod
    def draw_row(self, index: int, width: int) -> Pieces:
        """The pieces of one row."""

    def draw_head(self, line: int, width: int) -> Pieces:
        """The pieces of one line of the head, which never scrolls."""
        del line, width
        return []

    def to_copy(self) -> str | None:
        """What is copied of the row that the cursor is on: what stands there, where a subclass knows nothing better."""
        if not self.count or not self.has_cursor():
            return None
        return " ".join(plain([self.draw_row(self.cursor, WHOLE)])[0].split())

    def more_to_copy(self) -> str | None:
        """What else can be copied of it, or nothing."""
        return None

    def why_not(self, action: str) -> str:
        """Why an action that `check_action` refuses cannot be done here, in a few words for the user."""
        return "there is no row here" if not self.count or action != "choose" else "there is no more to see of a row"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose" and not (self.OPENS and self.count):
            return False
        return super().check_action(action, parameters)

    def row_class(self, index: int) -> str:
        """A word for the whole row's background, or nothing."""
        del index
        return ""

    def show_count(self, count: int, *, cursor: int | None = None) -> None:
        """The rows are others now: so many of them."""
        self.count = count
        self.set_line_count(self.count + self.head_height)
        wanted = self.cursor if cursor is None else cursor
        moved = self.validate_cursor(wanted) == self.cursor
        self.cursor = wanted
        if moved:  # the watcher stays silent where the number is the same; the row is not
            self._say_moved()
        self.refresh()

    # -- the cursor

    def validate_cursor(self, value: int) -> int:
        return max(0, min(value, self.count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        top = self.scroll_offset.y
        self.show_cursor()
        if self.scroll_offset.y == top:  # two lines are all that a step changes; a scroll draws the rest
            self.refresh_rows(old, old)
            self.refresh_rows(new, new)
        self._say_moved()

    def has_cursor(self) -> bool:
        """Whether a row can be picked; a text that only scrolls has none."""
        return True

    def _say_moved(self) -> None:
        if self.is_attached:
            self.post_message(self.Moved(self, self.cursor))

    def show_cursor(self) -> None:
        """Scroll just so far that the cursor is in sight, below the head."""
        room = self.scrollable_content_region.height - self.head_height
        if room <= 0:
            return
        top = self.scroll_offset.y
        # Forced, since right after `show_count` the bar that would allow it is not there yet.
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + room:
            self.scroll_to(y=self.cursor - room + 1, animate=False, force=True)

    def action_move(self, by: int) -> None:
        self.cursor += by

    def action_move_to(self, index: int) -> None:
        self.cursor = index if index >= 0 else self.count + index

    def action_page(self, pages: float) -> None:
        room = max(1, self.scrollable_content_region.height - self.head_height)
        self.cursor += int(room * pages)

    def action_choose(self) -> None:
        if self.count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_resize(self, _event: events.Resize) -> None:
        self.set_class(self.size.height < 3, "-low")  # a bar beside one row says nothing
        self.set_line_count(self.count + self.head_height)
        self.show_cursor()

    def on_focus(self, _event: events.Focus) -> None:
        self._entered = True

    def on_click(self, event: events.Click) -> None:
        """A click picks a row, and one more opens it; the click that only leads here from elsewhere opens nothing."""
        entered, self._entered = self._entered, False
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self.head_height:
            return
        index = self.scroll_offset.y + offset.y - self.head_height
        if index >= self.count:
            return
        if index != self.cursor:
            self.cursor = index
        elif entered and event.chain == 1:
            self._say_moved()
        else:
            self.action_choose()

    # -- drawing

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._inks = None
        self.refresh()

    @property
    def inks(self) -> Inks:
        """The colours of the theme as it is now."""
        if self._inks is None:
            self._inks = Inks(self.app.theme_variables)
        return self._inks

    def render_lines(self, crop: Region) -> list[Strip]:
        # Both are worked out from the styles of all ancestors: once a frame is enough, once a line was felt.
        self._base, self._width = self.rich_style, self.scrollable_content_region.width
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, base = self._width, self._base
        if y < self.head_height:
            return self._strip(self.draw_head(y, width), width, base)
        index = self.scroll_offset.y + y - self.head_height
        if index >= self.count:
            return Strip.blank(width, base)
        if index == self.cursor and self.has_cursor():
            base = base + self.inks.ground("cursor" if self.has_focus else "cursor-blurred")
        elif word := self.row_class(index):
            base = base + self.inks.ground(word)
        return self._strip(self.draw_row(index, width), width, base)

    def _strip(self, pieces: Pieces, width: int, base: Style) -> Strip:
        style = self.inks.style
        return Strip([Segment(text, base + style(words)) for text, words in crop(pieces, width)], width)

    def refresh_rows(self, first: int, last: int) -> None:
        """Draw rows anew, and only them."""
        top = self.head_height - self.scroll_offset.y
        self.refresh(Region(0, first + top, self.size.width, last - first + 1))


def plain(lines: Sequence[Pieces]) -> list[str]:
    """The lines without their meaning: for tests and for the clipboard."""
    return ["".join(text for text, _ in line).rstrip() for line in lines]
