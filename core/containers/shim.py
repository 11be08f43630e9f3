"""One small process a container: it starts the runtime, keeps output and exit code, and outlives layertui.

Run as `python -I -S shim.py`, never imported for its verbs, and made of the standard library's smallest parts: each module
more is memory times containers. So no json, no subprocess, no logging; records are written as text by hand.

    shim.py FOLDER      FOLDER/plan says what to do: NUL-separated key=value, a key that comes again makes a list

    run=…               the runtime's command line
    kind=child          the runtime is our child and ends with the container's code (bwrap)
    kind=detached       it ends when the container runs; FOLDER/pid names the process to wait for (runc)
    fds=…               four numbers: the descriptors by which the runtime gets the next four
    launcher=FILE       first: the status, on which the launcher tells whether the command was executed; second: the launcher;
                        third: what the runtime tells of itself; fourth: until it can be read from, the runtime waits
    uid_map=, gid_map=  written for the runtime's user namespace; newuidmap=, newgidmap=: the programs to do so
    cleanup=…           run when the container has ended
    remove=             then remove the container, as soon as nobody holds FOLDER/../hold any more
    tty=, stdin=        a pseudo terminal; standard input stays open

What it leaves in FOLDER: `state` as soon as the container runs, `exit` when it has ended, `../log`. On its own standard output,
once: `ok`, or `failed TOLD` and the runtime's own words, and then there is no `state`.
"""

import contextlib
import fcntl
import os
import select
import signal
import socket
import sys
import termios
import time

PARTIAL = 16384  # a line without end is logged in pieces of this size
IDLE_MS = 100  # and when nothing more has come for so long: who follows the log wants to see the question asked
HOLD_SECONDS = 10
BACKLOG = 1 << 20  # bytes that an attached client may lag behind before it is let go
STDIN, STDOUT, STDERR, RESIZE, CLOSE = 0, 1, 2, 3, 4  # kinds of frames on the attach socket; a size is a struct winsize

Plan = dict[str, list[str]]


def now() -> str:
    """The time as RFC 3339 with nanoseconds."""
    ns = time.time_ns()
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z"


