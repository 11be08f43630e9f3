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

TYPE_CHECKING = False  # as typing's, without its weight
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
else:  # we run by ourselves, without the package
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

PARTIAL = 16384  # a line without end is logged in pieces of this size
IDLE_MS = 100  # and when nothing more has come for so long: who follows the log wants to see the question asked


def now() -> str:
    """The time as RFC 3339 with nanoseconds."""
    ns = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z"


class Log:
    """Output as lines of `TIME STREAM F|P TEXT`; P where the text's own end of line is yet to come.

    A file in which the next line has no place becomes PATH.1, which becomes PATH.2, and so on; of `files` the oldest goes: so they never
    fill a disk. A file without an end: size 0.
    """

    def __init__(self, path: str, size: int = 0, files: int = 1) -> None:
        self.path, self.limit, self.files = path, size, files
        self.fd = -1
        self._begin()
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
        with SuppressOSError():  # a full disk must not stop the container
            while content:
                end = self._fitting(content)
                if not end:
                    self._rotate()
                    end = self._fitting(content) or len(content)
                self.size += os.write(self.fd, content[:end])
                content = content[end:]

    def _fitting(self, content: bytes) -> int:
        """How much of some lines the file takes: whole ones, and at its beginning one at least; 0 where it is full."""
        if not self.limit or self.size + len(content) <= self.limit:
            return len(content)
        whole = content.rfind(b"\n", 0, max(0, self.limit - self.size)) + 1
        return whole or (0 if self.size else content.find(b"\n") + 1)

    def _rotate(self) -> None:
        names = [self.path, *(f"{self.path}.{number}" for number in range(1, self.files))]
        for older, newer in zip(names[:0:-1], names[-2::-1], strict=True):
            with SuppressOSError():  # there may not be so many yet
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
    """The three descriptors a process starts with, and our ends of them.

    With a terminal it starts with none of ours: the terminal is made where the process will be, in its own /dev/pts, and
    our side of it is sent to us over `console`. Then we say so, that nobody may go on before the size is right.
    """

    def __init__(self, *, tty: bool, stdin: bool, size: bytes) -> None:
        self.outputs: dict[int, bytes] = {}
        self.input = -1
        self.tty, self.size = tty, size
        self.errors, err_theirs = os.pipe()
        if tty:
            # The runtime tells of its own troubles on standard error.
            null = os.open("/dev/null", os.O_RDWR | os.O_CLOEXEC)
            self.theirs = (null, null, err_theirs)
            return
        out, out_theirs = os.pipe()
        self.outputs = {out: b"stdout", self.errors: b"stderr"}
        # Where nothing is to be typed it is a pipe all the same, that has ended: by a descriptor of the host's /dev/null the
        # container's root could give that another mode.
        reading, self.input = os.pipe()
        if not stdin:
            os.close(self.input)
            self.input = -1
        self.theirs = (reading, out_theirs, err_theirs)

    def take_terminal(self, console: _socket.socket) -> None:
        """Our side of the terminal; nothing where the other side has gone without sending one."""
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
        """Let go of the process's ends."""
        for fd in set(self.theirs):
            os.close(fd)
        if self.tty:
            os.close(self.errors)
        if self.input >= 0:
            os.set_blocking(self.input, False)

    def complaint(self) -> bytes:
        """What the runtime said when it failed."""
        try:
            os.set_blocking(self.errors, False)
            return os.read(self.errors, 65536)
        except OSError:
            return b""

    def hang_up(self) -> None:
        """Take the terminal away from the process, which the kernel tells to all who use it; or end its input, where it has none."""
        if not self.tty:
            if self.input >= 0:
                os.close(self.input)
                self.input = -1
            return
        for fd in {self.input, *self.outputs} - {-1}:
            os.close(fd)
        self.outputs, self.input = {}, -1


class Loop:
    """Carries bytes between a process, its log and whoever is attached, until the process has ended.

    `once`: the process's input ends with that of somebody attached. `alone`: nobody else can attach, and when whoever is attached
    leaves without a word, the terminal goes too; without a terminal, its input ends.
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
        """Until every output has ended, which is when the last process of the container has.

        With `process`, a child of ours that `exec` has added, until that has: what it leaves running may hold its outputs open.
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
            if events == [(ended, select.POLLIN)]:  # and of what it wrote nothing is left to be read
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
        """Whether output is read: everybody attached takes what there is."""
        return not any(one.behind for one in self.attached.values())

    def poll_interest(self) -> "Iterator[tuple[int, int]]":
        """What to wait for: nothing that could not be passed on."""
        if not self.alone:
            yield self.listener.fileno(), select.POLLIN
        outputs = dict.fromkeys(self.stdio.outputs if self.awake else (), select.POLLIN)
        if self.typed and self.stdio.input >= 0:
            outputs[self.stdio.input] = outputs.get(self.stdio.input, 0) | select.POLLOUT
        yield from outputs.items()
        for fd, one in self.attached.items():
            yield fd, (0 if self.typed else select.POLLIN) | (select.POLLOUT if one.pending else 0)

    def read_output(self, fd: int) -> None:
        """What the process has written, to the log and to who is attached."""
        stream = self.stdio.outputs[fd]
        try:
            content = os.read(fd, 65536)
        except BlockingIOError:
            return
        except OSError:
            content = b""  # EIO: nobody holds the other side of the terminal
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
        """Send what can be sent; let go of who is gone."""
        one = self.attached[fd]
        if one.flush() and not one.ended:
            return
        while not one.ended:  # what it said last may still be unread
            self.take(one)
        one.connection.close()
        del self.attached[fd]
        if self.alone and not one.left:
            self.stdio.hang_up()

    def accept_client(self) -> None:
        """Somebody attaches."""
        with SuppressOSError():
            connection = accept_client(self.listener)
            self.attached[connection.fileno()] = Frames(connection)

    def serve(self, fd: int) -> None:
        """What somebody attached has sent, and can be sent."""
        self.take(self.attached[fd])
        self.update_interest(fd)

    def take(self, one: Frames) -> None:
        """What has come in from somebody."""
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
                os.kill(self.process, int(content))  # our child, not waited for yet: the pid is its own

    def type(self) -> None:
        """Hand on what was typed, as far as the process reads it."""
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
        """Tell the exit code to who is attached. A process of its own waits for who is slow, so that nobody waits for us."""
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
