"""The program that bwrap runs first, and that executes the container's command: system calls as a static executable.

bwrap creates namespaces and mounts, and then executes a program in the container's root filesystem. Before the command,
groups, user and capabilities must be set, and a failed exec must be distinguished from a program that fails. The image's
programs cannot be trusted with that, and no dynamic program of the host can be loaded there. So the steps are machine code
(`machine_code.py`): each is one system call with constant arguments, and the last ones are an execve of each path where
the command may be.

The same program adds a process to a running container (`JoinPlan`). Its first steps, outside, enter the namespaces and fork
a child in them. It protects itself from the container until the execve like runc's init:
  - it is not dumpable, before it enters and after each change of IDs, so that no process inside can trace it, or read
    its memory, environment, descriptors or executable through /proc (CVE-2016-9962, CVE-2019-5736);
  - it starts with an empty environment, from a sealed copy in memory that nothing can write to, and a command that
    names `/proc/self/exe` finds only that copy;
  - the child has only its three standard streams and the status descriptor, which its execve closes.

Bytes on its status descriptor, which no later program inherits:
    nothing             the runtime failed before this program ran
    READY               all steps and the execve succeeded
    READY, errno, …     the same; the command was not at the first paths of PATH
    …, NOT_FOUND        it was at none of the paths
    N, errno            a step failed: the system call of number N in _NAMES
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from layertui.core.containers.runtimes.launcher.machine_code import Argument, MachineCode, machine

READY, NOT_FOUND = 0xFF, 0xFE  # no step and no errno is that high
_F_SETFD, _FD_CLOEXEC, _SIG_SETMASK = 2, 1, 2
_SIGCHLD, _CLONE_PARENT = 17, 0x8000
_DEFAULTED = (1, 2, 3, 13, 15, 25)  # HUP, INT, QUIT, PIPE, TERM, XFSZ: a parent process may have ignored them
_PR_SET_DUMPABLE = 4
_MS_RDONLY, _MS_REMOUNT, _MS_BIND = 1, 32, 4096
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 38, 47, 4
_CAPABILITY_VERSION_3 = 0x20080522
_AT_FDCWD, _O_RDWR_NOCTTY = -100, 0o402
_TIOCSCTTY, _TIOCSPTLCK, _TIOCGPTPEER = 0x540E, 0x40045431, 0x5441
_MASTER, _SLAVE, _LAST = 3, 4, 9
_NAMES = (
    "fcntl", "close_range", "rt_sigprocmask", "umask", "prctl", "chdir", "setgroups", "setresgid", "setresuid", "capset",
    "openat", "ioctl", "sendmsg", "read", "setsid", "dup3", "write", "setns", "clone", "rt_sigaction", "mount",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPlan:
    """The container that a process is added to, as descriptors that the program inherits."""

    pidfd: int
    """A pidfd of the container's first process."""
    namespaces: int
    """CLONE_NEW* flags of its namespaces that are not ours. Entered in one call: after the first alone, rights for the next may be missing."""
    cgroups: Sequence[int] = ()
    """Open `cgroup.procs` files, for writing."""
    pid_fd: int
    """Where the pid of the process on the host is written, four bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaunchPlan:
    """What to set up for the process that the program executes."""

    argv: Sequence[str]
    env: Sequence[str]
    cwd: str
    uid: int
    gid: int
    groups: Sequence[int] | None
    """None if the user namespace does not allow setgroups; then uid and gid are already the final ones."""
    capabilities: int
    """Bits of the permitted set; a user other than 0 gets none of them."""
    lent: Sequence[int] = ()
    """Bits of capabilities that the steps need and the command must not have."""
    filter: bytes | None = None
    """A BPF program for the command's system calls."""
    status_fd: int
    closed: Sequence[int]
    """Descriptors to close before the command, among them the program's own."""
    console_fd: int | None = None
    """Where to send the master of the terminal that the command gets; None for no terminal. Above _LAST."""
    devices: Mapping[str, int] = field(default_factory=dict)
    """Paths at which devices of the host are bound, with the flags of the mounts: they are remounted read-only.

    Devices on a read-only mount can still be written to; but otherwise the container's root could change their mode and
    owner if its IDs are the host's. bwrap's own `--remount-ro` would make them unusable.
    """
    gate_fd: int | None = None
    """Where to report that all namespaces exist, and to wait for an answer; None for not waiting."""
    join: JoinPlan | None = None
    """None for the container's first process, whose namespaces bwrap has made."""


