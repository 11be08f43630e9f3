"""The shim's input and output: the container's output to its log, and bytes between it and attached clients.

Part of the shim: standard library only, see `shim.py`. A slow client is not disconnected: as in docker, the container's
process waits until all attached clients have taken its output.
"""

import _socket
import fcntl
import os
import select
import sys
import termios
import time

TYPE_CHECKING = False  # without importing typing
if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.shim.shim_frames import (
        CLOSE,
        DETACH,
        EXIT,
        RESIZE,
        SIGNAL,
        STDERR,
        STDIN,
        STDOUT,
        Frames,
        SuppressOSError,
        accept_client,
    )
else:  # run as a script, without the package
    from shim_frames import (
        CLOSE,
        DETACH,
        EXIT,
        RESIZE,
        SIGNAL,
        STDERR,
        STDIN,
        STDOUT,
        Frames,
        SuppressOSError,
        accept_client,
    )

PARTIAL = 16384  # bytes of an unfinished line after which it is logged in parts
IDLE_MS = 100  # or after so long without more output: a prompt must appear in the log


def now() -> str:
    """The current time as RFC 3339 with nanoseconds."""
    ns = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z"


class Log:
    """Writes output as lines of `TIME STREAM F|P TEXT`; P if the text's own end of line is not yet reached.

    A file that is too full for the next line becomes PATH.1, which becomes PATH.2, and so on; only `files` are kept. So they
    never fill a disk. With size 0 a file may grow without a limit.
    """

    def __init__(self, path: str, size: int = 0, files: int = 1) -> None:
        self.path, self.limit, self.files = path, size, files
        self.fd = -1
        self._begin()
        self.open = {b"stdout": b"", b"stderr": b""}

    def feed(self, stream: bytes, content: bytes) -> None:
        """Log what a stream has written; empty content means that it has ended."""
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
        """Whether some line is unfinished."""
        return any(self.open.values())

    def flush(self) -> None:
        """Log the unfinished lines."""
        for stream, rest in self.open.items():
            if rest:
                self._write(now().encode() + b" " + stream + b" P " + rest + b"\n")
                self.open[stream] = b""

    def _write(self, content: bytes) -> None:
        with SuppressOSError():  # a full disk must not stop the container
            while content:
                end = self._fitting(content)
                if not end:
                    self._rotate()
                    end = self._fitting(content) or len(content)
                self.size += os.write(self.fd, content[:end])
                content = content[end:]

    def _fitting(self, content: bytes) -> int:
        """How many bytes of some lines fit into the file: whole lines, but at least one in an empty file; 0 if it is full."""
        if not self.limit or self.size + len(content) <= self.limit:
            return len(content)
        whole = content.rfind(b"\n", 0, max(0, self.limit - self.size)) + 1
        return whole or (0 if self.size else content.find(b"\n") + 1)

    def _rotate(self) -> None:
        names = [self.path, *(f"{self.path}.{number}" for number in range(1, self.files))]
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            with SuppressOSError():  # there may be fewer files yet
                os.rename(newer, older)
        if self.files == 1:
            os.unlink(self.path)
        self._begin()

    def _begin(self) -> None:
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if self.fd >= 0:
            os.close(self.fd)
        self.fd, self.size = fd, os.fstat(fd).st_size


class Stdio:
    """The three standard streams of a process, and our ends of them.

    With a terminal the process starts with none of these: the terminal is made in its own /dev/pts, and its master is sent to
    us over `console`. We answer, so that the process does not continue before the terminal has its size.
    """

    def __init__(self, *, tty: bool, stdin: bool, size: bytes) -> None:
        self.outputs: dict[int, bytes] = {}
        self.input = -1
        self.tty, self.size = tty, size
        self.errors, err_theirs = os.pipe()
        if tty:
            # The runtime writes its own errors to standard error.
            null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
            self.theirs = (null, null, err_theirs)
            return
        out, out_theirs = os.pipe()
        self.outputs = {out: b"stdout", self.errors: b"stderr"}
        # Without input it is a pipe that has ended, not the host's /dev/null: the container's root could change the mode
        # of that through a descriptor.
        reading, self.input = os.pipe()
        if not stdin:
            os.close(self.input)
            self.input = -1
        self.theirs = (reading, out_theirs, err_theirs)

    def take_terminal(self, console: _socket.socket) -> None:
        """Receive the terminal's master; nothing if the other side has exited without sending it."""
        with SuppressOSError():
            _, sent, *_ = console.recvmsg(4096, _socket.CMSG_SPACE(4), _socket.MSG_CMSG_CLOEXEC)
            for _, _, rights in sent:
                master = int.from_bytes(rights[:4], sys.byteorder)
                if self.size:
                    fcntl.ioctl(master, termios.TIOCSWINSZ, self.size)
                self.outputs, self.input = {master: b"stdout"}, master
            console.send(b"\n")
        console.close()

    def started(self) -> None:
        """Close the process's ends."""
        for fd in set(self.theirs):
            os.close(fd)
        if self.tty:
            os.close(self.errors)
        if self.input >= 0:
            os.set_blocking(self.input, False)

    def complaint(self) -> bytes:
        """The runtime's error message."""
        try:
            os.set_blocking(self.errors, False)
            return os.read(self.errors, 65536)
        except OSError:
            return b""

    def hang_up(self) -> None:
        """Close the terminal, which sends SIGHUP to its processes; or end the input, if there is no terminal."""
        if not self.tty:
            if self.input >= 0:
                os.close(self.input)
                self.input = -1
            return
        for fd in {self.input, *self.outputs} - {-1}:
            os.close(fd)
        self.outputs, self.input = {}, -1


