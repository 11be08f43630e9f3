"""The shim's main sequence, from reading its plan to writing the exit code.

Part of the shim: standard library only, see `shim.py`.
"""

import _signal as signal  # type: ignore[import-not-found]
import fcntl
import os
import time

TYPE_CHECKING = False  # without importing typing
if TYPE_CHECKING:
    from layertui.core.shim.shim_event import DESTROY, DIE, START, ShimJournal
    from layertui.core.shim.shim_frames import SuppressOSError
    from layertui.core.shim.shim_io import Log, Loop, Stdio, now
    from layertui.core.shim.shim_start import (
        Failed,
        Plan,
        code_of,
        spawn,
        start_child,
        start_detached,
        start_joined,
        start_time,
    )
else:  # run as a script, without the package
    from shim_event import DESTROY, DIE, START, ShimJournal
    from shim_frames import SuppressOSError
    from shim_io import Log, Loop, Stdio, now
    from shim_start import Failed, Plan, code_of, spawn, start_child, start_detached, start_joined, start_time

HOLD_SECONDS = 10
STORE = "../../.."  # relative to a container's run folder


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
    if "remove" in plan and not os.path.lexists("kept"):  # `restart` starts it again
        remove_container()
        journal.append(DESTROY)
