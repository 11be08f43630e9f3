"""How a comparison's screen shares its height between the list that shows and the details of a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content

from layertui.tui.screens.compare.compare_details import details_of
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.files.document import Document
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

BARS_FROM = 28
"""Lines of the screen from which the two size bars are shown."""

DETAILS_FROM = 34
"""Lines from which the details of a row are shown without being asked for."""

LEAST_ROWS = 6
"""Rows that the list keeps, however few it has, and however large the details are."""


def details_height(both: int, rows: int, head: int, *, narrow: bool, zoomed: bool) -> int:
    """Lines for the details, with their frame, of the `both` lines that they share with a list of so many rows below its head.

    A list takes the lines that it needs and the details the rest: no line stays empty between the two.
    """
    least = 9 if narrow else 11
    return max(least, both - (LEAST_ROWS if zoomed else max(LEAST_ROWS, rows)) - head - 2)


class CompareLayout:
    """Shows and hides the details and the bars, and fills the details."""

    def __init__(self, screen: Screen[None], names: Callable[[], tuple[str, str] | None]) -> None:
        """`names` answers what the sides are called; None while there is nothing to show."""
        self._screen = screen
        self._names = names
        self._by_key = False
        """Whether the user has shown or hidden the details: then no height does."""
        self._zoomed = False
        self._title = ""
        self._rows = -1
        """How many rows the list had when the height was shared."""

    def update(self) -> None:
        """Fit everything again: another tab shows, or the screen has another size."""
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
        """Nearly all room for what has the focus, or as it was; answers why neither can be."""
        if not self._details.has_class("-shown") or self._details.has_class("-nothing"):
            return "the list has all room; i shows the details of a row"
        if self._zoomed == (by > 0):
            return f"it is as {'large' if by > 0 else 'small'} as it can be"
        self._zoomed = by > 0
        self._grow()
        return ""

    def focus_moved(self) -> None:
        """What was grown was grown for what has the focus."""
        if self._zoomed:
            self._grow()

    def rows_changed(self, rows: RowList) -> None:
        """The list has more or fewer rows, perhaps."""
        if rows is self._frame.visible_content and rows.count != self._rows:
            self._screen.call_after_refresh(self._share_height)

    def show_details(self) -> None:
        """What there is to say of the row that the cursor is on."""
        details, names = self._details, self._names()
        if names is None or not details.has_class("-shown"):
            return
        places = [self._screen.query_one(side, Document) for side in ("#left", "#right")]
        title, sides = details_of(self._frame, names, places[0].scrollable_content_region.width)
        if title != self._title:  # another title lays out the whole screen
            details.border_title, self._title = Content(title), title
        for place, parts in zip(places, sides, strict=True):
            place.show(parts)

    def _grow(self) -> None:
        self._details.set_class(self._zoomed and not self._details.has_focus_within, "-away")
        self._screen.call_after_refresh(self._share_height)

    def _share_height(self) -> None:
        details, frame = self._details, self._frame
        shown = frame.visible_content
        if not isinstance(shown, RowList) or not details.display or self._names() is None:
            return  # what is not known yet may be long
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
