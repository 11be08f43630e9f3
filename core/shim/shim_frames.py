"""The protocol between a shim and its attached clients: frames of kind, length and content, over a socket.

Used by both sides. Part of the shim: standard library only, see `shim.py`.
"""

from _socket import socket  # the Python part of `socket` costs each shim milliseconds and memory: see `shim.py`

BACKLOG = 1 << 18  # bytes waiting to be sent, above which nothing more is queued: the other side is slow
STDIN, STDOUT, STDERR = 0, 1, 2  # input; outputs
RESIZE = 3  # a struct winsize
CLOSE = 4  # end of input
DETACH = 5  # the other side disconnects on purpose
EXIT = 6  # the process has ended; its exit code in decimal
SIGNAL = 7  # a signal for a process of `exec`; its number in decimal


class SuppressOSError:
    """`contextlib.suppress(OSError)`, without its import."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool:
        return kind is not None and issubclass(kind, OSError)


def accept_client(listener: socket) -> socket:
    """The connection of a new client."""
    return socket(fileno=listener._accept()[0])  # type: ignore[attr-defined]  # noqa: SLF001


class Frames:
    """One side of the connection. Never blocks: what the other side has not accepted yet is in `pending`."""

    def __init__(self, connection: socket) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.received = bytearray()
        self.pending = bytearray()
        self.ended = False
        """The other side has closed the connection, and everything it sent was received."""
        self.left = False
        """The other side sent DETACH."""

    @property
    def behind(self) -> bool:
        """Whether so much is waiting to be sent that nothing more should be queued."""
        return len(self.pending) > BACKLOG

    def send(self, kind: int, content: bytes) -> None:
        self.pending += bytes([kind]) + len(content).to_bytes(4, "big") + content

    def flush(self) -> bool:
        """Send what can be sent; False if the connection is closed."""
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
        """The frames that are complete; with `ended` set, there will be no more."""
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
