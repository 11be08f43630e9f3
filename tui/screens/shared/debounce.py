"""Debounce: delays calls until there was no new one for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.screen import Screen
from textual.timer import Timer


class Debounce:
    """Delayed calls of one screen, each with a name."""

    def __init__(self, screen: Screen[Any]) -> None:
        self._screen = screen
        self._timers: dict[str, Timer] = {}

    def after(self, seconds: float, call: Callable[[], None], *, name: str) -> None:
        """Call it after `seconds`. A second call with the same name restarts the delay."""
        if (earlier := self._timers.get(name)) is not None:
            earlier.stop()

        def due() -> None:
            self._timers.pop(name, None)
            call()

        self._timers[name] = self._screen.set_timer(seconds, due)

    @property
    def pending(self) -> bool:
        """Whether any call is waiting."""
        return bool(self._timers)
