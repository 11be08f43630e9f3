"""The protocol between a shim and its attached clients: frames of kind, length and content, over a socket.

Used by both sides. Part of the shim: standard library only, see `shim.py`.
"""

from _socket import socket  # what it lacks of Python's own costs each shim milliseconds and memory: see `shim.py`

BACKLOG = 1 << 18  # bytes that may wait to be sent before more is a mistake: the other side is slow
STDIN, STDOUT, STDERR = 0, 1, 2  # what was typed, what was written
RESIZE = 3  # a struct winsize
CLOSE = 4  # no more will be typed
DETACH = 5  # the other side goes, and means to
EXIT = 6  # the process has ended; its code in decimal
SIGNAL = 7  # for a process that `exec` has added; its number in decimal


class SuppressOSError:
    """`contextlib.suppress(OSError)`, without its weight."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, OSError)


def accept_client(listener: socket) -> socket:
    """Who has connected."""
    return socket(fileno=listener._accept()[0])  # type: ignore[attr-defined]  # noqa: SLF001


class Frames:
    """One side of such a socket. Never blocks: what the other side does not take yet waits in `pending`."""

    def __init__(self, connection: socket) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.received = bytearray()
        self.pending = bytearray()
        self.ended = False
        """The other side is gone, and all it sent was received."""
        self.left = False
        """It said that it would go."""

    @property
    def behind(self) -> bool:
        """Whether so much waits to be sent that no more should."""
        return len(self.pending) > BACKLOG

    def send(self, kind: int, content: bytes) -> None:
        self.pending += bytes([kind]) + len(content).to_bytes(4, "big") + content

    def flush(self) -> bool:
        """Send what can be sent; False where the other side is gone."""
        try:
            while self.pending:
                del self.pending[: self.connection.send(self.pending)]
        except BlockingIOError:
            return True
        except OSError:
            self.pending.clear()
            return False
        return True

    def receive(self) -> list[tuple[int, bytes]]:
        """Frames that have come in whole; none with `ended` set: there will be no more."""
        try:
            content = self.connection.recv(65536)
            self.ended = not content
        except BlockingIOError:
            return []
        except OSError:
            self.ended = True
            return []
        self.received += content
        found = []
        while len(self.received) >= 5 and len(self.received) >= (end := 5 + int.from_bytes(self.received[1:5], "big")):
            found.append((self.received[0], bytes(self.received[5:end])))
            del self.received[:end]
        return found
