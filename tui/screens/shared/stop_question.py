"""StopQuestion: Esc stops a job only after a notice said so, and only if it is the next key."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from layertui.tui.common.jobs import Job, Jobs


class JobHost(Protocol):
    """What the question needs of the app."""

    @property
    def jobs(self) -> Jobs: ...

    def show_notice(self, text: str, *, severity: str = "information", seconds: float = 5) -> None: ...


class StopQuestion:
    """The question of one screen, about its app's newest job."""

    def __init__(self, host: Callable[[], JobHost]) -> None:
        """`host` returns the app, which a screen does not have before it is shown."""
        self._host = host
        self._asked_about: Job[Any] | None = None

    def ask(self) -> bool:
        """Ask whether to stop the newest job; asked a second time about the same job, stop it. False if none runs."""
        host = self._host()
        job = host.jobs.newest
        if job is None:
            return False
        if job is self._asked_about:
            host.jobs.stop_newest()
            host.show_notice("Stopped.", seconds=2)
        else:
            self._asked_about = job
            host.show_notice(f"Esc again stops {job.title}.")
        return True

    @property
    def is_open(self) -> bool:
        """Whether the next key may be the answer."""
        return self._asked_about is not None

    def withdraw(self) -> None:
        """Forget the question: another key was pressed."""
        self._asked_about = None
