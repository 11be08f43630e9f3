"""ShimSession: a Session whose other end is the process's shim, on this machine."""

from __future__ import annotations

import _socket
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from layertui.core.containers.model.session import TerminalSize
from layertui.core.errors import WrongState
from layertui.core.language.texts import tr
from layertui.core.shim.shim_frames import CLOSE, DETACH, EXIT, RESIZE, SIGNAL, STDERR, STDIN, STDOUT, Frames

_STREAMS: dict[int, Literal["stdout", "stderr"]] = {STDOUT: "stdout", STDERR: "stderr"}


@dataclass(frozen=True, slots=True)
class Client:
    """Who is attached from the first byte on: a socket's descriptor for the shim, and how large its terminal is."""

    fd: int | None = None
    size: TerminalSize | None = None

    def plan(self) -> Iterator[tuple[str, str]]:
        """The options of the shim for this client."""
        if self.fd is not None:
            yield "client", str(self.fd)
        if self.size is not None:
            yield "size", self.size.packed().hex()


NOBODY = Client()


class ShimSession:
    """See Session. A session created by a start or an `exec` gets all output; a later one gets the output from then on."""

    takes_signals = True

    def __init__(self, connection: _socket.socket, *, tty: bool) -> None:
        self._frames = Frames(connection)
        self.tty = tty
        """Whether it is a terminal, which has one output, and a size."""
        self.code: int | None = None
        """The exit code, once the process has ended and the shim could report it."""

    @classmethod
    def of(cls, folder: Path, *, tty: bool) -> Self:
        """Attach to what runs in a bundle's folder. WrongState where nothing does."""
        connection = _socket.socket(_socket.AF_UNIX)
        try:
            # The path may be longer than a socket's address can be; a name in a folder that is open is not.
            at = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                connection.connect(f"/proc/self/fd/{at}/attach")
            finally:
                os.close(at)
        except OSError as error:
            connection.close()
            raise WrongState(tr("the container is not running: nothing to attach to")) from error
        return cls(connection, tty=tty)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Go. What `exec` has added loses its terminal, or its input ends, unless `detach` came before."""
        self._frames.connection.close()

    def fileno(self) -> int:
        return self._frames.connection.fileno()

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more."""
        return self._frames.ended or self.code is not None

    @property
    def behind(self) -> bool:
        """Whether something is still to be sent; then no more should be typed."""
        return bool(self._frames.pending)

    def receive(self) -> Iterator[tuple[Literal["stdout", "stderr"], bytes]]:
        """What has come in, by its stream."""
        for kind, content in self._frames.receive():
            if kind == EXIT:
                self.code = int(content)
            elif kind in _STREAMS:
                yield _STREAMS[kind], content

    def type(self, content: bytes) -> None:
        """For its standard input."""
        self._send(STDIN, content)

    def end_input(self) -> None:
        """No more will be typed."""
        self._send(CLOSE, b"")

    def resize(self, size: TerminalSize) -> None:
        """Its terminal is as large as ours is now."""
        self._send(RESIZE, size.packed())

    def signal(self, number: int) -> None:
        """A signal for a process that `exec` has added."""
        self._send(SIGNAL, b"%d" % number)

    def detach(self) -> None:
        """Go, and leave it running."""
        self._frames.connection.setblocking(True)
        self._send(DETACH, b"")

    def flush(self) -> None:
        """Send what can be sent."""
        self._frames.flush()

    def _send(self, kind: int, content: bytes) -> None:
        self._frames.send(kind, content)
        self._frames.flush()


@contextmanager
def client(size: TerminalSize | None, *, tty: bool) -> Iterator[tuple[Client, ShimSession]]:
    """Both sides of a session to come: the one for a shim's plan, and ours, which is closed where an error comes."""
    ours, theirs = _socket.socketpair()  # the C half: the other brings enum classes, two milliseconds of each start
    session = ShimSession(ours, tty=tty)
    try:
        yield Client(theirs.fileno(), size), session
    except BaseException:
        session.close()
        raise
    finally:
        theirs.close()
