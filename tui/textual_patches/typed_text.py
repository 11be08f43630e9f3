"""Field of many lines for untrusted text; as `typed_line.py` for one line.

Why: as there; and Textual measures a text that does not wrap without the cells of its control characters.
Without it: a pasted escape sequence is executed by the terminal, and the end of a long line cannot be scrolled to.
"""

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
        """A line as it is drawn; Textual expands its tabs later."""
        return Text(_except_tabs(self.document.get_line(line_index)), end="", no_wrap=True)

    def _refresh_size(self) -> None:
        super()._refresh_size()
        odd = (line for line in self.document.lines if not line.isprintable())
        more = max((cell_len(_except_tabs(line)) - cell_len(line) for line in odd), default=0)
        if more > 0 and not self.soft_wrap:
            self.virtual_size = Size(self.virtual_size.width + more, self.virtual_size.height)


def _except_tabs(line: str) -> str:
    return "\t".join(map(in_cells, line.split("\t")))
