"""Debounce: calls that wait for a moment of rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen
from textual.timer import Timer


class Debounce:
    """Delayed calls of one screen, each under a name."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._timers: dict[str, Timer] = {}

    def after(self, seconds: float, call: Callable[[], None], *, name: str) -> None:
        """Call it when so many seconds have passed. A second call with the same name restarts the delay."""
        if (earlier := self._timers.get(name)) is not None:
            earlier.stop()

        def due() -> None:
            self._timers.pop(name, None)
            call()

        self._timers[name] = self._screen.set_timer(seconds, due)

    @property
    def pending(self) -> bool:
        """Whether anything still waits."""
        return bool(self._timers)
