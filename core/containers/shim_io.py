"""What a shim carries: the container's output to its log, and bytes between it and whoever is attached.

Part of the shim: standard library only, see `shim.py`.
"""

import contextlib
import fcntl
import os
import select
import socket
import termios
import time

PARTIAL = 16384  # a line without end is logged in pieces of this size
IDLE_MS = 100  # and when nothing more has come for so long: who follows the log wants to see the question asked
BACKLOG = 1 << 20  # bytes that an attached client may lag behind before it is let go
STDIN, STDOUT, STDERR, RESIZE, CLOSE = 0, 1, 2, 3, 4  # kinds of frames on the attach socket; a size is a struct winsize


def now() -> str:
    """The time as RFC 3339 with nanoseconds."""
    ns = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z"


class Log:
    """Output as lines of `TIME STREAM F|P TEXT`; P where the text's own end of line is yet to come."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.open = {b"stdout": b"", b"stderr": b""}

    def feed(self, stream: bytes, content: bytes) -> None:
        """What a stream has written; empty content: it has ended."""
        *lines, rest = (self.open[stream] + content).split(b"\n")
        ended = not content
        stamp = now().encode() + b" " + stream
        out = [stamp + b" F " + line + b"\n" for line in lines]
        while len(rest) >= PARTIAL or (ended and rest):
            out.append(stamp + b" P " + rest[:PARTIAL] + b"\n")
            rest = rest[PARTIAL:]
        self.open[stream] = rest
        self._write(b"".join(out))

    @property
    def waits(self) -> bool:
        """Whether some line's end is yet to come."""
        return any(self.open.values())

    def flush(self) -> None:
        """Log what there is of lines whose end does not come."""
        for stream, rest in self.open.items():
            if rest:
                self._write(now().encode() + b" " + stream + b" P " + rest + b"\n")
                self.open[stream] = b""

    def _write(self, content: bytes) -> None:
        with contextlib.suppress(OSError):  # a full disk must not stop the container
            os.write(self.fd, content)


class Stdio:
    """The three descriptors a container starts with, and our ends of them."""

    def __init__(self, *, tty: bool, stdin: bool, console: bool) -> None:
        self.outputs: dict[int, bytes] = {}
        self.input = -1
        self.console: socket.socket | None = None
        null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
        if tty and console:
            self.console = socket.socket(socket.AF_UNIX)
            self.console.bind("console")
            self.console.listen(1)
            # runc tells of its own troubles on standard error; the container gets its terminal.
            self.errors, theirs = os.pipe()
            self.theirs = (null, null, theirs)
        elif tty:
            master, slave = os.openpty()
            self.outputs, self.input = {master: b"stdout"}, master
            self.theirs = (slave, slave, slave)
            self.errors = master
        else:
            out, out_theirs = os.pipe()
            self.errors, err_theirs = os.pipe()
            self.outputs = {out: b"stdout", self.errors: b"stderr"}
            reading = null
            if stdin:
                reading, self.input = os.pipe()
            self.theirs = (reading, out_theirs, err_theirs)
        self.tty = tty

    def started(self) -> None:
        """Let go of the container's ends, and take the terminal that runc made."""
        for fd in set(self.theirs):
            os.close(fd)
        if self.console is not None:
            connection = self.console.accept()[0]
            master = socket.recv_fds(connection, 4096, 1)[1][0]
            connection.close()
            self.console.close()
            os.unlink("console")
            os.close(self.errors)
            self.outputs, self.input = {master: b"stdout"}, master

    def complaint(self) -> bytes:
        """What the runtime said when it failed."""
        try:
            os.set_blocking(self.errors, False)
            return os.read(self.errors, 65536)
        except OSError:
            return b""


