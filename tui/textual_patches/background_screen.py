"""Removes a screen from the stack without ending its jobs.

Why: Textual removes a popped screen, which cancels its workers, unless it is an installed one; and what the screen's
answer goes to is only known to its private list of callbacks, which popping shortens.
Without it: a dialog could not send its work to the background; lists would not be read again when it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.screen import Screen


def send_to_background(screen: Screen[Any]) -> Callable[[Any], object]:
    """Take the top screen from the stack, and keep it and its jobs; returns what its answer goes to."""
    callback = screen._result_callbacks[-1].callback
    screen.app.install_screen(screen, f"background-{id(screen)}")
    screen.app.pop_screen()
    return callback or (lambda _answer: None)


def open_background_screen(screen: Screen[Any], callback: Callable[[Any], Any] | None) -> None:
    """Put such a screen on top of the stack again; its answer goes to `callback`."""
    screen.app.uninstall_screen(screen)
    screen.app.push_screen(screen, callback)


def end_background_screen(screen: Screen[Any]) -> None:
    """Remove such a screen for good."""
    screen.app.uninstall_screen(screen)
    screen.remove()
