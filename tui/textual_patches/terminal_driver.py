"""Driver that draws on the terminal also where stderr is none, and whose terminal survives SIGTSTP, SIGCONT and SIGSTOP in any order.

Why: Textual draws on stderr: with `2>FILE` the terminal stayed empty while the keys worked, and the file got the screen.
It restores the terminal and stops the process on SIGTSTP, and starts again on SIGCONT. A SIGCONT that arrived while it was
restoring the terminal was lost, and it stopped for good. A SIGTSTP while it was starting stopped it with a terminal half set up. After
SIGSTOP, which no process can handle, SIGCONT started it twice; at the end it then restored the modes of its own first start.
Without it: `2>FILE` hides the screen; `kill -STOP` and `kill -CONT`, or a fast Ctrl-Z and `fg`, leave a stopped process or a broken
terminal.
"""

from __future__ import annotations

import os
import sys
from signal import SIGSTOP
from typing import TYPE_CHECKING, Any

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from textual.driver import Driver


class TerminalDriver(LinuxDriver):
    """Textual's driver, with another file to draw on where that is needed, and other handlers for the two signals."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._continued = False
        self._starts = False
        self._stops_after_start = False
        super().__init__(*args, **options)
        if sys.__stderr__ is None or not sys.__stderr__.isatty():
            # The screen is not opened unless stdout is a terminal.
            self._file = sys.__stdout__

    def start_application_mode(self) -> None:
        """Start; a SIGTSTP that came meanwhile is obeyed afterwards: what is half started cannot be restored."""
        self._starts = True
        try:
            super().start_application_mode()  # type: ignore[no-untyped-call]
        finally:
            self._starts = False
        if self._stops_after_start:
            self._stops_after_start = False
            self._sigtstp_application()

    @property
    def _reads_keys(self) -> bool:
        """Whether application mode is on: its thread reads keys."""
        return self._key_thread is not None and self._key_thread.is_alive()

    @property
    def _is_active(self) -> bool:
        """Whether the screen was started, and neither ended nor was suspended for another program."""
        return bool(self._key_thread and self._auto_restart and not self._app._exit)

    def _sigtstp_application(self, *_: object) -> None:
        if self._starts:
            self._stops_after_start = True
            return
        if self._is_active and self._reads_keys:
            self.suspend_application_mode()
            self._must_signal_resume = True
        # Of two pending signals Python handles the one with the smaller number first, and that is SIGCONT.
        if not self._continued:
            os.kill(os.getpid(), SIGSTOP)

    def _sigcont_application(self, *_: object) -> None:
        self._continued = True
        self._loop.call_soon_threadsafe(self._resume)

    def _resume(self) -> None:
        self._continued = False
        if not self._is_active:
            return
        if (
            self._reads_keys
        ):  # stopped by SIGSTOP, or continued before it stopped: another program may have changed the modes
            self.suspend_application_mode()
        self.resume_application_mode()


def with_terminal_driver(driver_class: type[Driver]) -> type[Driver]:
    """The driver to use in place of this one; another driver, set by TEXTUAL_DRIVER, stays."""
    return TerminalDriver if driver_class is LinuxDriver else driver_class