class Attached:
    """Somebody who sees what the container writes and may type, over a socket of frames: kind, length, content."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.received = b""
        self.pending = bytearray()

    def send(self, kind: int, content: bytes) -> None:
        """Queue a frame; it goes out as the other side takes it."""
        self.pending += bytes([kind]) + len(content).to_bytes(4, "big") + content

    def flush(self) -> bool:
        """Send what can be sent; False where the other side is gone, or too far behind."""
        try:
            while self.pending:
                del self.pending[: self.connection.send(self.pending)]
        except BlockingIOError:
            return len(self.pending) < BACKLOG
        except OSError:
            return False
        return True

    def frames(self) -> list[tuple[int, bytes]] | None:
        """Frames that have come in whole; None at the end."""
        try:
            content = self.connection.recv(65536)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not content:
            return None
        self.received += content
        found = []
        while len(self.received) >= 5 and len(self.received) >= (end := 5 + int.from_bytes(self.received[1:5], "big")):
            found.append((self.received[0], self.received[5:end]))
            self.received = self.received[end:]
        return found


class Loop:
    """Carries bytes between the container, its log and whoever is attached, until the container has ended."""

    def __init__(self, stdio: Stdio, log: Log) -> None:
        self.stdio, self.log = stdio, log
        self.poll = select.poll()
        self.attached: dict[int, Attached] = {}
        self.typed = bytearray()
        self.closing = False
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind("attach")
        self.listener.listen(8)
        self.listener.setblocking(False)

    def watch(self) -> None:
        """Begin, once it is known by which descriptors the container writes and reads."""
        for fd in (self.listener.fileno(), *self.stdio.outputs):
            self.poll.register(fd, select.POLLIN)
        if self.stdio.input >= 0:
            os.set_blocking(self.stdio.input, False)

    def run(self) -> None:
        """Until every output has ended, which is when the last process of the container has."""
        while self.stdio.outputs:
            events = self.poll.poll(20 if self.typed else IDLE_MS if self.log.waits else None)
            if not events:
                self.log.flush()
            for fd, event in events:
                if fd in self.stdio.outputs and event & ~select.POLLOUT:
                    self.read_output(fd)
                elif fd == self.listener.fileno():
                    self.welcome()
                elif fd in self.attached:
                    self.serve(fd, event)
            self.type()

    def read_output(self, fd: int) -> None:
        """What the container has written, to the log and to who is attached."""
        stream = self.stdio.outputs[fd]
        try:
            content = os.read(fd, 65536)
        except BlockingIOError:
            return
        except OSError:
            content = b""  # EIO: nobody holds the other side of the terminal
        self.log.feed(stream, content)
        if content:
            self.tell(STDOUT if stream == b"stdout" else STDERR, content)
            return
        self.poll.unregister(fd)
        del self.stdio.outputs[fd]
        if fd != self.stdio.input:
            os.close(fd)

    def tell(self, kind: int, content: bytes) -> None:
        """One frame to everybody."""
        for fd, one in list(self.attached.items()):
            one.send(kind, content)
            self.settle(fd, well=one.flush())

    def settle(self, fd: int, *, well: bool) -> None:
        """Watch for room where something is still to be sent; let go of who is gone."""
        one = self.attached[fd]
        if well:
            self.poll.modify(fd, select.POLLIN | (select.POLLOUT if one.pending else 0))
            return
        self.poll.unregister(fd)
        one.connection.close()
        del self.attached[fd]

    def welcome(self) -> None:
        """Somebody attaches."""
        try:
            connection = self.listener.accept()[0]
        except OSError:
            return
        self.attached[connection.fileno()] = Attached(connection)
        self.poll.register(connection.fileno(), select.POLLIN)

    def serve(self, fd: int, event: int) -> None:
        """What somebody attached has sent, and can be sent."""
        one = self.attached[fd]
        frames = one.frames() if event & ~select.POLLOUT else []
        for kind, content in frames or ():
            if kind == STDIN:
                self.typed += content
            elif kind == CLOSE:
                self.closing = True
            elif kind == RESIZE and self.stdio.tty and len(content) == 8:
                fcntl.ioctl(self.stdio.input, termios.TIOCSWINSZ, content)
        self.settle(fd, well=frames is not None and one.flush())

    def type(self) -> None:
        """Hand on what was typed, as far as the container reads it."""
        if self.stdio.input < 0:
            self.typed.clear()
            return
        try:
            while self.typed:
                del self.typed[: os.write(self.stdio.input, self.typed)]
        except BlockingIOError:
            return
        except OSError:
            self.typed.clear()
        if self.closing and not self.typed and not self.stdio.tty:
            os.close(self.stdio.input)
            self.stdio.input = -1
