"""Joins the namespaces of a running container and becomes a command in it.

Run as `python -I -S join.py PLAN TOLD_FD`, never imported for its verbs. All that is needed must be imported before the
container's mount namespace is entered: from then on Python finds no modules, or worse, the container's.

The plan is NUL-separated key=value: pid, start_time, cgroup…, namespace…, uid, gid, group…, ids, capabilities, filter, cwd, place…,
arg…, env….
On TOLD_FD it tells why there was no execve: `exec ERRNO`, `chdir WHY` or `join WHY`; nothing if there was one.

With `tty` it does as an OCI runtime's `exec --detach --console-socket console --pid-file pid`: the command gets a terminal of
the container's own /dev/pts, our side of which is sent to that socket, and we end as soon as the command runs.
"""

import ctypes
import errno
import fcntl
import os
import signal
import socket
import struct
import sys
import termios

FLAGS = {
    "time": 0x80, "mnt": 0x20000, "cgroup": 0x2000000, "uts": 0x4000000, "ipc": 0x8000000, "user": 0x10000000,
    "pid": 0x20000000, "net": 0x40000000,
}  # fmt: skip
PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 22, 2
PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL = 38, 24, 47, 4
CAPABILITY_VERSION_3 = 0x20080522
TIOCSPTLCK, TIOCGPTPEER = 0x40045431, 0x5441

libc = ctypes.CDLL(None, use_errno=True)
Plan = dict[str, list[str]]


def call(name: str, *arguments: object) -> int:
    """A C function that says what went wrong."""
    if (result := int(getattr(libc, name)(*arguments))) < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def read_plan(path: str) -> Plan:
    """What this process is to do."""
    plan: Plan = {}
    with open(path, "rb") as file:
        for pair in os.fsdecode(file.read()).split("\0"):
            key, _, value = pair.partition("=")
            plan.setdefault(key, []).append(value)
    return plan


def enter(plan: Plan) -> None:
    """Into all namespaces at once: one by one, the first would take the right to the next."""
    pid = int(plan["pid"][0])
    for folder in plan.get("cgroup", ()):
        with open(f"{folder}/cgroup.procs", "wb", buffering=0) as members:
            members.write(b"0")
    pidfd = os.pidfd_open(pid)
    with open(f"/proc/{pid}/stat", "rb") as stat:
        if stat.read().rpartition(b")")[2].split()[19].decode() != plan["start_time"][0]:
            raise ProcessLookupError(errno.ESRCH, "the container has just ended")
    call("setns", pidfd, sum(FLAGS[kind] for kind in plan.get("namespace", ())))
    os.close(pidfd)


def confine(plan: Plan) -> None:
    """Nobody in the container may do more than its first process."""
    allowed, uid = int(plan["capabilities"][0]), int(plan["uid"][0])
    for bit in range(64):
        if not allowed >> bit & 1 and libc.prctl(PR_CAPBSET_DROP, bit, 0, 0, 0) < 0:
            break  # past the last one that the kernel knows
    if plan["ids"] != ["single"]:
        os.setgroups([int(group) for group in plan.get("group", ())])
        gid = int(plan["gid"][0])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
    low, high = (allowed & 0xFFFFFFFF, allowed >> 32) if uid == 0 else (0, 0)
    header = ctypes.create_string_buffer(struct.pack("<Ii", CAPABILITY_VERSION_3, 0))
    sets = ctypes.create_string_buffer(struct.pack("<6I", low, low, 0, high, high, 0))
    call("prctl", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    call("capset", header, sets)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if "filter" in plan:
        program = bytes.fromhex(plan["filter"][0])
        code = ctypes.create_string_buffer(program, len(program))
        described = ctypes.create_string_buffer(struct.pack("<H6xQ", len(program) // 8, ctypes.addressof(code)))
        call("prctl", PR_SET_SECCOMP, SECCOMP_MODE_FILTER, described, 0, 0)


def take_terminal(console: socket.socket) -> None:
    """A terminal for whom we are now, once its size is right; and a session, so that jobs can be controlled."""
    master = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    fcntl.ioctl(master, TIOCSPTLCK, bytes(4))
    slave = fcntl.ioctl(master, TIOCGPTPEER, os.O_RDWR | os.O_NOCTTY)
    socket.send_fds(console, [b"\0"], [master])
    console.recv(1)
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in (0, 1, 2):
        os.dup2(slave, number)
    os.close(slave)


def become(plan: Plan, told: int, console: socket.socket | None) -> None:
    """The child in the container's pid namespace becomes the command."""
    try:
        os.chdir(plan["cwd"][0])
    except OSError as error:
        os.write(told, f"chdir {plan['cwd'][0]}: {error.strerror}".encode())
        return
    confine(plan)
    if console is not None:
        take_terminal(console)
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(name, signal.SIG_DFL)
    os.umask(0o022)
    env = dict(pair.split("=", 1) for pair in plan.get("env", ()))
    worst = errno.ENOENT
    for place in plan.get("place", ()):
        try:
            os.execve(place, plan["arg"], env)  # noqa: S606
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR, None):
                worst = error.errno
    os.write(told, b"exec %d" % worst)


def add(plan: Plan, told: int, console: socket.socket | None) -> int:
    """Begin the command, and give its pid: the pid namespace is the children's."""
    child = os.fork()
    if not child:
        try:
            become(plan, told, console)
        except OSError as error:
            os.write(told, f"join {error.strerror}".encode())
        os._exit(127)
    return child


def stay(child: int) -> int:
    """The command's exit code, as a shell would say it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to the child as well
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda number, _: os.kill(child, number))
    status = os.waitpid(child, 0)[1]
    return os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)


def leave(plan: Plan, told: int) -> int:
    """Begin the command on a terminal, note its pid and go: 0 if it was executed."""
    # Before the mount namespace is entered, where these names would be others.
    with socket.socket(socket.AF_UNIX) as console, open("pid", "wb", buffering=0) as note:
        console.connect("console")
        enter(plan)
        answer, theirs = os.pipe()
        child = add(plan, theirs, console)
        os.close(theirs)
        if why := os.read(answer, 4096):
            os.write(told, why)
            os.waitpid(child, 0)
            return 126
        note.write(b"%d" % child)
    return 0


def main(plan_file: str, told_fd: int) -> int:
    """Join, and begin the command."""
    plan = read_plan(plan_file)
    told = os.dup(told_fd)
    if told_fd > 2:
        os.close(told_fd)
    try:
        if "tty" in plan:
            return leave(plan, told)
        enter(plan)
    except OSError as error:
        os.write(told, f"join {error.strerror}".encode())
        return 126
    child = add(plan, told, None)
    os.close(told)
    return stay(child)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
