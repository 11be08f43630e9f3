"""How the app ends where no key ends it: by a signal, with its terminal, or with the server of its page in a browser."""

from __future__ import annotations

import os
import sys
from functools import partial
from signal import SIG_DFL, SIGHUP, SIGINT, SIGTERM, signal
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from types import FrameType
    from typing import Any

    from textual.app import App

SIGNALS = (SIGTERM, SIGHUP, SIGINT)
"""Those that end the app; keys send none."""

LOOK_EVERY = 2.0
"""Seconds between two checks whether the terminal still exists."""


class AppEnding:
    """The ending of one app."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._loop: AbstractEventLoop | None = None
        self._is_ready = False
        self._code: int | None = None

    def take_signals(self) -> None:
        """From now on each of `SIGNALS` ends the app, or the process while the app does not run yet."""
        for number in SIGNALS:
            signal(number, self._by_signal)

    def runs_in(self, loop: AbstractEventLoop) -> None:
        """The app runs in this loop."""
        self._loop = loop

    def watch(self) -> None:
        """Look from time to time whether what the app is shown in is still there."""
        if self._app.is_web:
            self._app.set_interval(LOOK_EVERY, partial(self._with_server, os.getppid()))
        elif not self._app.is_headless:
            self._app.set_interval(LOOK_EVERY, self._with_terminal)

    def ready(self) -> None:
        """The first screen is there: end now if the app was to end before."""
        self._is_ready = True
        if self._code is not None:
            self._app.exit(return_code=self._code)

    def _by_signal(self, number: int, _frame: FrameType | None) -> None:
        """Quit as `q` does, so that the terminal is restored; a second signal ends the process at once.

        Not a signal handler of the event loop: the loop may be blocked by writing to a terminal that does not read.
        """
        signal(number, SIG_DFL)
        if self._loop is None:
            sys.exit(128 + number)
        if _has_terminal():
            self._loop.call_soon_threadsafe(self._leave, 128 + number)
        else:  # the terminal is gone, and restoring it would block for ever
            os.kill(os.getpid(), number)

    def _leave(self, code: int) -> None:
        """Quit, but only after the first screen was made: composing it would fail otherwise."""
        self._code = code
        if self._is_ready:
            self._app.exit(return_code=code)

    def _with_terminal(self) -> None:
        """Quit when the terminal is gone: SIGHUP goes only to the session's first process, and `make` does not pass it on.

        Otherwise Textual would read from it in an endless loop.
        """
        if not _has_terminal():
            self._app.exit(return_code=128 + SIGHUP)

    def _with_server(self, server: int) -> None:
        """Quit when the server of the page was killed: it can say nothing then, and this process has another parent."""
        if os.getppid() != server:
            self._app.exit(return_code=128 + SIGHUP)


def _has_terminal() -> bool:
    """Whether the terminal in which the app started still exists."""
    return os.isatty(cast("TextIO", sys.__stdin__).fileno())
