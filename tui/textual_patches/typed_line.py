"""Field of one line for untrusted text: a path from an archive, or pasted text.

Why: Textual draws control characters as they are and counts cells without them, so they reach the terminal.
Without it: a pasted escape sequence is executed by the terminal, and the cursor is in the wrong cell.

Each character that `safe` would escape is drawn as one visible cell; the text that is edited stays as it is.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual.strip import Strip
from textual.widgets import Input

from layertui.tui.common.format import in_cells
from layertui.tui.textual_patches.caches import unsubscribe_widget


class TypedLine(Input):
    """A field of one line."""

    def on_unmount(self) -> None:
        unsubscribe_widget(self)

    @property
    def _value(self) -> Text:
        return Text(in_cells(self.value), no_wrap=True, overflow="ignore", end="")

    def _position_to_cell(self, position: int) -> int:
        return cell_len(in_cells(self.value[:position]))

    def render_line(self, y: int) -> Strip:
        """The line; suggestion and placeholder, which Textual draws from elsewhere, are made safe too."""
        strip = super().render_line(y)
        if all(segment.text.isprintable() for segment in strip):
            return strip
        shown = Strip([Segment(in_cells(segment.text), segment.style) for segment in strip])
        return shown.adjust_cell_length(strip.cell_length)
