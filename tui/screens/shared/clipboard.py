"""Copies the item at the cursor to the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.binding import Binding

from layertui.tui.common.format import one_line, safe_lines
from layertui.tui.screens.shared.base_screen import Asking
from layertui.tui.widgets.files.file_view import FileView
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

COPY_KEY = Binding("y", "copy", "copy", show=False, tooltip="Copy what the cursor is on: a path, an ID, a line")

MOST_SHOWN = 80
"""Cells of what was copied that are told."""


class Copying(Asking):
    """Mixed into screens: what the cursor is on can be copied."""

    def what_to_copy(self) -> str | None:
        """A path, an ID, a line; None where the cursor is on nothing."""
        return copyable(cast("Screen[object]", self).focused)

    def more_to_copy(self) -> str | None:
        """What there is more of it."""
        focused = cast("Screen[object]", self).focused
        return focused.more_to_copy() if isinstance(focused, RowList) else None

    def may_copy(self, action: str) -> bool | None:
        """Whether there is something to copy; None for other actions."""
        if action == "copy":
            return bool(self.what_to_copy())
        return bool(self.more_to_copy()) if action == "copy_more" else None

    def action_copy(self) -> None:
        """What the cursor is on."""
        if text := self.what_to_copy():
            self.copy(text, text)

    def action_copy_more(self) -> None:
        """More of it."""
        if text := self.more_to_copy():
            self.copy(text, text)

    def copy(self, text: str, what: str) -> None:
        """Copy a text, and say what it is."""
        copy_text(self, text, what)


def copyable(focused: Widget | None) -> str | None:
    """What a list or a text has under its cursor: a path, an ID, a line; None where there is nothing."""
    return focused.to_copy() if isinstance(focused, RowList | FileView) else None


def copy_text(screen: Asking, text: str, what: str) -> None:
    """Copy a text, and say what it is. Through the terminal (OSC 52), so that it works over ssh too."""
    cast("Screen[object]", screen).app.copy_to_clipboard(safe_lines(text))
    shown = one_line(what)
    screen.tell(shown if len(shown) <= MOST_SHOWN else shown[: MOST_SHOWN - 1] + "…", title="Copied", seconds=3)
