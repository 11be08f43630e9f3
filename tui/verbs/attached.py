"""A container's output as our own, as it comes; our signals are the container's."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.errors import LayertuiError
from layertui.tui.verbs.shape import Asked

if TYPE_CHECKING:
    from layertui.core.containers.container import Container
    from layertui.core.engines.engine import LogLine

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
# So many times somebody has to ask before we leave without the container.
_PATIENCE = 3


class Streams:
    """Our stdout and stderr, for lines that a container wrote to its own."""

    def __init__(self) -> None:
        self._streams: dict[str, BinaryIO | None] = {
            "stdout": sys.stdout.buffer if sys.stdout is not None else None,
            "stderr": sys.stderr.buffer if sys.stderr is not None else None,
        }
        self._amid: set[str] = set()

    def write(self, line: LogLine, *, timestamps: bool = False) -> None:
        """One line, or the piece of one, at once."""
        stream = self._streams[line.stream]
        if stream is None:
            return
        begins = line.stream not in self._amid
        stream.write(f"{line.time} ".encode() + line.text if timestamps and begins else line.text)
        stream.flush()
        (self._amid.discard if line.text.endswith(b"\n") else self._amid.add)(line.stream)


def attached(asked: Asked, container: Container, *, stdin: bool = False) -> int:
    """Start a container, carry its output until it ends, and give its exit code; with `stdin`, it reads what we read."""
    started = asked.inspector.start(container.id, asked.progress())
    if stdin:
        _feed(asked, container.id)
    streams = Streams()
    with _signals_of(asked, container.id):
        for line in asked.inspector.logs(container.id, follow=True):
            if started.started is None or line.time >= started.started:
                streams.write(line)
        return asked.inspector.wait(container.id)


def _feed(asked: Asked, container_id: str) -> None:
    """Carry our standard input to the container, on a thread that ends with either or with us."""
    if sys.stdin is None:
        return
    source = sys.stdin.fileno()

    def carry() -> None:
        with suppress(LayertuiError, OSError):
            asked.inspector.feed(container_id, source)

    Thread(target=carry, daemon=True).start()


@contextmanager
def _signals_of(asked: Asked, container_id: str) -> Iterator[None]:
    """Hand our signals on to the container, as docker does without a terminal."""
    asked_to_end = 0

    def hand_on(number: int, _: object) -> None:
        nonlocal asked_to_end
        asked_to_end += 1
        if asked_to_end >= _PATIENCE:
            raise KeyboardInterrupt
        with suppress(LayertuiError):
            asked.inspector.kill(container_id, signal.Signals(number).name)

    before = {number: signal.signal(number, hand_on) for number in _FORWARDED}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
