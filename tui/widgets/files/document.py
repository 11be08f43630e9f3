"""A document of headings, names and values, wrapped to the width and scrolled by key and mouse wheel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from layertui.core.language.texts import tr
from layertui.tui.widgets.lists.row_list import RowList, plain
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, wrapped
from layertui.tui.widgets.text.selected_text import SelectableText, selected_parts

NAME_WIDTH = 17


class Part(NamedTuple):
    """One line of a document before it is wrapped: a heading, a name with its value (a blank: one more value), or text."""

    text: str
    name: str = ""
    word: str = ""
    heading: bool = False
    name_word: str = "dim"


def heading(text: str) -> Part:
    """A heading; a blank line precedes it unless it is the first."""
    return Part(text, heading=True)


def lines_of(parts: Sequence[Part], width: int) -> list[Pieces]:
    """The lines at a given width; every text is safe already."""
    lines: list[Pieces] = []
    for part in parts:
        if part.heading:
            if lines:
                lines.append([])
            lines.append([(part.text, "base strong")])
            continue
        indent = NAME_WIDTH if part.name else 0
        name: Piece = (fit(part.name, NAME_WIDTH - 1) + " ", part.name_word) if part.name else ("", "")
        lines += [
            [name if number == 0 else (" " * indent, ""), (text, part.word)]
            for number, text in enumerate(wrapped(part.text, max(8, width - indent - 1)))
        ]
    return lines


class Document(SelectableText, RowList):
    """A text that the keys scroll, without a cursor."""

    # The scrollbar's column is kept free, so that lines break at the same positions with and without it.
    DEFAULT_CSS = """
    Document { scrollbar-gutter: stable; }
    """

    TITLE_OF_KEYS = tr("Text")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", tr("up"), show=False),
        Binding("down,j", "scroll_by(1)", tr("down"), show=False),
        Binding("home,g", "scroll_ends(0)", tr("first line"), show=False),
        Binding("end,G", "scroll_ends(1)", tr("last line"), show=False),
        Binding("pageup", "scroll_pages(-1)", tr("page up"), show=False),
        Binding("pagedown,space", "scroll_pages(1)", tr("page down"), show=False),
        Binding("ctrl+u", "scroll_pages(-0.5)", tr("half a page up"), show=False),
        Binding("ctrl+d", "scroll_pages(0.5)", tr("half a page down"), show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.parts: tuple[Part, ...] = ()
        self._lines: list[Pieces] = []
        self._wrapped_at = 0

    def show(self, parts: Sequence[Part], *, from_start: bool = True, at_end: bool = False) -> None:
        """Show another document, or new values for the same one, which keeps its scroll position."""
        self.parts = tuple(parts)
        self._wrapped_at = 0
        self._wrap()
        if at_end:
            self.scroll_to(y=max(0, self.count - self.scrollable_content_region.height), animate=False)
        elif from_start:
            self.scroll_to(y=0, animate=False)

    @property
    def plain(self) -> str:
        """The whole text, for the clipboard."""
        return "\n".join(f"{part.name}: {part.text}" if part.name else part.text for part in self.parts)

    def to_copy(self) -> str | None:
        """The whole text: there is no cursor."""
        return self.plain

    def _wrap(self) -> None:
        width = self.scrollable_content_region.width
        if width and width != self._wrapped_at:
            self._wrapped_at = width
            self._lines = lines_of(self.parts, width)
            self.show_count(len(self._lines))

    def on_resize(self, event: events.Resize) -> None:
        self._wrap()
        super().on_resize(event)

    def draw_row(self, index: int, width: int) -> Pieces:
        return self._lines[index] if index < len(self._lines) else []

    def draw_line(self, y: int) -> Strip:
        return RowList.render_line(self, y)

    def selected_text(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """A value that is broken into several lines is one again."""
        texts = plain(self._lines)
        parts = selected_parts(texts.__getitem__, len(texts), start, end)
        found = ""
        for number, part in enumerate(parts, max(0, start[0])):
            before = texts[number - 1][NAME_WIDTH:] if number else ""
            rest = texts[number][NAME_WIDTH:]
            goes_on = rest and not texts[number][:NAME_WIDTH].strip() and number > start[0]
            blank = next((gap for gap in ("", " ") if any(before + gap + rest in one.text for one in self.parts)), None)
            found += (
                part if number == start[0] else (blank + part.strip() if goes_on and blank is not None else "\n" + part)
            )
        return found

    def has_cursor(self) -> bool:
        return False

    def action_scroll_by(self, lines: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_scroll_pages(self, pages: float) -> None:
        self.action_scroll_by(int(pages * max(1, self.scrollable_content_region.height - 1)))

    def action_scroll_ends(self, end: int) -> None:
        self.scroll_to(y=self.max_scroll_y if end else 0, animate=False)

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
