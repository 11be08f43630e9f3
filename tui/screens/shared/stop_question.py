"""StopQuestion: an action stops a job only after a notice said so, and only if the next key leads to the same action."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from layertui.tui.common.jobs import Job
    from layertui.tui.screens.shared.base_screen import InspectorScreen


class _Question(NamedTuple):
    job: Job[Any]
    sentence: str
    """Each action has its own; several keys may lead to one action."""
    key: int
    """By which key of this screen it was asked, counted from 1."""


class StopQuestion:
    """The question of one screen, about a job of its app."""

    def __init__(self, screen: InspectorScreen[Any]) -> None:
        self._screen = screen
        self._asked: _Question | None = None
        self._keys = 0

    def confirmed(self, job: Job[Any], sentence: str) -> bool:
        """Whether the key before this one led here too, about this job; if not, show the sentence."""
        if self._asked == _Question(job, sentence, self._keys - 1):
            return True
        self._asked = _Question(job, sentence, self._keys)
        self._screen.show_notice(sentence)
        return False

    def note_key(self) -> None:
        """Count one more key; called for each, before its action."""
        self._keys += 1