def write_whole(name: str, text: str, *, synced: bool = False) -> None:
    """The file is whole or not there; `synced`, also after a crash of the machine."""
    fd = os.open(name + ".new", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    os.write(fd, text.encode())
    os.ftruncate(fd, len(text))
    if synced:
        os.fsync(fd)
    os.close(fd)
    os.rename(name + ".new", name)


def reserve(name: str) -> None:
    """Room for a file to be written later, when the disk may be full."""
    fd = os.open(name + ".new", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with contextlib.suppress(OSError):  # not every file system can
        os.posix_fallocate(fd, 0, 256)
    os.close(fd)


def start_time(pid: int) -> str:
    """When a process began, in clock ticks since boot: with the pid, an identity that does not come again."""
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return stat.read().rpartition(b")")[2].split()[19].decode()


def read_all(fd: int) -> bytes:
    """Everything up to the end; the descriptor is closed."""
    parts = []
    while part := os.read(fd, 65536):
        parts.append(part)
    os.close(fd)
    return b"".join(parts)


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


def spawn(argv: list[str], stdio: Stdio | None, fds: dict[int, int]) -> int:
    """Start a program with these descriptors under the numbers given; it inherits no others."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        for name in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(name, signal.SIG_DFL)
        if stdio is not None:
            fds = {**fds, **dict(enumerate(stdio.theirs))}
        # First all out of the way, since one may lie at the number of another.
        high = {number: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 32) for number, fd in fds.items()}
        for number, fd in high.items():
            os.dup2(fd, number, inheritable=True)
        if stdio is not None and stdio.tty and stdio.console is None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        os.execvp(argv[0], argv)  # noqa: S606
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


class Failed(Exception):
    """The container did not start: what the launcher told, and what the runtime said."""

    def __init__(self, told: bytes, said: bytes) -> None:
        self.told, self.said = told, said


Started = tuple[str, str, int]  # pid and start time of the container's first process; the child that ends with it


def start_child(plan: Plan, stdio: Stdio) -> Started:
    """For bwrap, which is our child and ends with the container."""
    status, status_theirs = os.pipe()
    info, info_theirs = os.pipe()
    block_theirs, block = os.pipe()
    launcher = os.open(plan["launcher"][0], os.O_RDONLY | os.O_CLOEXEC)
    fds = dict(zip(map(int, plan["fds"]), (status_theirs, launcher, info_theirs, block_theirs), strict=True))
    child = spawn(plan["run"], stdio, fds)
    for fd in fds.values():
        os.close(fd)
    said = read_all(info).partition(b'"child-pid":')[2].replace(b"}", b",").partition(b",")[0].strip().decode()
    began = ""
    try:
        if said:
            began = start_time(int(said))  # now, while it waits: it may be over before we are told that it ran
            if "uid_map" in plan:
                map_ids(plan, said)
            os.write(block, b"\n")
    except OSError as error:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        raise Failed(b"", f"the user namespace got no ids: {error.strerror}".encode()) from None
    told = read_all(status)
    os.close(block)
    if told[:1] == b"\xff" and told[-1:] != b"\xfe":
        return said, began, child
    os.waitpid(child, 0)
    raise Failed(told, stdio.complaint())


def map_ids(plan: Plan, pid: str) -> None:
    """Give the runtime's user namespace its ids: by writing them, or where that is not ours to do through setuid programs."""
    for kind in ("uid_map", "gid_map"):
        if program := plan.get("new" + kind.replace("_", "")):
            argv = [program[0], pid, *" ".join(plan[kind]).split()]
            if os.waitpid(spawn(argv, None, {}), 0)[1]:
                raise OSError(0, f"{argv[0]} failed")
        else:
            with open(f"/proc/{pid}/{kind}", "wb", buffering=0) as file:
                file.write("\n".join(plan[kind]).encode())


def start_detached(plan: Plan, stdio: Stdio) -> Started:
    """For OCI runtimes; the container's first process becomes our child as the runtime ends."""
    import ctypes

    ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    runtime = spawn(plan["run"], stdio, {})
    if os.waitpid(runtime, 0)[1]:
        raise Failed(b"", stdio.complaint())
    with open("pid", encoding="ascii") as file:
        pid = file.read().strip()
    return pid, start_time(int(pid)), int(pid)


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


def read_plan() -> Plan:
    """What this process is to do."""
    plan: Plan = {}
    with open("plan", "rb") as file:
        for pair in os.fsdecode(file.read()).split("\0"):
            key, _, value = pair.partition("=")
            plan.setdefault(key, []).append(value)
    return plan


def write_state(pid: str, began: str) -> None:
    """Who runs, as an identity that holds across reused pids and reboots."""
    me = os.getpid()
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    fields = f'"pid":{pid},"start_time":{began},"shim":{me},"shim_start_time":{start_time(me)}'
    reserve("exit")
    write_whole("state", f'{{{fields},"boot_id":"{boot}","started":"{now()}"}}\n')


def code_of(child: int) -> int:
    """The exit code as a shell would say it."""
    while True:
        try:
            status = os.waitpid(child, 0)[1]
        except InterruptedError:
            continue
        except ChildProcessError:
            return 255
        return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def end(plan: Plan, code: int) -> None:
    """Leave the exit code, and no trace of the runtime."""
    if cleanup := plan.get("cleanup"):
        os.waitpid(spawn(cleanup, None, {}), 0)
    for _ in range(60):
        try:
            write_whole("exit", f'{{"code":{code},"finished":"{now()}"}}\n', synced="remove" not in plan)
            break
        except OSError:
            time.sleep(1)  # somebody may make room, and no other place is left to tell the code
    os.unlink("attach")
    if "remove" in plan:
        remove_container()


def remove_container() -> None:
    """What `records.remove` does, for a container that was to go with its end."""
    import shutil

    held = os.open("../hold", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    for _ in range(HOLD_SECONDS * 20):
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            time.sleep(0.05)
    container = os.path.basename(os.path.dirname(os.getcwd()))
    os.chdir("../..")
    lock = os.open("lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    for name in os.listdir("names"):
        if os.readlink(f"names/{name}").endswith(container):
            os.unlink(f"names/{name}")
    with contextlib.suppress(OSError):  # somebody was quicker
        os.rename(container, f".gone-{container}")
    os.close(lock)

    def make_way(_: object, path: str, __: object) -> None:
        os.chmod(os.path.dirname(path), 0o700)  # the overlay leaves a folder of mode 000
        os.chmod(path, 0o700)
        shutil.rmtree(path, ignore_errors=True)

    shutil.rmtree(f".gone-{container}", onerror=make_way)
    shutil.rmtree(f".gone-{container}", ignore_errors=True)


def tell(word: bytes) -> None:
    """The one answer to who started us."""
    os.write(1, word)
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)


def settle(plan: Plan, stdio: Stdio, pid: str, began: str) -> None:
    """Note what runs; what cannot be noted is not left running."""
    try:
        stdio.started()
        write_state(pid, began)
    except OSError as error:
        os.kill(int(pid), signal.SIGKILL)
        if cleanup := plan.get("cleanup"):
            os.waitpid(spawn(cleanup, None, {}), 0)
        raise Failed(b"", (error.strerror or str(error)).encode()) from None


def main(folder: str) -> None:
    """Start the container, and stay until it has ended."""
    os.chdir(folder)
    if os.fork():
        return None
    os.setsid()
    # A machine going down signals everybody: the container gets its own signal, and we stay to write its exit code.
    for name in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    plan = read_plan()
    log = Log(os.open("../log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600))
    detached = plan["kind"] == ["detached"]
    stdio = Stdio(tty="tty" in plan, stdin="stdin" in plan, console=detached)
    loop = Loop(stdio, log)
    try:
        pid, began, child = (start_detached if detached else start_child)(plan, stdio)
        settle(plan, stdio, pid, began)
    except Failed as failure:
        os.unlink("attach")
        return tell(b"failed " + failure.told.hex().encode() + b" " + failure.said)
    loop.watch()
    tell(b"ok")
    loop.run()
    end(plan, code_of(child))
    return None


if __name__ == "__main__":
    main(sys.argv[1])
