"""StopQuestion: Esc stops a job only after a notice said so, and only if it is the next key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layertui.tui.common.jobs import Job
    from layertui.tui.screens.shared.base_screen import InspectorScreen


class StopQuestion:
    """The question of one screen, about its app's newest job."""

    def __init__(self, screen: InspectorScreen[Any]) -> None:
        self._screen = screen
        self._asked_about: Job[Any] | None = None

    def ask(self) -> None:
        """Ask whether to stop the newest job if one runs; asked a second time about the same job, stop it."""
        job = self._screen.host.jobs.newest
        if job is None:
            return
        if job is self._asked_about:
            self._screen.host.jobs.stop_newest()
            self._screen.show_notice("Stopped.", seconds=2)
        else:
            self._asked_about = job
            self._screen.show_notice(f"Esc again stops {job.title}.")

    def withdraw(self) -> None:
        """Forget the question: another key was pressed, and Esc asks again."""
        self._asked_about = None
