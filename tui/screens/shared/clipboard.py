"""What goes from a screen to the clipboard; one key each: what the cursor is on, and more of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.binding import Binding

from layertui.tui.common.format import one_line, safe_lines
from layertui.tui.screens.shared.base_screen import Asking
from layertui.tui.widgets.files.file_view import FileView
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual.screen import Screen

COPY_KEY = Binding("y", "copy", "copy", show=False, tooltip="Copy what the cursor is on: a path, an ID, a line")

MOST_SHOWN = 80
"""Cells of what was copied that are told."""


class Copying(Asking):
    """Copies through the terminal (OSC 52), so that it works over ssh too."""

    def what_to_copy(self) -> str | None:
        """A path, an ID, a line; None where the cursor is on nothing."""
        focused = cast("Screen[object]", self).focused
        return focused.to_copy() if isinstance(focused, RowList | FileView) else None

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
        """A text for the clipboard, and a word of what it is for the eye."""
        copy_text(self, text, what)


def copy_text(asker: Asking, text: str, what: str) -> None:
    """Put a text on the clipboard, and show what was copied."""
    cast("Screen[object]", asker).app.copy_to_clipboard(safe_lines(text))
    shown = one_line(what)
    asker.tell(shown if len(shown) <= MOST_SHOWN else shown[: MOST_SHOWN - 1] + "…", title="Copied", seconds=3)
