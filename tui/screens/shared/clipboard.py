"""Copies the item at the cursor to the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from textual.binding import Binding

from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line, safe_lines
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.base_screen import Asking
from layertui.tui.screens.shared.key_actions import Action
from layertui.tui.screens.shared.notices import NextKey
from layertui.tui.widgets.lists.row_list import RowList
from layertui.tui.widgets.text.pieces import fit

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from layertui.tui.screens.shared.base_screen import InspectorScreen

COPY_KEY = Binding("y", "copy", tr("copy"), show=False, tooltip=tr("Copy what the cursor is on: a path, an ID, a line"))

MOST_SHOWN = 67
"""Cells of what was copied that are shown: after `Copied: `, with the notice's edges and its scroll bar, they fit a row of 80."""


@runtime_checkable
class _HasCursor(Protocol):
    """A list or a text, with something under its cursor."""

    def to_copy(self) -> str | None: ...


class Clipboard(Protocol):
    """The app, as far as something is copied."""

    def copy_to_clipboard(self, text: str) -> None: ...

    def show_notice(self, text: str, *, severity: str = "information", seconds: float = 5) -> None: ...


class CopyActions:
    """The part of a screen that copies the item under the cursor; and with `Y` more of it, such as a whole log."""

    def __init__(self, screen: InspectorScreen[Any]) -> None:
        self._screen = screen

    def actions(self) -> dict[str, Action]:
        """The actions of COPY_KEY, and of `Y` on the screens that have it."""
        return {
            "copy": Action(lambda: self._copy(self._text()), lambda: self._refusal(tr("copy"), self._text())),
            "copy_more": Action(lambda: self._copy(self._more()), lambda: self._refusal(tr("copy more"), self._more())),
        }

    def _text(self) -> str | None:
        """A path, an ID, a line; None if there is nothing under the cursor."""
        return copyable(self._screen.focused)

    def _more(self) -> str | None:
        return more_copyable(self._screen.focused)

    def _refusal(self, what: str, text: str | None) -> str:
        return "" if text else tr("{what}: there is nothing to copy here", what=what)

    def _copy(self, text: str | None) -> None:
        if text:
            copy_text(self._screen, text, text)


def copyable(focused: Widget | None) -> str | None:
    """The text under the cursor of a list or a text: a path, an ID, a line; None if there is none."""
    widget: object = focused
    return widget.to_copy() if isinstance(widget, _HasCursor) else None


def more_copyable(focused: Widget | None) -> str | None:
    """The whole of what `copyable` has a part of; None for what has no more."""
    return focused.more_to_copy() if isinstance(focused, RowList) else None


def copy_key(screen: Asking, noun: str, text: str, shown: str = "") -> NextKey:
    """The key of a notice that copies a text, `y copies the path`; `shown` says what was copied, by default the text."""
    return NextKey(
        key_name("copy", "y"), tr("copies the {noun}", noun=noun), lambda: copy_text(screen, text, shown or text)
    )


def copy_text(screen: Asking, text: str, what: str) -> None:
    """Copy a text, and show what it is. By an escape sequence (OSC 52), which works over ssh too."""
    _copy_and_say(cast("Clipboard", cast("Screen[object]", screen).app), text, what)


def copy_selected(app: Clipboard, text: str) -> None:
    """Copy what was selected with the mouse."""
    first, *more = text.strip("\n").split("\n")
    _copy_and_say(app, text, f"{first} …" if more else first)


def _copy_and_say(app: Clipboard, text: str, what: str) -> None:
    app.copy_to_clipboard(safe_lines(text))
    shown = fit(one_line(what), MOST_SHOWN).rstrip()
    app.show_notice(tr("Copied: {shown}", shown=shown), seconds=3)
