"""The shim's start of its container: the runtime as a child, and which process is the container's first one.

Part of the shim: standard library only, see `shim.py`.
"""

import _signal as signal  # type: ignore[import-not-found]
import _socket as socket
import fcntl
import os
import select
import sys

TYPE_CHECKING = False  # without importing typing
if TYPE_CHECKING:
    from ctypes import CDLL

    from layertui.core.shim.shim_frames import SuppressOSError, accept_client
    from layertui.core.shim.shim_io import Stdio
    from layertui.core.shim.shim_network import ShimNetwork
else:  # run as a script, without the package
    from shim_frames import SuppressOSError, accept_client
    from shim_io import Stdio

MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_EXEC = 1, 2, 16
SEALS = 15  # F_SEAL_SEAL, SHRINK, GROW and WRITE

Plan = dict[str, list[str]]


def start_time(pid: int) -> str:
    """When a process began, in clock ticks since boot: together with the pid, unique until a reboot.

    A copy of `stat_of` in `process_identity.py`, which cannot be imported here.
    """
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return stat.read().rpartition(b")")[2].split()[19].decode()


def parent_of(pid: int) -> int:
    """The process whose child this one is now."""
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return int(stat.read().rpartition(b")")[2].split()[1])


def adopt(pid: int) -> None:
    """Wait until a process that a runtime has left behind is our child.

    `crun run --detach` returns while the process that it has made the container with still runs, and only when that one
    has ended is the container's first process ours to wait for.
    """
    me, failed_at = os.getpid(), 1
    with SuppressOSError():  # it has ended
        while (maker := parent_of(pid)) != me:
            try:
                while (above := parent_of(maker)) != me:
                    maker = above
                os.waitpid(maker, 0)
            except OSError:
                # One of them ended while we looked, and its children got another parent: look again. Process 1, where it
                # ends too, has no parent: then it is another's for good.
                if maker in (1, failed_at):
                    return
                failed_at = maker


def read_all(fd: int) -> bytes:
    """Read everything to the end, and close the descriptor."""
    parts = []
    while part := os.read(fd, 65536):
        parts.append(part)
    os.close(fd)
    return b"".join(parts)


def sealed(path: str) -> int:
    """A copy of an executable in memory that cannot be written to; the open file itself, if the system has no memfd.

    So no executable of the host runs inside a container: see CVE-2019-5736.
    """
    source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    for flags in (
        MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC,
        MFD_CLOEXEC | MFD_ALLOW_SEALING,
    ):  # Linux before 6.3 knows only the second set of flags
        try:
            made = os.memfd_create("layertui", flags)
        except OSError:
            continue
        while os.sendfile(made, source, None, 1 << 20):
            pass
        os.fchmod(made, 0o555)
        fcntl.fcntl(made, fcntl.F_ADD_SEALS, SEALS)
        os.close(source)
        return made
    return source


def spawn(
    argv: list[str],
    stdio: Stdio | None,
    fds: dict[int, int],
    libc: "CDLL | None" = None,
    env: "dict[str, str] | None" = None,
) -> int:
    """Start a program with descriptors at these numbers; it inherits no others. With `libc`, it is killed when we exit.

    `env` is its environment; None: ours.
    """
    me = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        if libc is not None:
            libc.prctl(1, int(signal.SIGKILL), 0, 0, 0)  # PR_SET_PDEATHSIG
            if os.getppid() != me:
                os._exit(127)
        os.setsid()
        for name in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(name, signal.SIG_DFL)
        if stdio is not None:
            fds = {**fds, **dict(enumerate(stdio.theirs))}
        # First all to other numbers, since one may have the number that another needs.
        high = {number: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 32) for number, fd in fds.items()}
        for number, fd in high.items():
            os.dup2(fd, number, inheritable=True)
        if env is not None:
            os.execve(argv[0], argv, env)  # noqa: S606
        os.execvp(argv[0], argv)  # noqa: S606
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


class Failed(Exception):
    """The container did not start: the launcher's status report, and the runtime's error message."""

    def __init__(self, report: bytes, said: bytes) -> None:
        self.report, self.said = report, said


# Pid and start time of the container's first process; the child that ends with it; its network program, if any.
Started = tuple[str, str, int, "ShimNetwork | None"]


def connect(plan: Plan, pid: str) -> "ShimNetwork | None":
    """Start the network program of the plan, if there is one; it ends with us."""
    if "network" not in plan:
        return None
    import shim_network  # type: ignore[import-not-found]

    try:
        made: ShimNetwork = shim_network.connected(plan, pid, spawn)
    except OSError as error:
        raise Failed(b"", f"the network {plan['net'][0]}: {error.strerror}".encode()) from None
    return made