Step = tuple[str, tuple[Argument, ...]]
_UNSEEN: Step = ("prctl", (_PR_SET_DUMPABLE, 0, 0, 0, 0))


def joining(join: JoinPlan) -> list[Step]:
    """The steps outside, of the process that makes the child."""
    return [
        _UNSEEN,
        *(("write", (fd, b"0", 1)) for fd in join.cgroups),
        ("setns", (join.pidfd, join.namespaces)),
        # CLONE_PARENT: the child is also a child of our parent, which waits for it and knows its pid on the host.
        ("clone", (_CLONE_PARENT | _SIGCHLD, 0, 0, 0, 0)),
    ]


def steps(launch: LaunchPlan) -> list[Step]:
    """The steps before the command is executed, ordered so that each still has the rights that it needs."""
    low, high = (launch.capabilities & 0xFFFFFFFF, launch.capabilities >> 32) if launch.uid == 0 else (0, 0)
    waiting: list[Step] = []
    if launch.gate_fd is not None:
        waiting = [("write", (launch.gate_fd, b"\0", 1)), ("read", (launch.gate_fd, bytes(8), 1))]
    calls: list[Step] = [
        *waiting,  # for the network program, which must inspect this process; no other process is inside yet
        _UNSEEN,
        ("fcntl", (launch.status_fd, _F_SETFD, _FD_CLOEXEC)),
        *(("close_range", (fd, fd, 0)) for fd in launch.closed),
        *(
            ("mount", (b"none\0", os.fsencode(path) + b"\0", 0, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | flags, 0))
            for path, flags in launch.devices.items()
        ),
        ("rt_sigprocmask", (_SIG_SETMASK, bytes(8), 0, 8)),
        *(("rt_sigaction", (number, bytes(32), 0, 8)) for number in _DEFAULTED),
        ("umask", (0o022,)),
        # bwrap passes its capabilities on as ambient ones; docker's containers have none.
        ("prctl", (_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)),
        *(("prctl", (_PR_CAPBSET_DROP, bit, 0, 0, 0)) for bit in launch.lent),
        ("chdir", (os.fsencode(launch.cwd) + b"\0",)),
    ]
    if launch.groups is not None:
        groups = struct.pack(f"<{len(launch.groups)}I", *launch.groups)
        calls += [
            ("setgroups", (len(launch.groups), groups)),
            ("setresgid", (launch.gid,) * 3),
            ("setresuid", (launch.uid,) * 3),
            _UNSEEN,
        ]
    # Effective, permitted, inheritable, in two words. After setresuid, which needs capabilities that may be dropped here.
    sets = struct.pack("<6I", low, low, 0, high, high, 0)
    calls.append(("capset", (struct.pack("<Ii", _CAPABILITY_VERSION_3, 0), sets)))
    calls += [_UNSEEN, ("prctl", (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))]
    return calls if launch.console_fd is not None else [*calls, ("setsid", ())]


