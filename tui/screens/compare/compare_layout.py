"""Divides the height of a comparison's screen between the visible list and the details of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.compare.compare_details import details_of
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.files.document import Document
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

BARS_FROM = 28
"""The height in lines from which the two size bars are shown."""

DETAILS_FROM = 34
"""The height in lines from which the details of a row are shown by default."""

LEAST_ROWS = 6
"""The rows that the list keeps, however few it has, and however large the details are."""


def details_height(both: int, rows: int, head: int, *, narrow: bool, zoomed: bool) -> int:
    """The lines for the details, with their frame, of the `both` lines that they share with a list of `rows` below its head.

    A list gets the lines that it needs, and the details the rest, so that no line stays empty.
    """
    least = 9 if narrow else 11
    return max(least, both - (LEAST_ROWS if zoomed else max(LEAST_ROWS, rows)) - head - 2)


class CompareLayout:
    """Shows and hides the details and the bars, and fills the details."""

    def __init__(self, screen: Screen[None], names: Callable[[], tuple[str, str] | None]) -> None:
        """`names` returns the names of the sides; None while there is nothing to show."""
        self._screen = screen
        self._names = names
        self._by_key = False
        """Whether the user has shown or hidden the details: then the height does not decide."""
        self._zoomed = False
        self._title = ""
        self._rows = -1
        """The number of rows in the list when the height was divided."""

    def update(self) -> None:
        """Lay out everything again, after a change of the tab or of the screen's size."""
        screen, sizes = self._screen, self._frame.current == "sizes"
        height = screen.app.size.height
        screen.query_one("#bars").display = height >= BARS_FROM and not sizes  # the tab of sizes has them, and more
        self._details.set_class(sizes, "-nothing")
        if not self._by_key:
            self._details.set_class(height >= DETAILS_FROM, "-shown")
        self.show_details()
        screen.call_after_refresh(self._share_height)

    def toggle_details(self) -> None:
        self._by_key = True
        self._details.toggle_class("-shown")
        self.show_details()
        self._screen.call_after_refresh(self._share_height)

    def zoom(self, by: int) -> str:
        """Enlarge what has the focus, or undo that; returns why neither is possible, if so."""
        if not self._details.has_class("-shown") or self._details.has_class("-nothing"):
            return tr("the list has all room; {details} shows the details of a row", details=key_name("details", "i"))
        if self._zoomed == (by > 0):
            return tr("it is as {word} as it can be", word=tr("large") if by > 0 else tr("small"))
        self._zoomed = by > 0
        self._grow()
        return ""

    def focus_moved(self) -> None:
        """Undo the zoom: it was for what had the focus."""
        if self._zoomed:
            self._grow()

    def rows_changed(self, rows: RowList) -> None:
        """The number of rows may have changed."""
        if rows is self._frame.visible_content and rows.count != self._rows:
            self._screen.call_after_refresh(self._share_height)

    def show_details(self) -> None:
        """Show the details of the row under the cursor."""
        details, names = self._details, self._names()
        if names is None or not details.has_class("-shown"):
            return
        documents = [self._screen.query_one(side, Document) for side in ("#left", "#right")]
        title, sides = details_of(self._frame, names, documents[0].scrollable_content_region.width)
        if title != self._title:  # each change of the title lays out the whole screen
            details.border_title, self._title = Content(title), title
        for document, parts in zip(documents, sides, strict=True):
            document.show(parts)

    def _grow(self) -> None:
        self._details.set_class(self._zoomed and not self._details.has_focus_within, "-away")
        self._screen.call_after_refresh(self._share_height)

    def _share_height(self) -> None:
        details, frame = self._details, self._frame
        shown = frame.visible_content
        if not isinstance(shown, RowList) or not details.display or self._names() is None:
            return  # details that are still being computed may be long
        self._rows = shown.count
        height = details_height(
            frame.outer_size.height + details.outer_size.height,
            shown.count,
            shown.head_height,
            narrow=self._screen.has_class("-narrow"),
            zoomed=self._zoomed,
        )
        if details.outer_size.height != height:
            details.styles.height = height

    @property
    def _frame(self) -> TabFrame:
        return self._screen.query_one(TabFrame)

    @property
    def _details(self) -> Widget:
        return self._screen.query_one("#details")
