"""Attaches layertui's standard streams to a container's process, and forwards signals to it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr
from layertui.tui.common import terminal
from layertui.tui.verbs.shared.cli_context import CliContext

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.model.session import Session

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# After so many signals we leave although the container still runs.
_PATIENCE = 3


def require_terminal(*, tty: bool, stdin: bool) -> None:
    """Raises LayertuiError, in docker's words, if a terminal is to be typed into and stdin is none."""
    if tty and stdin and not terminal.is_terminal():
        raise LayertuiError(tr("the input device is not a TTY"))


def started(context: CliContext, container: Container, *, stdin: bool, keys: bytes) -> int:
    """Start a container, be attached to it until it ends, and give its exit code: 0 when the user detaches before."""
    name, size = container.id, terminal.size()
    with context.inspector.containers.processes.attach(
        name, start=True, size=size, progress=context.progress()
    ) as session:
        with _signals_to(lambda wanted: context.inspector.containers.lifecycle.kill(name, wanted)):
            if not terminal.carry(session, typing=stdin and container.options.interactive, keys=keys):
                return 0
        return context.inspector.containers.lifecycle.wait(name)


def attached(context: CliContext, container: Container, *, stdin: bool, keys: bytes) -> int:
    """Be attached to a container that runs until it ends, and give its exit code: 1 when the user detaches before."""
    name, typing = container.id, stdin and container.options.interactive
    with context.inspector.containers.processes.attach(name) as session:
        require_terminal(tty=session.tty, stdin=stdin)
        terminal.ask_to_show(session)
        with (
            nullcontext()
            if session.tty
            else _signals_to(lambda wanted: context.inspector.containers.lifecycle.kill(name, wanted))
        ):
            return (
                context.inspector.containers.lifecycle.wait(name) if _carried(session, typing=typing, keys=keys) else 1
            )


def executed(session: Session, *, stdin: bool, keys: bytes) -> int:
    """Be attached to what `exec` has added until it ends, and give its exit code: 1 when the user detaches before.

    Raises LayertuiError where the connection is lost and the exit code with it.
    """
    with session:
        forwards = session.takes_signals and not session.tty
        with _signals_to(lambda wanted: session.signal(signal.Signals[wanted])) if forwards else nullcontext():
            if not _carried(session, typing=stdin, keys=keys):
                return 1
        if session.code is None:
            raise LayertuiError(tr("the connection to this process was lost, so its exit code is unknown"))
        return session.code


def _carried(session: Session, *, typing: bool, keys: bytes) -> bool:
    """Carry until it ends; False, and docker's line for it, if the user detached. `run` and `start` say nothing of it."""
    if terminal.carry(session, typing=typing, keys=keys):
        return True
    sys.stderr.write(tr("read escape sequence\n"))
    return False


@contextmanager
def _signals_to(send: Callable[[str], object]) -> Iterator[None]:
    """Hand our signals on, by their names, as docker does without a terminal."""
    asked_to_end = 0

    def hand_on(number: int, _: object) -> None:
        nonlocal asked_to_end
        asked_to_end += 1
        if asked_to_end >= _PATIENCE:
            raise KeyboardInterrupt
        with suppress(LayertuiError):
            send(signal.Signals(number).name)

    # `nohup` has us ignore this one, and means the container too.
    kept = {signal.SIGHUP} if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN else set()
    with terminal.handling({number: hand_on for number in _FORWARDED if number not in kept}):
        yield
