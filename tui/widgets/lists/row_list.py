"""A list with a cursor that draws only the visible lines; the base of the comparison, lookup and namespaces lists."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from layertui.core.language.texts import tr
from layertui.tui.textual_patches.line_scroll import LineScroll
from layertui.tui.widgets.lists.typed_count import TypedCount
from layertui.tui.widgets.text.pieces import Piece, Pieces, crop
from layertui.tui.widgets.text.theme_styles import ThemeStyles

WHOLE = 1000
"""A width in cells at which nothing is cut."""


FEW = 4
"""Rows in sight below which the wheel turns to the next row."""


class RowList(LineScroll, can_focus=True):
    """Rows of one line each below a fixed head, with a cursor.

    A subclass draws a row (`draw_row`) only when it becomes visible, so a million rows cost as much as ten.
    """

    DEFAULT_CSS = """
    RowList { height: 1fr; background: transparent; scrollbar-size-vertical: 1; }
    RowList.-low, RowList.-advising { scrollbar-size-vertical: 0; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", tr("Up"), show=False),
        Binding("down,j", "move(1)", tr("Down"), show=False),
        Binding("home,g", "move_to(0)", tr("First"), show=False),
        Binding("end,G", "move_to(-1)", tr("Last"), show=False),
        Binding("pageup", "page(-1)", tr("Page up"), show=False),
        Binding("pagedown", "page(1)", tr("Page down"), show=False),
        Binding("ctrl+u", "page(-0.5)", tr("Half a page up"), show=False),
        Binding("ctrl+d", "page(0.5)", tr("Half a page down"), show=False),
        Binding("enter", "choose", tr("Open"), show=False),
    ]

    ALLOW_SELECT = False  # rows are gone to by the mouse; what one says is copied by `y`

    OPENS: ClassVar[bool] = True
    """Whether Enter on a row does anything."""

    cursor: reactive[int] = reactive(0, repaint=False)

    class Moved(Message):
        """The cursor is on another row."""

        def __init__(self, rows: RowList, index: int) -> None:
            super().__init__()
            self.rows = rows
            self.index = index

        @property
        def control(self) -> RowList:
            return self.rows

    class MenuWanted(Moved):
        """The menu of the row under the cursor, at a cell of the screen."""

        def __init__(self, rows: RowList, index: int, at: Offset) -> None:
            super().__init__(rows, index)
            self.at = at

    class Chosen(Moved):
        """Enter, or a click on the row under the cursor of a list that had the focus already."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.count = 0
        self.head_height = 0
        self._inks: ThemeStyles | None = None
        self._base, self._width = Style.null(), 0
        self._entered = False
        self._pressed: tuple[int, int] | None = None
        """The row that a mouse button was pressed on, and the line of the screen: there it stays if the focus moves the panes."""
        self._on_border = False
        self.typed_count = TypedCount()

    # -- for subclasses

    @abstractmethod
    def draw_row(self, index: int, width: int) -> Pieces:
        """The pieces of one row."""

    def draw_head(self, line: int, width: int) -> Pieces:
        """The pieces of one line of the head, which does not scroll."""
        return []

    def to_copy(self) -> str | None:
        """The text to copy for the row under the cursor: by default the row as shown."""
        if not self.count or not self.has_cursor():
            return None
        return " ".join(plain([self.draw_row(self.cursor, WHOLE)])[0].split())

    def more_to_copy(self) -> str | None:
        """Another text to copy for it, or None."""
        return None

    def why_not(self, action: str) -> str:
        """Why an action that `check_action` refuses cannot be done here, in a few words for the user."""
        return (
            tr("there is no row here")
            if not self.count or action != "choose"
            else tr("there is no more to see of a row")
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "choose" and not (self.OPENS and self.count):
            return False
        return super().check_action(action, parameters)

    def row_class(self, index: int) -> str:
        """A word for the whole row's background, or an empty string."""
        return ""

    def show_count(self, count: int, *, cursor: int | None = None) -> None:
        """Set the number of rows, all of which may have changed."""
        self.count = count
        self.set_line_count(self.count + self.head_height)
        wanted = self.cursor if cursor is None else cursor
        moved = self.validate_cursor(wanted) == self.cursor
        self.cursor = wanted
        if moved:  # the watcher does not run for the same number, though the row may be another
            self._say_moved()
        self.refresh()

    # -- the cursor

    def validate_cursor(self, value: int) -> int:
        return max(0, min(value, self.count - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        top = self.scroll_offset.y
        self.show_cursor()
        if self.scroll_offset.y == top:  # a step changes only two lines; a scroll draws all
            self.refresh_rows(old, old)
            self.refresh_rows(new, new)
        self._say_moved()

    def has_cursor(self) -> bool:
        """Whether rows can be selected; a text that only scrolls has no cursor."""
        return True

    def _say_moved(self) -> None:
        if self.is_attached:
            self.post_message(self.Moved(self, self.cursor))

    def show_cursor(self) -> None:
        """Scroll just enough to make the cursor visible, below the head."""
        room = self.scrollable_content_region.height - self.head_height
        if room <= 0:
            return
        top = self.scroll_offset.y
        # Forced, as right after `show_count` there is no scrollbar yet that would allow it.
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + room:
            self.scroll_to(y=self.cursor - room + 1, animate=False, force=True)

    def on_key(self, event: events.Key) -> None:
        """Digits before a moving key are its count."""
        if self.typed_count.add(event.key, self.screen):
            event.stop()

    def action_move(self, by: int) -> None:
        self.cursor += by * (self.typed_count.take() or 1)

    def action_move_to(self, index: int) -> None:
        """Go to the first row or the last; after a count, to the row of that number."""
        if number := self.typed_count.take():
            index = number - 1
        self.cursor = index if index >= 0 else self.count + index

    def action_page(self, pages: float) -> None:
        room = max(1, self.scrollable_content_region.height - self.head_height)
        self.cursor += int(room * pages)

    def action_choose(self) -> None:
        if self.count:
            self.post_message(self.Chosen(self, self.cursor))

    def on_resize(self, _event: events.Resize) -> None:
        self.set_class(self.size.height < 3, "-low")  # a scrollbar beside one row says nothing
        self.set_line_count(self.count + self.head_height)
        self.show_cursor()
        if self._pressed is not None:
            index, line = self._pressed
            top = self.content_region.y + self.head_height
            if top <= line < top + self.scrollable_content_region.height - self.head_height:
                self.scroll_to(y=max(0, index - (line - top)), animate=False, force=True)

    @on(events.MouseScrollDown)
    @on(events.MouseScrollUp)
    def _turn_wheel(self, event: events.MouseEvent) -> None:
        """Where few rows are in sight, turn to the next one: some could not be reached by Textual's steps."""
        if self.scrollable_content_region.height - self.head_height < FEW:
            event.stop()
            event.prevent_default()
            by = 1 if isinstance(event, events.MouseScrollDown) else -1
            self.scroll_to(y=self.scroll_offset.y + by, animate=False)

    @property
    def is_pressed(self) -> bool:
        """Whether a mouse button is held on a row, or on a border that can be dragged; not on the title."""
        return self._pressed is not None or self._on_border

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Note the row before the focus, which may move the panes."""
        offset = event.get_content_offset(self)
        self._pressed = None
        self._on_border = event.x in (0, self.outer_size.width - 1) or event.y == self.outer_size.height - 1
        if offset is not None and offset.y >= self.head_height:
            index = int(self.scroll_offset.y) + offset.y - self.head_height
            if index < self.count:
                self._pressed = (index, int(event.screen_y))

    def on_focus(self, _event: events.Focus) -> None:
        self._entered = True

    def on_click(self, event: events.Click) -> None:
        """A click selects a row, and another one opens it; the click that only focuses the list opens nothing."""
        entered, self._entered = self._entered, False
        pressed, self._pressed = self._pressed, None
        offset = event.get_content_offset(self)
        if offset is None or offset.y < self.head_height:
            return
        if pressed is None or pressed[1] != event.screen_y:
            return
        index = pressed[0]
        if index >= self.count:
            return
        if event.button == 3:
            event.stop()
            self.cursor = index
            self.post_message(self.MenuWanted(self, index, Offset(event.screen_x, event.screen_y)))
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
    def inks(self) -> ThemeStyles:
        """The styles of the current theme."""
        if self._inks is None:
            self._inks = ThemeStyles(self.app.theme_variables)
        return self._inks

    def render_lines(self, crop: Region) -> list[Strip]:
        # Both depend on the styles of all ancestors: computed once per frame, as once per line was noticeably slow.
        self._base, self._width = self.rich_style, self.scrollable_content_region.width
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        width, base = self._width, self._base
        if y < self.head_height:
            return Strip(self._styled(self.draw_head(y, width), width, base), width)
        index = self.scroll_offset.y + y - self.head_height
        if index >= self.count:
            return Strip.blank(width, base)
        if index == self.cursor and self.has_cursor():
            word = "cursor" if self.has_focus else "cursor-blurred"
            sign, row = self.inks.sign(word), after_sign(self.draw_row(index, width))
            segments = self._styled(row, width - 1, base + self.inks.ground(word))
            return Strip([Segment(sign.text, base + (sign.style or Style.null())), *segments], width)
        if word := self.row_class(index):
            base = base + self.inks.ground(word)
        return Strip(self._styled(self.draw_row(index, width), width, base), width)

    def _styled(self, pieces: Pieces, width: int, base: Style) -> list[Segment]:
        style = self.inks.style
        return [Segment(text, base + style(words)) for text, words in crop(pieces, width)]

    def refresh_rows(self, first: int, last: int) -> None:
        """Redraw rows, and only these."""
        top = self.head_height - self.scroll_offset.y
        self.refresh(Region(0, first + top, self.size.width, last - first + 1))


def after_sign(pieces: Pieces) -> list[Piece]:
    """What comes after the first cell, which is blank in the rows of all lists: the cursor's sign is drawn there.

    A row that has no blank there loses nothing, but is moved to the right by one cell while the cursor is on it.
    """
    (text, words), *rest = pieces or [(" ", "")]
    return [(text.removeprefix(" "), words), *rest] if text else after_sign(rest)


def plain(lines: Sequence[Pieces]) -> list[str]:
    """The lines as plain text: for tests and for the clipboard."""
    return ["".join(text for text, _ in line).rstrip() for line in lines]
