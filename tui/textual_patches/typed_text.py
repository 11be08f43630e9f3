"""Textual's field of many lines to type in, for text that may come from anywhere, as `typed.py` has that of one line."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual.geometry import Size
from textual.widgets import TextArea

from layertui.tui.common.format import in_cells
from layertui.tui.textual_patches.caches import unsubscribe_widget


class TypedText(TextArea):
    """A field of many lines."""

    def on_unmount(self) -> None:
        unsubscribe_widget(self)

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn; its tabs are widened later."""
        return Text(_but_for_tabs(self.document.get_line(line_index)), end="", no_wrap=True)

    def _refresh_size(self) -> None:
        """Room for the cells that Textual does not count."""
        super()._refresh_size()
        odd = (line for line in self.document.lines if not line.isprintable())
        more = max((cell_len(_but_for_tabs(line)) - cell_len(line) for line in odd), default=0)
        if more > 0 and not self.soft_wrap:
            self.virtual_size = Size(self.virtual_size.width + more, self.virtual_size.height)


def _but_for_tabs(line: str) -> str:
    return "\t".join(map(in_cells, line.split("\t")))
