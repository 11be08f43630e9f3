"""Keys typed faster than the screen follows: each waits until what the key before it led to is there.

Textual hands a key to what has the focus when the key arrives. But a key can open a dialog, a bar or another screen, and those
have the focus only after some turns of the event loop: what was typed in between went to the place that was just left.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

from textual import events
from textual.widget import Widget

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode

Typed = events.Key | events.Paste

PATIENCE = 5.0
"""Seconds after which a key is handed on whatever the key before it still does."""

MOVES = ("move(", "move_to(", "page(")
"""Actions of a list that move its cursor."""

PAINTED = 0.012
"""Seconds until a key is followed that has no other behind it: until then it is painted, and nothing is to come between."""

LOOK_EVERY = 0.05
"""Seconds between two looks whether something that is waited for has been taken off the screen."""


class TypedAhead:
    """What is typed, handed on one after another in the order in which it came."""

    def __init__(self, app: App[Any], hand_on: Callable[[Typed], Awaitable[None]]) -> None:
        self._app = app
        self._hand_on = hand_on
        self._waiting: deque[Typed] = deque()
        self._settling: asyncio.Task[None] | None = None
        self._hurry: asyncio.Event | None = None

    @property
    def busy(self) -> bool:
        """Whether something typed has not yet come through."""
        return self._settling is not None

    async def take(self, event: Typed) -> None:
        """Hand it on: now, or once what came before it is through."""
        self._waiting.extend(self._apart(event))
        if self._settling is None:
            await self._next()
        elif self._hurry is not None:
            self._hurry.set()

    def stop(self) -> None:
        """Nobody is there any more who could be handed anything."""
        self._waiting.clear()
        if self._settling is not None:
            self._settling.cancel()

    def _apart(self, event: Typed) -> list[Typed]:
        """Esc and a letter, typed within a moment, look to a terminal like Alt and the letter, which nothing here is bound to."""
        if not isinstance(event, events.Key) or not event.key.startswith("alt+") or not event.is_printable:
            return [event]
        if event.key in self._app.screen.active_bindings or event.character is None:
            return [event]
        return [events.Key("escape", "\x1b"), events.Key(event.character, event.character)]

    async def _next(self) -> None:
        event = self._waiting.popleft()
        above = list(self._in_focus())
        self._settling = asyncio.create_task(self._settle(above))
        await self._hand_on(event)
        if self._waiting and self._leads_nowhere(event):
            while self._waiting and self._same_key(self._waiting[0], event):
                await self._hand_on(self._waiting.popleft())

    @staticmethod
    def _same_key(one: Typed, other: Typed) -> bool:
        return isinstance(one, events.Key) and isinstance(other, events.Key) and one.key == other.key

    def _leads_nowhere(self, event: Typed) -> bool:
        """Whether a key moves the cursor of what has the focus and leads nowhere else, or means nothing where nothing has the focus.

        However many of these there are, none has to wait for the one before it.
        """
        active = self._app.screen.active_bindings.get(event.key) if isinstance(event, events.Key) else None
        if active is None:
            return isinstance(event, events.Key) and self._app.focused is None
        return active.node is self._app.focused and active.binding.action.startswith(MOVES)

    async def _settle(self, above: list[DOMNode]) -> None:
        if not self._waiting:
            await self._until_painted()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._through(above)
        except TimeoutError:
            pass
        if self._waiting and self._app.is_running:
            self._app.call_later(self._next)  # in the app's own turn, as the first one was
        else:
            self._settling = None

    async def _until_painted(self) -> None:
        self._hurry = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(PAINTED, self._hurry.set)
        await self._hurry.wait()
        timer.cancel()
        self._hurry = None

    async def _through(self, above: list[DOMNode]) -> None:
        """Return once neither the key nor what it made others say is on its way, and what it opened stands."""
        quiet = 0
        while quiet < 2:  # a round for the key on its way up, and one for what was said because of it
            before = self._app.screen, self._app.focused
            for node in above:
                await _had_its_turn(node)
            fresh = [node for node in self._app.screen.walk_children(Widget, with_self=True) if not node.is_mounted]
            for node in reversed(fresh):
                await _had_its_turn(node)
            if fresh:  # as it came, it may have asked the app for the focus
                await _had_its_turn(self._app)
            same = not fresh and before == (self._app.screen, self._app.focused)
            quiet = quiet + 1 if same else 0
            above = list(self._in_focus())

    def _in_focus(self) -> Iterator[DOMNode]:
        """Who gets a key, one after another: what has the focus, what holds that, and last the app."""
        yield from (self._app.focused or self._app.screen).ancestors_with_self


async def _had_its_turn(node: DOMNode) -> None:
    """Wait until all that was said to it so far is done, or it is gone."""
    loop = asyncio.get_running_loop()
    turn: asyncio.Future[None] = loop.create_future()

    looking: asyncio.TimerHandle

    def came() -> None:
        if not turn.done():
            turn.set_result(None)

    def look() -> None:
        nonlocal looking
        if node.is_attached:
            looking = loop.call_later(LOOK_EVERY, look)
        else:
            came()

    if node.call_later(came):
        looking = loop.call_later(LOOK_EVERY, look)
        try:
            await turn
        finally:
            looking.cancel()
