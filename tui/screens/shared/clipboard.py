"""Copies the item at the cursor to the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from textual.binding import Binding

from layertui.tui.common.format import one_line, safe_lines
from layertui.tui.screens.shared.base_screen import Asking
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.widgets.files.file_view import FileView
from layertui.tui.widgets.lists.row_list import RowList

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from layertui.tui.screens.shared.base_screen import InspectorScreen

COPY_KEY = Binding("y", "copy", "copy", show=False, tooltip="Copy what the cursor is on: a path, an ID, a line")

MOST_SHOWN = 80
"""Cells that are shown of what was copied."""


class CopyActions:
    """The part of a screen that copies what the cursor is on; and `Y`, where there is more of it, such as a whole log."""

    def __init__(self, screen: InspectorScreen[Any]) -> None:
        self._screen = screen

    def actions(self) -> dict[str, Action]:
        """What COPY_KEY names, and the `Y` of the screens that have it."""
        return {
            "copy": Action(lambda: self._copy(self._text()), lambda: self._refusal("copy", self._text())),
            "copy_more": Action(lambda: self._copy(self._more()), lambda: self._refusal("copy more", self._more())),
        }

    def _text(self) -> str | None:
        """A path, an ID, a line; None where the cursor is on nothing."""
        return copyable(self._screen.focused)

    def _more(self) -> str | None:
        focused = self._screen.focused
        return focused.more_to_copy() if isinstance(focused, RowList) else None

    def _refusal(self, what: str, text: str | None) -> str:
        return "" if text else f"{what}: there is nothing to copy here"

    def _copy(self, text: str | None) -> None:
        if text:
            copy_text(self._screen, text, text)


def copyable(focused: Widget | None) -> str | None:
    """What a list or a text has under its cursor: a path, an ID, a line; None where there is nothing."""
    return focused.to_copy() if isinstance(focused, RowList | FileView) else None


def copy_text(screen: Asking, text: str, what: str) -> None:
    """Copy a text, and say what it is. Through the terminal (OSC 52), so that it works over ssh too."""
    cast("Screen[object]", screen).app.copy_to_clipboard(safe_lines(text))
    shown = one_line(what)
    screen.tell(shown if len(shown) <= MOST_SHOWN else shown[: MOST_SHOWN - 1] + "…", title="Copied", seconds=3)
