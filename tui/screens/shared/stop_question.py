"""StopQuestion: a key stops a job only after a notice said so, and only if the same key is pressed next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layertui.tui.common.jobs import Job
    from layertui.tui.screens.shared.base_screen import InspectorScreen


class StopQuestion:
    """The question of one screen, about a job of its app."""

    def __init__(self, screen: InspectorScreen[Any]) -> None:
        self._screen = screen
        self._asked: tuple[Job[Any], str] | None = None
        self._pressed = ""

    def confirmed(self, job: Job[Any], sentence: str) -> bool:
        """Whether the key that is handled was pressed before, about this job; if not, show the sentence."""
        if self._asked == (job, self._pressed):
            return True
        self._asked = job, self._pressed
        self._screen.show_notice(sentence)
        return False

    def note_key(self, key: str) -> None:
        """Remember which key is handled now; another one than before withdraws the question."""
        if key != self._pressed:
            self._asked = None
        self._pressed = key
