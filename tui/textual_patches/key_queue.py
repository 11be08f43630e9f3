"""Queue of keys and pastes: each is delivered after everything that the one before it caused has been handled.

Why: Textual delivers a key to the widget that has the focus when the key arrives. A key can open a dialog, a find bar or a screen, and
that gets the focus some turns of the event loop later.
Without it: what is typed fast goes to the widget that was just left, `/motd` presses m, o, t and d in the list.
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

TIMEOUT = 5.0
"""Seconds after which the next key is delivered whatever the one before it still does."""

MOVES = ("move(", "move_to(", "page(")
"""Actions of a list that move its cursor and do nothing else."""

PAINT_DELAY = 0.012
"""Seconds that a key with no other behind it gets to be painted, before its consequences are waited for."""

POLL_INTERVAL = 0.05
"""Seconds between two checks whether a node that is waited for was removed."""


class KeyQueue:
    """Delivers keys and pastes one after another, in the order in which they were typed."""

    def __init__(self, app: App[Any], deliver: Callable[[Typed], Awaitable[None]]) -> None:
        """`deliver` is what the app would do with the event at once."""
        self._app = app
        self._deliver = deliver
        self._waiting: deque[Typed] = deque()
        self._handling: asyncio.Task[None] | None = None
        self._another: asyncio.Event | None = None

    @property
    def busy(self) -> bool:
        """Whether a key has not been handled completely."""
        return self._handling is not None

    async def put(self, event: Typed) -> None:
        """Deliver it now, or after the keys before it."""
        self._waiting.extend(self._without_alt(event))
        if self._handling is None:
            await self._deliver_next()
        elif self._another is not None:
            self._another.set()

    def stop(self) -> None:
        """Drop what is waiting; the app ends."""
        self._waiting.clear()
        if self._handling is not None:
            self._handling.cancel()

    def _without_alt(self, event: Typed) -> list[Typed]:
        """Split Alt and a letter that is not bound: a terminal sends the same for Esc and a letter typed at once."""
        if not isinstance(event, events.Key) or not event.key.startswith("alt+") or not event.is_printable:
            return [event]
        if event.key in self._app.screen.active_bindings or event.character is None:
            return [event]
        return [events.Key("escape", "\x1b"), events.Key(event.character, event.character)]

    async def _deliver_next(self) -> None:
        event = self._waiting.popleft()
        nodes = list(self._focus_chain())
        self._handling = asyncio.create_task(self._wait_until_handled(nodes))
        await self._deliver(event)
        if self._waiting and self._only_moves(event):
            while self._waiting and self._same_key(self._waiting[0], event):
                await self._deliver(self._waiting.popleft())

    @staticmethod
    def _same_key(one: Typed, other: Typed) -> bool:
        return isinstance(one, events.Key) and isinstance(other, events.Key) and one.key == other.key

    def _only_moves(self, event: Typed) -> bool:
        """Whether a key moves a cursor and does nothing else, or does nothing because nothing has the focus.

        Any number of these can be delivered at once.
        """
        active = self._app.screen.active_bindings.get(event.key) if isinstance(event, events.Key) else None
        if active is None:
            return isinstance(event, events.Key) and self._app.focused is None
        return active.node is self._app.focused and active.binding.action.startswith(MOVES)

    async def _wait_until_handled(self, nodes: list[DOMNode]) -> None:
        if not self._waiting:
            await self._wait_for_paint()
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._drain_until_stable(nodes)
        except TimeoutError:
            pass
        if self._waiting and self._app.is_running:
            self._app.call_later(self._deliver_next)  # in the app's own turn, as the first one was
        else:
            self._handling = None

    async def _wait_for_paint(self) -> None:
        self._another = asyncio.Event()
        timer = asyncio.get_running_loop().call_later(PAINT_DELAY, self._another.set)
        await self._another.wait()
        timer.cancel()
        self._another = None

    async def _drain_until_stable(self, nodes: list[DOMNode]) -> None:
        """Return when neither the key nor a message it caused is in a queue, and each new widget is mounted."""
        stable_rounds = 0
        while stable_rounds < 2:  # a round for the key on its way up, and one for the messages it caused
            before = self._app.screen, self._app.focused
            for node in nodes:
                await _drain(node)
            fresh = [node for node in self._app.screen.walk_children(Widget, with_self=True) if not node.is_mounted]
            for node in reversed(fresh):
                await _drain(node)
            if fresh:  # as it was mounted, it may have asked the app for the focus
                await _drain(self._app)
            same = not fresh and before == (self._app.screen, self._app.focused)
            stable_rounds = stable_rounds + 1 if same else 0
            nodes = list(self._focus_chain())

    def _focus_chain(self) -> Iterator[DOMNode]:
        """The nodes that get a key, in order: what has the focus, its ancestors, the app."""
        yield from (self._app.focused or self._app.screen).ancestors_with_self


async def _drain(node: DOMNode) -> None:
    """Wait until all messages now in the queue of this node are handled, or it is removed."""
    loop = asyncio.get_running_loop()
    reached: asyncio.Future[None] = loop.create_future()

    poll: asyncio.TimerHandle

    def reach() -> None:
        if not reached.done():
            reached.set_result(None)

    def check() -> None:
        nonlocal poll
        if node.is_attached:
            poll = loop.call_later(POLL_INTERVAL, check)
        else:
            reach()

    if node.call_later(reach):
        poll = loop.call_later(POLL_INTERVAL, check)
        try:
            await reached
        finally:
            poll.cancel()