def terminal_steps(made: MachineCode, console_fd: int) -> list[Step]:
    """Make a terminal in the container's /dev/pts, owned by the command's user, and a session, for job control.

    The command waits until the other side has set the size. As no descriptor from _MASTER to _LAST is open, the kernel's
    choice of the lowest free one is known.
    """
    vector = made.put(struct.pack("<QQ", made.put(b"\0"), 1))
    rights = made.put(struct.pack("<QiiiI", 20, 1, 1, _MASTER, 0))  # a cmsghdr: SOL_SOCKET, SCM_RIGHTS
    message = struct.pack("<QQQQQQQ", 0, 0, vector, 1, rights, 24, 0)
    return [
        ("close_range", (_MASTER, _LAST, 0)),
        ("openat", (_AT_FDCWD, b"/dev/ptmx\0", _O_RDWR_NOCTTY, 0)),
        ("ioctl", (_MASTER, _TIOCSPTLCK, bytes(4))),
        ("ioctl", (_MASTER, _TIOCGPTPEER, _O_RDWR_NOCTTY)),
        ("sendmsg", (console_fd, message, 0)),
        ("read", (console_fd, bytes(8), 1)),
        ("setsid", ()),
        ("ioctl", (_SLAVE, _TIOCSCTTY, 0)),
        *(("dup3", (_SLAVE, number, 0)) for number in (0, 1, 2)),
        ("close_range", (_MASTER, _LAST, 0)),
        ("close_range", (console_fd, console_fd, 0)),
    ]


def candidates(argv0: str, env: Sequence[str]) -> list[str]:
    """The paths where a command may be: itself if it has a slash, else in each folder of the container's PATH."""
    if "/" in argv0:
        return [argv0]
    path = next((pair.partition("=")[2] for pair in reversed(env) if pair.startswith("PATH=")), "")
    return [f"{folder or '.'}/{argv0}" for folder in path.split(":")] if argv0 and path else []


def program(launch: LaunchPlan, processor: str | None = None) -> bytes | None:
    """The executable that does the steps and executes the command; None for an unknown architecture."""
    made = machine(processor or os.uname().machine)
    if made is None:
        return None

    def add(calls: Sequence[Step]) -> None:
        for name, arguments in calls:
            made.call(name, *arguments)
            made.if_failed(launch.status_fd, bytes([_NAMES.index(name)]), end=127)

    if launch.join is not None:
        add(joining(launch.join))
        made.leave_to_child(launch.join.pid_fd)
    add(steps(launch))
    if launch.console_fd is not None:
        add(terminal_steps(made, launch.console_fd))
    if launch.filter is not None:  # the last step: the filter might refuse a call of the others
        described = struct.pack("<H6xQ", len(launch.filter) // 8, made.put(launch.filter))
        made.call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, described, 0, 0)
        made.if_failed(launch.status_fd, bytes([_NAMES.index("prctl")]), end=127)
    made.call("write", launch.status_fd, bytes([READY]), 1)
    made.if_failed(launch.status_fd, b"", end=127)  # not reported: no process reads the status any more
    argv, env = made.put_array(launch.argv), made.put_array(launch.env)
    for path in candidates(launch.argv[0], launch.env):
        made.call("execve", os.fsencode(path) + b"\0", argv, env)
        made.if_failed(launch.status_fd, b"", end=None)
    made.call("write", launch.status_fd, bytes([NOT_FOUND]), 1)
    made.call("exit_group", 127)
    return made.elf()


def exiting(code: int, processor: str | None = None) -> bytes | None:
    """An executable that only exits with this code: the only file in a probe's container."""
    made = machine(processor or os.uname().machine)
    if made is None:
        return None
    made.call("exit_group", code)
    return made.elf()


def failure(report: bytes) -> str | int | None:
    """The meaning of the launcher's status: None if all went well, the errno of its execve, or a message about an earlier step."""
    if not report:
        return "the runtime failed before the container's first program ran"
    if report[0] != READY:
        return f"{_NAMES[report[0]]}: {os.strerror(report[1])}"
    if report[-1] != NOT_FOUND:
        return None
    return next((code for code in report[1:-1] if code not in (errno.ENOENT, errno.ENOTDIR)), errno.ENOENT)
