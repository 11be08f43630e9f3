"""Undo: the newest act can be taken back by `u`, for a short while, and until the next act.

An act is offered only if afterwards nothing differs from before; what that takes is kept until then and deleted when the offer ends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, cast

from layertui.tui.common.command_log import ActCommand
from layertui.tui.screens.shared.notices import SHOWN_FOR, ActNotice, NextKey

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

    from layertui.core.inspector import Inspector
    from layertui.tui.common.command_log import CommandLog
    from layertui.tui.screens.shared.base_screen import Asking

UNDO = NextKey("u", "puts it back")
"""For the notice of an act that is offered."""

MAY_UNDO = f"`u` puts it back, for {SHOWN_FOR:.0f} seconds or until you do something else."
"""For the dialog that asks before the act."""


@dataclass(frozen=True, slots=True)
class UndoOffer:
    """How one act is taken back."""

    done: str
    """What is said then, as a sentence."""
    take: Callable[[Inspector], object] | None = None
    """Takes the act back, in a thread; None for what only the screen knows."""
    drop: Callable[[], object] | None = None
    """Deletes what was kept, once it is too late."""
    then: Callable[[], object] | None = None
    """Called on the screen when it is done."""
    engine: str = ""


class Refreshing(Protocol):
    """A screen that shows what may have been taken back."""

    def show_undone(self, engine: str) -> None: ...


class UndoBoard:
    """The newest offer of one app."""

    def __init__(self, app: App[Any], log: CommandLog) -> None:
        self._app = app
        self._offer: UndoOffer | None = None
        self._timer: Timer | None = None
        log.listeners.append(lambda _command: self.end())

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to take back."""
        return self._offer is None

    def offer(self, offer: UndoOffer) -> None:
        """Offer to take an act back that was just announced; an older offer ends."""
        self.end()
        self._offer = offer
        self._timer = self._app.set_timer(SHOWN_FOR, self.end)

    def end(self) -> None:
        """It is too late: what was kept is deleted. The interpreter waits for that at exit."""
        offer = self._taken()
        if offer is not None and offer.drop is not None:
            Thread(target=_quietly, args=(offer.drop,), name="undo").start()

    def run(self) -> bool:
        """Take the newest act back; False if there is none."""
        offer = self._taken()
        if offer is None:
            return False
        screen = cast("Asking", self._app.screen)
        take = offer.take

        def done(_: object) -> None:
            if offer.then is not None:
                offer.then()
            if take is not None:
                screen.announce(ActNotice(offer.done), ActCommand(()))
            for one in self._app.screen_stack:
                if hasattr(one, "show_undone"):
                    cast("Refreshing", one).show_undone(offer.engine)

        if take is None:
            done(None)
        else:
            screen.ask("undoing", lambda inspector, _: take(inspector), done, group="undo", engine=offer.engine)
        return True

    def _taken(self) -> UndoOffer | None:
        offer, self._offer = self._offer, None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        return offer


def _quietly(drop: Callable[[], object]) -> None:
    from layertui.core.errors import LayertuiError

    with suppress(LayertuiError, OSError):  # what is left is deleted by `gc`
        drop()
