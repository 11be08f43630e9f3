"""Session: the standard streams of a process in a container, for an attached client."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Literal, NamedTuple, Protocol, Self


class TerminalSize(NamedTuple):
    """How large a terminal is, in characters."""

    rows: int
    columns: int

    def packed(self) -> bytes:
        """As a struct winsize, for TIOCSWINSZ (ioctl_tty(2))."""
        return struct.pack("HHHH", *(min(number, 0xFFFF) for number in self), 0, 0)


class Session(Protocol):
    """Nothing here blocks: poll `fileno()` for reading, and for writing while `behind`. For one thread."""

    @property
    def tty(self) -> bool:
        """Whether it is a terminal, which has one output, and a size."""

    @property
    def takes_signals(self) -> bool:
        """Whether `signal` can be used; else a signal can only end the client, as that of docker's own `exec`."""

    @property
    def code(self) -> int | None:
        """The exit code, once the process has ended, where it is known. Raises Unreachable where the process that knew it is gone."""

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""

    @property
    def behind(self) -> bool:
        """Whether something is still to be sent; then no more should be typed."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None:
        """Leave. The terminal of a process that `exec` has added is closed, or its input ends, unless `detach` came before."""

    def fileno(self) -> int:
        """What to poll to know when there is output, or room for input."""

    def receive(self) -> Iterator[tuple[Literal["stdout", "stderr"], bytes]]:
        """What has come in, by its stream."""

    def type(self, content: bytes) -> None:
        """Send this to its standard input."""

    def end_input(self) -> None:
        """No more will be typed."""

    def resize(self, size: TerminalSize) -> None:
        """Its terminal is as large as ours is now."""

    def signal(self, number: int) -> None:
        """Send a signal to a process that `exec` has added."""

    def detach(self) -> None:
        """Leave it running; it may be closed then."""

    def flush(self) -> None:
        """Send what can be sent."""
