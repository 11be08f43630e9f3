"""Textual's field of one line to type in, for text that may come from anywhere: a path, what was pasted.

It shows a text as it is, and Textual sends it on to the terminal so. Here what `safe` would escape takes one visible cell in
place of each such character: the cursor stays where it belongs, and the text that is edited stays the same.
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
        """The line; the end of what it could become is drawn from elsewhere, and the placeholder too."""
        strip = super().render_line(y)
        if all(segment.text.isprintable() for segment in strip):
            return strip
        shown = Strip([Segment(in_cells(segment.text), segment.style) for segment in strip])
        return shown.adjust_cell_length(strip.cell_length)
