"""The content of a file, as highlighted text or as hex; only the visible lines are drawn."""

from __future__ import annotations

from typing import ClassVar

from rich.console import Console
from rich.segment import Segment
from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe
from layertui.tui.widgets.files.preview import Preview, hex_line
from layertui.tui.widgets.text.pieces import crop
from layertui.tui.widgets.text.selected_text import SelectableText, characters_in, selected_parts

_CONSOLE = Console(color_system="truecolor", force_terminal=True, width=200, legacy_windows=False)


class FileView(SelectableText, ScrollView, can_focus=True):
    """A file's content, as a `Preview`; or a line that says why there is none."""

    TITLE_OF_KEYS = tr("File view")

    DEFAULT_CSS = """
    FileView { height: 1fr; background: transparent; scrollbar-size: 1 1; }
    FileView > .file--number { color: $text-disabled; }
    FileView > .file--offset { color: $text-primary; }
    FileView > .file--letters { color: $text-success; }
    FileView > .file--dim { color: $text-muted; }
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {"file--number", "file--offset", "file--letters", "file--dim"}

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_by(-1)", tr("Up"), show=False),
        Binding("down,j", "scroll_by(1)", tr("Down"), show=False),
        Binding("left,h", "scroll_sideways(-8)", tr("Left"), show=False),
        Binding("right,l", "scroll_sideways(8)", tr("Right"), show=False),
        Binding("home,g", "scroll_ends(0)", tr("First line"), show=False),
        Binding("end,G", "scroll_ends(1)", tr("Last line"), show=False),
        Binding("pageup", "scroll_pages(-1)", tr("Page up"), show=False),
        Binding("pagedown,space", "scroll_pages(1)", tr("Page down"), show=False),
        Binding("ctrl+u", "scroll_pages(-0.5)", tr("Half a page up"), show=False),
        Binding("ctrl+d", "scroll_pages(0.5)", tr("Half a page down"), show=False),
    ]

    def __init__(self, *, id: str | None = None, numbers: bool = True) -> None:
        super().__init__(id=id)
        self.preview: Preview | None = None
        self.note = ""
        self.numbers = numbers

    def show(self, preview: Preview) -> None:
        """Show a file from its beginning."""
        self.preview, self.note = preview, ""
        self._measure()
        self.scroll_to(0, 0, animate=False)
        self.refresh()

    def say(self, note: str) -> None:
        """Show a line instead of a file."""
        self.preview, self.note = None, safe(note)
        self.virtual_size = Size(0, 1)
        self.refresh()

    def to_copy(self) -> str | None:
        """The visible text; None for bytes."""
        lines = self.preview.lines if self.preview is not None else None
        return "\n".join(line.plain for line in lines) if lines else None

    def _measure(self) -> None:
        preview = self.preview
        if preview is None:
            return
        if preview.lines is None:
            width = 8 + 2 + 48 + 2 + 16
        else:
            width = self._gutter + max((line.cell_len for line in preview.lines), default=0)
        self.virtual_size = Size(width, preview.height)

    @property
    def _gutter(self) -> int:
        if not self.numbers or self.preview is None:
            return 0
        return len(str(max(1, self.preview.height))) + 2

    def action_scroll_by(self, lines: int) -> None:
        """Scroll by some lines."""
        self.scroll_to(y=self.scroll_offset.y + lines, animate=False)

    def action_scroll_sideways(self, cells: int) -> None:
        """Scroll horizontally by some cells."""
        self.scroll_to(x=self.scroll_offset.x + cells, animate=False)

    def action_scroll_pages(self, pages: float) -> None:
        self.action_scroll_by(int(pages * max(1, self.scrollable_content_region.height - 1)))

    def action_scroll_ends(self, end: int) -> None:
        """Scroll to the beginning or the end."""
        self.scroll_to(y=self.max_scroll_y if end else 0, animate=False)

    def on_resize(self, _event: events.Resize) -> None:
        """Set the virtual size again, which is the content's."""
        self._measure()

    def _whole(self, row: int) -> Strip:
        """A row, however long."""
        preview = self.preview
        if preview is None or row >= preview.height:
            return Strip([])
        return self._hex(preview.content, row) if preview.lines is None else self._text(preview.lines[row], row)

    def column_at_left(self, y: int) -> int:
        return characters_in(self._whole(self.line_number(y)).text, int(self.scroll_offset.x))

    def selected_text(self, start: tuple[int, int], end: tuple[int, int]) -> str:
        """Without the numbers of the lines."""
        height = self.preview.height if self.preview is not None else 0
        return "\n".join(
            selected_parts(lambda row: self._whole(row).text, height, start, end, gutter=self._text_gutter)
        )

    @property
    def _text_gutter(self) -> int:
        return self._gutter if self.preview is not None and self.preview.lines is not None else 0

    def draw_line(self, y: int) -> Strip:
        """One line of text or hex."""
        width = self.scrollable_content_region.width
        base = self.base_style
        preview = self.preview
        if preview is None:
            if y:
                return Strip.blank(width, base)
            style = base + self.get_component_rich_style("file--dim", partial=True)
            return Strip([Segment(text, style) for text, _ in crop([(self.note, "")], width)], width)
        row = y + self.scroll_offset.y
        if row >= preview.height:
            return Strip.blank(width, base)
        return self._whole(row).crop_extend(self.scroll_offset.x, self.scroll_offset.x + width, base)

    def _hex(self, content: bytes, row: int) -> Strip:
        offset, digits, letters = hex_line(content, row)
        base = self.base_style
        return Strip(
            [
                Segment(offset + "  ", base + self.get_component_rich_style("file--offset", partial=True)),
                Segment(digits + "  ", base),
                Segment(letters, base + self.get_component_rich_style("file--letters", partial=True)),
            ]
        )

    def _text(self, line: Text, row: int) -> Strip:
        base = self.base_style
        segments = []
        if self._gutter:
            dim = base + self.get_component_rich_style("file--number", partial=True)
            segments.append(Segment(f"{row + 1:>{self._gutter - 2}}  ", dim))
        # The text's colours are applied over the widget's own, so that its background stays.
        segments += [
            Segment(segment.text, base + segment.style if segment.style is not None else base)
            for segment in line.render(_CONSOLE, end="")
            if segment.text and not segment.control
        ]
        return Strip(segments)
