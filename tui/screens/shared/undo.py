"""Undo: the newest act can be taken back by `u`, for a short while, and until the next act.

An act is offered only if afterwards nothing differs from before; what that takes is kept until then and deleted when the offer ends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol, cast

from layertui.core.language.texts import tr
from layertui.tui.common.command_log import ActCommand, command_in
from layertui.tui.common.format import safe
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.shared.notices import SHOWN_FOR, ActNotice, NextKey

if TYPE_CHECKING:
    from textual.app import App
    from textual.timer import Timer

    from layertui.core.containers.rootfs.way_back import WayBack
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.images.name_changes import NameChange
    from layertui.tui.common.command_log import CommandLog


def undo_key() -> NextKey:
    """For the notice of an act that is offered."""
    return NextKey(key_name("undo", "u"), tr("puts it back"))


def may_undo() -> str:
    """For the dialog that asks before the act."""
    return tr(
        "`{undo}` puts it back, for {shown_for:.0f} seconds or until you do something else.",
        undo=key_name("undo", "u"),
        shown_for=SHOWN_FOR,
    )


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
    command: tuple[str, ...] = ()
    """The words of what does the same, for the command log; none if no command does."""


class Undoing(Protocol):
    """A screen that makes calls to the core, and announces what was done."""

    def ask(
        self, title: str, call: Callable[..., Any], then: Callable[[Any], None], *, group: str, engine: str
    ) -> object: ...

    def announce(self, notice: ActNotice, command: ActCommand | None) -> None: ...


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
        screen = cast("Undoing", self._app.screen)
        take = offer.take

        def done(_: object) -> None:
            if offer.then is not None:
                offer.then()
            self._app.clear_notifications()  # that of the act says that `u` puts it back
            if take is not None:
                screen.announce(ActNotice(offer.done), ActCommand(offer.command))
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


# -- the acts


def no_way_back(inspector: Inspector, container: str, path: str, *, moved: bool = False) -> str:
    """Why a removal or a rename could not be taken back, in a few words; empty if it could."""
    from layertui.core.engines.file_protocols import ReversibleLayer
    from layertui.core.errors import LayertuiError

    try:
        own = inspector.containers.files.writable_layer(container)
        if isinstance(own, ReversibleLayer):
            return own.no_way_back(path, moved=moved)
    except LayertuiError:
        return tr("the layer cannot be changed")  # the act itself will say why
    return tr("the engine keeps nothing of what is removed")


def said(why_not: str | None) -> str:
    """The line of a confirmation: whether the act can be undone; empty while that is not known."""
    if why_not is None:
        return ""
    return may_undo() if not why_not else tr("This cannot be undone: {why_not}.", why_not=why_not)


def remove_path(inspector: Inspector, container: str, path: str, *, recursive: bool) -> WayBack | None:
    """Remove a path from a container's files."""
    from layertui.core.engines.file_protocols import ReversibleLayer

    own = inspector.containers.files.writable_layer(container)
    if isinstance(own, ReversibleLayer):
        return own.unlink_reversibly(path, recursive=recursive)
    own.unlink(path, recursive=recursive)
    return None


def rename_path(inspector: Inspector, container: str, path: str, new: str) -> WayBack | None:
    """Move a path of a container to another one."""
    from layertui.core.engines.file_protocols import ReversibleLayer

    own = inspector.containers.files.writable_layer(container)
    if isinstance(own, ReversibleLayer):
        return own.rename_reversibly(path, new)
    own.rename(path, new)
    return None


def offer_path(way: WayBack, container: str, path: str, engine: str) -> UndoOffer:
    """The offer to take back what was done to a path."""
    from layertui.core.engines.file_protocols import ReversibleLayer

    def take(inspector: Inspector) -> None:
        own = inspector.containers.files.writable_layer(
            way.container
        )  # by its ID: the name may be another container's by then
        assert isinstance(own, ReversibleLayer)
        own.take_back(way)

    return UndoOffer(
        tr("Put {path} back in {container}", path=safe(path), container=safe(container)), take, way.drop, engine=engine
    )


def offer_name(change: NameChange, engine: str, *, was_nameless: bool = False) -> UndoOffer:
    """The offer to put a name back where it was; `was_nameless`: the image had none before, and no command takes its only one."""
    name = change.name.familiar
    words = () if was_nameless else ("rmi", name) if change.was is None else ("tag", change.was, name)
    return UndoOffer(
        tr("Removed the name {familiar} again", familiar=name)
        if change.was is None
        else tr("Put the name {familiar} back where it was", familiar=name),
        lambda inspector: inspector.images.take_back(change),
        engine=engine,
        command=command_in(engine, ("layertui", *words)) if words else (),
    )
