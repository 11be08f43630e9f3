"""The shim's main sequence, from reading its plan to writing the exit code.

Part of the shim: standard library only, see `shim.py`.
"""

import _signal as signal  # type: ignore[import-not-found]
import _socket as socket
import fcntl
import os
import select
import sys
import time

TYPE_CHECKING = False  # without importing typing
if TYPE_CHECKING:
    from ctypes import CDLL

    from layertui.core.shim.shim_event import DESTROY, DIE, START, ShimJournal
    from layertui.core.shim.shim_frames import SuppressOSError, accept_client
    from layertui.core.shim.shim_io import Log, Loop, Stdio, now
    from layertui.core.shim.shim_network import ShimNetwork
else:  # run as a script, without the package
    from shim_event import DESTROY, DIE, START, ShimJournal
    from shim_frames import SuppressOSError, accept_client
    from shim_io import Log, Loop, Stdio, now

HOLD_SECONDS = 10
MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_EXEC = 1, 2, 16
SEALS = 15  # F_SEAL_SEAL, SHRINK, GROW and WRITE
STORE = "../../.."  # relative to a container's run folder

Plan = dict[str, list[str]]


def write_whole(name: str, text: str, *, synced: bool = False) -> None:
    """Write a file atomically; `synced`, also in case of a crash of the machine."""
    fd = os.open(name + ".new", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    os.write(fd, text.encode())
    os.ftruncate(fd, len(text))
    if synced:
        os.fsync(fd)
    os.close(fd)
    os.rename(name + ".new", name)


def reserve(name: str) -> None:
    """Reserve space for a file that is written later, when the disk may be full."""
    fd = os.open(name + ".new", os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with SuppressOSError():  # not every file system supports it
        os.posix_fallocate(fd, 0, 256)
    os.close(fd)


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
    me = os.getpid()
    with SuppressOSError():  # it is another's for good, or gone
        while (maker := parent_of(pid)) != me:
            while (above := parent_of(maker)) != me:
                maker = above  # ends at process 1, which has no parent to read
            os.waitpid(maker, 0)


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


def read_plan() -> Plan:
    """The plan of this shim, by key."""
    plan: Plan = {}
    with open("plan", "rb") as file:
        for pair in os.fsdecode(file.read()).split("\0"):
            key, _, value = pair.partition("=")
            plan.setdefault(key, []).append(value)
    return plan


def write_state(pid: str, began: str) -> None:
    """Write the identity of the container's process, unique across reused pids and reboots."""
    me = os.getpid()
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip()
    fields = f'"pid":{pid},"start_time":{began},"shim":{me},"shim_start_time":{start_time(me)}'
    reserve("exit")
    write_whole("state", f'{{{fields},"boot_id":"{boot}","started":"{now()}"}}\n')


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


def cgroups_are_gone(record: str) -> bool:
    """Remove the container's cgroups, from runc's record, and report whether they are gone. `runc delete` waits much longer."""
    try:
        with open(record, "rb") as file:  # Go's JSON; a parser would cost each shim milliseconds and memory
            listed = file.read().partition(b'"cgroup_paths":{')[2].partition(b"}")[0].split(b'"')[3::4]
        for cgroup in listed:
            if os.path.isdir(cgroup):
                os.rmdir(cgroup)
        if listed:
            os.unlink(record)
            os.rmdir(os.path.dirname(record))
    except OSError:
        return False  # a process is still in one
    return bool(listed)


def was_out_of_memory(plan: Plan) -> bool:
    """Whether the kernel has killed a process of the container for lack of memory, as far as its cgroup shows."""
    for name in plan.get("oom", ()):
        with SuppressOSError(), open(name, "rb") as counts:
            words = counts.read().split()
            if b"oom_kill" in words and words[words.index(b"oom_kill") + 1] != b"0":
                return True
    return False


def clean_up(plan: Plan) -> None:
    """Remove everything of the runtime."""
    if "record" in plan and cgroups_are_gone(plan["record"][0]):
        return
    if cleanup := plan.get("cleanup"):
        os.waitpid(spawn(cleanup, None, {}), 0)


def end(plan: Plan, code: int) -> ShimJournal:
    """Write the exit code and its event, and remove everything of the runtime."""
    oom = ',"oom_killed":true' if was_out_of_memory(plan) else ""
    clean_up(plan)
    for _ in range(60):
        try:
            write_whole("exit", f'{{"code":{code},"finished":"{now()}"{oom}}}\n', synced="remove" not in plan)
            break
        except OSError:
            time.sleep(1)  # perhaps space is freed; the exit code cannot be stored anywhere else
    journal = ShimJournal(STORE)
    journal.read()
    journal.append(DIE, code)
    return journal


def leave_no_trace() -> None:
    """Remove our own folder, which no other process uses."""
    for name in os.listdir("."):
        os.unlink(name)
    os.rmdir(os.getcwd())


def stop_waiting(*_: object) -> None:
    """The signal handler that ends the wait for a lock."""
    raise OSError(0, "")


def remove_container() -> None:
    """As `records.remove` does, for a container with `--rm`."""
    from shim_remove import remove_at  # type: ignore[import-not-found]

    held = os.open("../hold", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    signal.signal(signal.SIGALRM, stop_waiting)
    signal.alarm(HOLD_SECONDS)
    with SuppressOSError():
        fcntl.flock(held, fcntl.LOCK_EX)
    signal.alarm(0)
    lock = os.open("../../lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    container = os.path.basename(os.path.dirname(os.getcwd()))
    if container.startswith(".gone-"):
        return  # another process was faster, and removes it
    os.chdir("../..")
    with SuppressOSError():
        os.rename(container, f".gone-{container}")
    for name in os.listdir("names"):
        if os.readlink(f"names/{name}").endswith(container):
            os.unlink(f"names/{name}")
    os.close(lock)

    with SuppressOSError():  # any rest is swept later
        remove_at(os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), f".gone-{container}")


def answer_parent(word: bytes) -> None:
    """Send the one answer to the parent."""
    os.write(1, word)
    null = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)


def finish_setup(plan: Plan, stdio: Stdio, pid: str, began: str) -> None:
    """Record what runs; if that fails, kill it."""
    try:
        stdio.started()
        if "alone" in plan:
            return
        write_state(pid, began)
        journal = ShimJournal(STORE)
        journal.read()
        journal.append(START)
    except OSError as error:
        os.kill(int(pid), signal.SIGKILL)
        clean_up(plan)
        raise Failed(b"", (error.strerror or str(error)).encode()) from None


STARTS = {"child": start_child, "detached": start_detached, "joined": start_joined}


def main(folder: str) -> None:
    """Start the container, and stay until it has ended."""
    if os.read(0, 2) != b"go":  # the parent cancelled, or died
        return
    os.chdir(folder)
    if os.fork():
        return
    os.setsid()
    os.umask(0o022)  # not the parent's: files that runc makes in a container have modes of their own
    # A shutdown signals every process: the container gets its own signal, and we stay to write its exit code.
    for name in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    plan = read_plan()
    log = Log(plan["log"][0], *(int(plan[key][0]) for key in ("log_size", "log_files") if key in plan))
    stdio = Stdio(tty="tty" in plan, stdin="stdin" in plan, size=bytes.fromhex("".join(plan.get("size", ()))))
    client = int(plan["client"][0]) if "client" in plan else -1
    if client >= 0:
        os.set_inheritable(client, False)
    loop = Loop(stdio, log, client, alone="alone" in plan, once=plan.get("stdin") != ["open"])
    try:
        pid, began, child, network = STARTS[plan["kind"][0]](plan, stdio)
        finish_setup(plan, stdio, pid, began)
    except Failed as failure:
        if "alone" in plan:
            leave_no_trace()
        else:
            os.unlink("attach")
        answer_parent(b"failed " + failure.report.hex().encode() + b" " + failure.said)
        return
    answer_parent(b"ok")
    if "alone" in plan:
        loop.run(child)
        code = code_of(child)
        journal = ShimJournal(STORE + "/../..")
        journal.read()
        journal.append(DIE, code)
        loop.finish(code)
        leave_no_trace()
        loop.run()  # processes that it left behind may still write
        return
    loop.run()
    code = code_of(child)
    if network is not None:
        network.end()  # before the end is visible: the next start may need its ports
    journal = end(plan, code)
    loop.finish(code)
    os.unlink("attach")
    if "remove" in plan:
        remove_container()
        journal.append(DESTROY)
