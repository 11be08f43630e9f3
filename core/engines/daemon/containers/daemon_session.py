"""DaemonSession: a Session whose other end is a daemon: the connection of an `attach` or an `exec`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Self

from layertui.core.engines.daemon.api_json.stream_frames import Stream, StreamFrames
from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.containers.model.session import TerminalSize
    from layertui.core.engines.daemon.containers.hijacked_socket import HijackedSocket


class DaemonSession:
    """See Session. Requests to the daemon are made by a thread, and for the exit code once the process has ended."""

    takes_signals = False

    def __init__(
        self,
        connection: HijackedSocket,
        *,
        tty: bool,
        ends_input: bool = True,
        resize: Callable[[TerminalSize], object],
        code: Callable[[], int | None],
    ) -> None:
        """`resize` and `code` ask the daemon. Not `ends_input`: the input of the process goes on when ours has ended.

        A daemon then has nothing to end, but would end the output too.
        """
        self._connection, self.tty, self._ends_input = connection, tty, ends_input
        self._frames = StreamFrames(framed=not tty)
        self._sizes, self._code = _Sizes(resize), code
        self._pending = bytearray()
        self._input_ends = False
        self._known: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._sizes.end()
        self._connection.close()

    def fileno(self) -> int:
        return self._connection.fileno()

    @property
    def ended(self) -> bool:
        return self._connection.ended

    @property
    def behind(self) -> bool:
        return bool(self._pending)

    @property
    def code(self) -> int | None:
        if self._known is None and self.ended:
            self._known = self._code()
        return self._known

    def receive(self) -> Iterator[tuple[Stream, bytes]]:
        yield from self._frames.feed(self._connection.receive())

    def type(self, content: bytes) -> None:
        self._pending += content
        self.flush()

    def end_input(self) -> None:
        self._input_ends = self._ends_input
        self.flush()

    def resize(self, size: TerminalSize) -> None:
        self._sizes.put(size)

    def signal(self, number: int) -> None:
        """Raises LayertuiError: no daemon can do it, which `takes_signals` says before."""
        raise LayertuiError(tr("a daemon sends no signals to processes that `exec` has added"))

    def detach(self) -> None:
        """The connection is closed: a daemon goes on without it."""

    def flush(self) -> None:
        while self._pending:
            sent = self._connection.send(self._pending)
            if sent is None:
                self._pending.clear()
            elif sent:
                del self._pending[:sent]
            else:
                return
        if self._input_ends:
            self._input_ends = False
            self._connection.end_output()


class _Sizes:
    """Sends the daemon each size of the terminal, in a thread. Safe in a signal handler, as SimpleQueue is."""

    def __init__(self, send: Callable[[TerminalSize], object]) -> None:
        self._send = send
        self._waiting: SimpleQueue[TerminalSize | None] = SimpleQueue()
        self._thread: Thread | None = None

    def put(self, size: TerminalSize) -> None:
        self._waiting.put(size)
        if self._thread is None:
            self._thread = Thread(target=self._run, daemon=True)
            self._thread.start()

    def end(self) -> None:
        self._waiting.put(None)

    def _run(self) -> None:
        while (size := self._waiting.get()) is not None:
            self._send(size)
