"""ScrollView whose number of lines can change without a layout of the screen.

Why: each change of `virtual_size` lays out and paints the whole screen, which was most of the time of a key through the layers; and a
layout that leaves the size of a ScrollView as it was paints its scrollbars in a frame of their own.
Without it: such a key takes twice as long, and scrollbars flicker.
"""

from __future__ import annotations

from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.widget import Widget


class LineScroll(ScrollView):
    """A ScrollView of lines, all as wide as the view."""

    DEFAULT_CSS = "LineScroll { overflow-x: hidden; }"

    def set_line_count(self, count: int) -> None:
        """Set how many lines can be scrolled to; only the scrollbar changes, the caller refreshes what it draws."""
        size = Size(self.scrollable_content_region.width, count)
        if self.styles.auto_dimensions:
            self.virtual_size = size
        elif size != self.virtual_size:
            self.set_reactive(Widget.virtual_size, size)
            self._scroll_update(size)

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:  # noqa: FBT002  (Textual's)
        if size == self.outer_size and size - self.styles.gutter.totals == self.container_size:
            return False
        return super()._size_updated(size, virtual_size, container_size, layout)