class Loop:
    """Copies bytes between a process, its log and the attached clients, until the process has ended.

    `once`: the process's input ends when a client closes its own. `alone`: only one client can attach; if it disconnects without
    DETACH, the terminal is closed, or the input ends.
    """

    def __init__(self, stdio: Stdio, log: Log, client: int, *, alone: bool, once: bool) -> None:
        self.stdio, self.log, self.alone, self.once = stdio, log, alone, once
        self.attached: dict[int, Frames] = {}
        self.typed = bytearray()
        self.closing = False
        self.process = -1
        self.listener = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        if not alone:
            self.listener.bind("attach")
            os.chmod("attach", 0o600)
            self.listener.listen(8)
            self.listener.setblocking(False)
        if client >= 0:
            self.attached[client] = Frames(_socket.socket(fileno=client))

    def run(self, process: int = -1) -> None:
        """Run until every output has ended, which is when the last process of the container has.

        With `process`, a child added by `exec`, run until that has ended: processes it leaves behind may keep its outputs open.
        """
        ended = os.pidfd_open(process) if process >= 0 and not self.stdio.tty else -1
        self.process = process
        while self.stdio.outputs:
            poll = select.poll()
            if ended >= 0 and self.awake:
                poll.register(ended, select.POLLIN)
            for fd, wish in self.poll_interest():
                poll.register(fd, wish)
            events = poll.poll(IDLE_MS if self.log.waits else None)
            if not events:
                self.log.flush()
            if events == [(ended, select.POLLIN)]:  # and none of its output is left to read
                break
            for fd, event in events:
                if fd in self.attached:
                    self.serve(fd)
                elif fd == self.listener.fileno():
                    self.accept_client()
                elif fd in self.stdio.outputs and event & ~select.POLLOUT:
                    self.read_output(fd)
            self.type()
        self.process = -1
        if ended >= 0:
            os.close(ended)

    @property
    def awake(self) -> bool:
        """Whether output is read: no attached client is slow."""
        return not any(one.behind for one in self.attached.values())

    def poll_interest(self) -> "Iterator[tuple[int, int]]":
        """The events to wait for: input is read only if it can be passed on."""
        if not self.alone:
            yield self.listener.fileno(), select.POLLIN
        outputs = dict.fromkeys(self.stdio.outputs if self.awake else (), select.POLLIN)
        if self.typed and self.stdio.input >= 0:
            outputs[self.stdio.input] = outputs.get(self.stdio.input, 0) | select.POLLOUT
        yield from outputs.items()
        for fd, one in self.attached.items():
            yield fd, (0 if self.typed else select.POLLIN) | (select.POLLOUT if one.pending else 0)

    def read_output(self, fd: int) -> None:
        """Read output, and write it to the log and the clients."""
        stream = self.stdio.outputs[fd]
        try:
            content = os.read(fd, 65536)
        except BlockingIOError:
            return
        except OSError:
            content = b""  # EIO: no process has the terminal open
        self.log.feed(stream, content)
        if content:
            for one in list(self.attached):
                self.attached[one].send(STDOUT if stream == b"stdout" else STDERR, content)
                self.update_interest(one)
            return
        del self.stdio.outputs[fd]
        if fd != self.stdio.input:
            os.close(fd)

    def update_interest(self, fd: int) -> None:
        """Send what can be sent; close disconnected clients."""
        one = self.attached[fd]
        if one.flush() and not one.ended:
            return
        while not one.ended:  # its last frames may still be unread
            self.take(one)
        one.connection.close()
        del self.attached[fd]
        if self.alone and not one.left:
            self.stdio.hang_up()

    def accept_client(self) -> None:
        """Attach a new client."""
        with SuppressOSError():
            connection = accept_client(self.listener)
            self.attached[connection.fileno()] = Frames(connection)

    def serve(self, fd: int) -> None:
        """Receive from a client and send to it."""
        self.take(self.attached[fd])
        self.update_interest(fd)

    def take(self, one: Frames) -> None:
        """Handle the frames of a client."""
        for kind, content in one.receive():
            if kind == STDIN:
                self.typed += content
            elif kind == CLOSE:
                self.closing = self.once
            elif kind == DETACH:
                one.left = True
            elif kind == RESIZE and self.stdio.tty and len(content) == 8:
                fcntl.ioctl(self.stdio.input, termios.TIOCSWINSZ, content)
            elif kind == SIGNAL and self.process >= 0:
                os.kill(self.process, int(content))  # our child, not waited for yet, so the pid is not reused

    def type(self) -> None:
        """Write input to the process, as far as it reads."""
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

    def finish(self, code: int) -> None:
        """Send the exit code to the clients. A process of its own waits for slow ones, so that the shim can go on."""
        for one in self.attached.values():
            one.send(EXIT, b"%d" % code)
        slow = [one for one in self.attached.values() if one.flush() and one.pending]
        if slow and not os.fork():
            for one in slow:
                one.connection.setblocking(True)
                one.flush()
            os._exit(0)
        for one in self.attached.values():
            one.connection.close()
        self.attached.clear()
