"""NoticeRoom: while a screen shows notices, what they lie on is made lower, so that they cover a border and no row; a dialog moves up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.geometry import Region
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.screen import Screen

MOST = 4
"""Notices get at most one row in so many of the screen; more of them cover what is below."""


class NoticeRoom:
    """The room for the notices of one screen. Give `fit` the screen after each of its layouts."""

    def __init__(self) -> None:
        self._below: Widget | None = None
        """The widget that has a margin for the notices."""

    def fit(self, screen: Screen[object]) -> None:
        """Make what the notices lie on as much lower as they are high, without its lower border."""
        below, rows = self._below, 0
        # The rack around them is invisible, and so has no region.
        notices = (
            Region.from_union(shown) if (shown := [one.region for one in screen.query("Toast") if one.region]) else None
        )
        if notices:
            below = _below(screen, notices.bottom - 1)
            rows = min(notices.height, screen.size.height // MOST) - _has_border(below) if below is not None else 0
        if self._below is not None and self._below is not below:
            self._below.styles.margin = None
        self._below = below
        if below is not None and below.styles.margin.bottom != rows:
            below.styles.margin = (0, 0, rows, 0) if rows else None


def fit_dialog(screen: Screen[object]) -> None:
    """Move the frame of a dialog up, as far as it lies below notices; give it the screen after each of its layouts."""
    shown = [one.region for one in screen.query("Toast") if one.region]
    for frame in screen.query("#frame"):
        rows = screen.size.height - min((one.y for one in shown), default=screen.size.height)
        rows = min(rows, screen.size.height // MOST)
        margin = frame.styles.margin.bottom
        if rows and not margin and frame.region.bottom <= screen.size.height - rows:
            rows = 0  # it does not lie below them
        if margin != rows:
            frame.styles.margin = (0, 0, rows, 0) if rows else None


def _below(parent: Widget, row: int) -> Widget | None:
    """The widget with the lowest row that notices lie on, its margin counted: a child of the parent, or what lies in one that goes on below."""
    for child in parent.displayed_children:
        if child.styles.dock != "none" or child.has_class("-textual-system") or not child.region:
            continue
        bottom = child.region.bottom + child.styles.margin.bottom
        if child.region.y <= row < bottom:
            return (_below(child, row) if row < bottom - 1 else None) or child
    return None


def _has_border(widget: Widget) -> bool:
    """Whether the lowest row of a widget is a border: its own, or that of what lies in it."""
    if widget.styles.border_bottom[0]:
        return True
    lowest = [child for child in widget.displayed_children if child.region.bottom == widget.region.bottom]
    return bool(lowest) and all(map(_has_border, lowest))