def start_child(plan: Plan, stdio: Stdio) -> Started:
    """Start a container with bwrap, which is our child and ends with the container."""
    status, status_theirs = os.pipe()
    info, info_theirs = os.pipe()
    block_theirs, block = os.pipe()
    launcher = sealed(plan["launcher"][0])
    console, console_theirs = socket.socketpair()
    theirs = (status_theirs, launcher, info_theirs, block_theirs, console_theirs.detach())
    child = spawn(plan["run"], stdio, dict(zip(map(int, plan["fds"]), theirs, strict=False)))
    for fd in theirs:
        os.close(fd)
    said = read_all(info).partition(b'"child-pid":')[2].replace(b"}", b",").partition(b",")[0].strip().decode()
    began, network = "", None
    try:
        if said:
            began = start_time(int(said))  # now, while it waits: later it may have ended already
            if "uid_map" in plan:
                map_ids(plan, said)
            for folder in plan.get("cgroup", ()):
                with open(folder + "/cgroup.procs", "wb", buffering=0) as members:
                    members.write(said.encode())
            os.write(block, b"\n")
        if "network" in plan and console.recv(1):  # the launcher waits, and bwrap has made all namespaces
            network = connect(plan, said)
            console.send(b"\n")
    except (OSError, Failed) as error:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        if isinstance(error, OSError):
            raise Failed(b"", f"the container got no ids or limits: {error.strerror}".encode()) from None
        raise
    if stdio.tty:
        stdio.take_terminal(console)
    report = read_all(status)
    os.close(block)
    if report[:1] == b"\xff" and report[-1:] != b"\xfe":
        return said, began, child, network
    os.waitpid(child, 0)
    raise Failed(report, stdio.complaint())


def map_ids(plan: Plan, pid: str) -> None:
    """Map the IDs of the runtime's user namespace: by writing the maps, or without that right by setuid programs."""
    for kind in ("uid_map", "gid_map"):
        if program := plan.get("new" + kind.replace("_", "")):
            argv = [program[0], pid, *" ".join(plan[kind]).split()]
            if os.waitpid(spawn(argv, None, {}), 0)[1]:
                raise OSError(0, f"{argv[0]} failed")
        else:
            with open(f"/proc/{pid}/{kind}", "wb", buffering=0) as file:
                file.write("\n".join(plan[kind]).encode())


def start_detached(plan: Plan, stdio: Stdio) -> Started:
    """Start a container with an OCI runtime; its first process becomes our child when the runtime exits."""
    import ctypes

    libc = ctypes.CDLL(None)
    libc.prctl(36, 1, 0, 0, 0)  # PR_SET_CHILD_SUBREAPER
    console = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if stdio.tty:
        console.bind("console")
        os.chmod("console", 0o600)
        console.listen(1)
    runtime = spawn(plan["run"], stdio, {}, libc)
    if stdio.tty:
        watch = select.poll()
        for fd in (console.fileno(), ended := os.pidfd_open(runtime)):
            watch.register(fd, select.POLLIN)
        if any(fd == console.fileno() for fd, _ in watch.poll()):
            stdio.take_terminal(accept_client(console))
        os.close(ended)
    console.close()
    if os.waitpid(runtime, 0)[1]:
        raise Failed(b"", stdio.complaint())
    with open("pid", encoding="ascii") as file:
        pid = file.read().strip()
    adopt(int(pid))
    began, network = start_time(int(pid)), connect(plan, pid)
    if "begin" in plan and os.waitpid(spawn(plan["begin"], stdio, {}, libc), 0)[1]:
        raise Failed(b"", stdio.complaint())
    return pid, began, int(pid), network


def start_joined(plan: Plan, stdio: Stdio) -> Started:
    """Start a process that the launcher adds to a container of bwrap; it becomes our child, too."""
    pid, target, cgroups = plan["join"][0], -1, []
    try:
        target = os.pidfd_open(int(pid))
        began = start_time(int(pid))  # the process holds: its pid is not reused before we read this
        cgroups = [os.open(folder + "/cgroup.procs", os.O_WRONLY | os.O_CLOEXEC) for folder in plan.get("cgroup", ())]
    except OSError:
        began = ""
    if began != plan["join_start_time"][0]:
        raise Failed(b"", b"the container has just ended")
    status, status_theirs = os.pipe()
    note, note_theirs = os.pipe()
    console, console_theirs = socket.socketpair()
    theirs = (status_theirs, sealed(plan["launcher"][0]), target, note_theirs, console_theirs.detach(), *cgroups)
    numbers = dict(zip(map(int, plan["fds"]), theirs, strict=False))
    launcher = spawn([f"/proc/self/fd/{plan['fds'][1]}"], stdio, numbers, env={})
    for fd in theirs:
        os.close(fd)
    made = int.from_bytes(read_all(note), sys.byteorder)
    os.waitpid(launcher, 0)
    if stdio.tty:
        stdio.take_terminal(console)
    report = read_all(status)
    if made and report[:1] == b"\xff" and report[-1:] != b"\xfe":
        return str(made), start_time(made), made, None
    if made:
        os.waitpid(made, 0)
    raise Failed(report, stdio.complaint())


def code_of(child: int) -> int:
    """The exit code as a shell reports it."""
    while True:
        try:
            status = os.waitpid(child, 0)[1]
        except InterruptedError:
            continue
        except ChildProcessError:
            return 255
        return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
