"""The screen stopped and continued as a job of a shell: SIGTSTP, SIGCONT.

Textual puts the terminal right and stops, and begins again when it is continued. Continued while it was still putting the terminal right,
it stopped for good; continued after SIGSTOP, which tells nobody, it began twice, and left the terminal as it had found it the second time.
"""

from __future__ import annotations

import asyncio
import os
from signal import SIGCONT, SIGSTOP, SIGTSTP, signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.drivers.linux_driver import LinuxDriver


class JobControl:
    """What becomes of the two signals, from now on."""

    def __init__(self, app: App[Any], driver: LinuxDriver) -> None:
        self._app, self._driver = app, driver
        self._loop = asyncio.get_running_loop()
        self._continued = False
        signal(SIGTSTP, self._stop)
        signal(SIGCONT, self._continue)

    @property
    def _has_terminal(self) -> bool:
        """Whether the driver reads keys, and so has the terminal."""
        thread = self._driver._key_thread  # noqa: SLF001
        return thread is not None and thread.is_alive()

    @property
    def _is_ours(self) -> bool:
        """Whether the terminal is the screen's: it has begun, and neither has ended nor stepped aside."""
        return bool(self._driver._key_thread and self._driver._auto_restart and not self._app._exit)  # noqa: SLF001

    def _stop(self, *_: object) -> None:
        if self._is_ours and self._has_terminal:
            self._driver.suspend_application_mode()
            self._driver._must_signal_resume = True  # noqa: SLF001
        # Of two signals that come before either is heard, Python tells the one with the smaller number first, and that is SIGCONT.
        if not self._continued:
            os.kill(os.getpid(), SIGSTOP)

    def _continue(self, *_: object) -> None:
        self._continued = True
        self._loop.call_soon_threadsafe(self._begin_again)

    def _begin_again(self) -> None:
        self._continued = False
        if not self._is_ours:
            return
        if (
            self._has_terminal
        ):  # stopped by SIGSTOP, or in time for not being stopped: whoever had the terminal may have changed its modes
            self._driver.suspend_application_mode()
        self._driver.resume_application_mode()
