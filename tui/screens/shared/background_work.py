"""BackgroundWork: the work of a dialog that goes on after the dialog was closed, and what becomes of the dialog then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from layertui.core.language.texts import tr
from layertui.tui.screens.shared.notices import SHOWN_FOR, ActNotice, NextKey
from layertui.tui.textual_patches.background_screen import (
    end_background_screen,
    open_background_screen,
    send_to_background,
)

if TYPE_CHECKING:
    from layertui.tui.screens.shared.base_screen import InspectorDialog


class BackgroundWork:
    """Of one dialog. The cursor of the user, who is elsewhere by then, is never moved; lists are read again."""

    def __init__(self, dialog: InspectorDialog[Any]) -> None:
        self._dialog = dialog
        self._answer_to: Callable[[Any], object] | None = None

    @property
    def is_active(self) -> bool:
        """Whether the dialog was sent to the background, and is still there."""
        return self._answer_to is not None

    def begin(self) -> None:
        """Close the dialog, and let its job run on."""
        self._answer_to = send_to_background(self._dialog)

    def end(self) -> None:
        """Remove the dialog: its work is done, or was stopped."""
        answer_to, self._answer_to = self._answer_to, None
        if answer_to is not None:
            end_background_screen(self._dialog)
            answer_to(None)

    def fail(self, title: str, why: str, opened: Callable[[], None]) -> None:
        """Say that the work has failed; as long as that is shown, a key opens the dialog with what was typed, and `opened` is called."""

        def open_again() -> None:
            answer_to, self._answer_to = self._answer_to, None
            open_background_screen(self._dialog, answer_to)
            opened()

        notice = ActNotice(f"{title}: {why}", (NextKey("o", tr("opens its dialog again"), open_again),))
        self._dialog.host.notices.show(notice, None, severity="error")
        self._dialog.app.set_timer(SHOWN_FOR, self.end)
