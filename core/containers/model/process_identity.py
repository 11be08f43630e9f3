"""Processes identified by pid, start time and boot, because a pid alone is reused.

Every signal is sent through a pidfd that is opened first and then compared with the start time, so that it reaches the
intended process or none.
"""

from __future__ import annotations

import os
import re
import select
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr
from layertui.core.portable import REALTIME_SIGNALS

KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


@cache
def boot_id() -> str:
    """The ID of the machine's current boot."""
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
    return ""


@dataclass(frozen=True, slots=True)
class Process:
    """A process, alive or not."""

    pid: int
    start_time: int

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this pid now."""
        found = stat_of(pid)
        return cls(pid, found.start_time) if found else None

    @property
    def alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        found = stat_of(self.pid)
        return found is not None and found.start_time == self.start_time and found.state not in "ZX"

    @contextmanager
    def pidfd(self) -> Iterator[int | None]:
        """A pidfd for exactly this process; None if it has ended."""
        try:
            fd = os.pidfd_open(self.pid)
        except (OSError, OverflowError):
            yield None
            return
        try:
            yield fd if self.alive else None
        finally:
            os.close(fd)

    def signal(self, number: int) -> bool:
        """Send a signal; False if the process has ended."""
        with self.pidfd() as fd:
            if fd is None:
                return False
            try:
                signal.pidfd_send_signal(fd, number)
            except ProcessLookupError:
                return False
            return True

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, now or within this time."""
        with self.pidfd() as fd:
            if fd is None:
                return True
            watch = select.poll()
            watch.register(fd, select.POLLIN)
            return bool(watch.poll(max(0, int(seconds * 1000))))


class ProcessStat(NamedTuple):
    """The fields of `/proc/PID/stat`; times in clock ticks (proc_pid_stat(5))."""

    state: str
    parent: int
    terminal: int
    """The terminal's device number; 0 for none."""
    ticks: int
    """CPU time, in user mode and in the kernel."""
    child_ticks: int
    """CPU time of its children that have ended and been waited for."""
    start_time: int
    """Time since boot."""


def stat_of(pid: int) -> ProcessStat | None:
    """The status of the process that has this pid now; None if there is none."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    user, kernel, child_user, child_kernel = map(int, fields[11:15])
    return ProcessStat(
        state=fields[0].decode(),
        parent=int(fields[1]),
        terminal=int(fields[4]),
        ticks=user + kernel,
        child_ticks=child_user + child_kernel,
        start_time=int(fields[19]),
    )


def inside(first: Process) -> list[Process]:
    """Every process of the container with this first process, oldest first.

    Those in its pid namespace, also from `exec`; and their children, who may be in nested namespaces.
    """
    theirs, ours = _pid_namespace(first.pid), _pid_namespace("self")
    if not first.alive:
        return []
    stats = {int(name): found for name in os.listdir("/proc") if name.isdigit() and (found := stat_of(int(name)))}
    within = {pid for pid in stats if theirs != ours and _pid_namespace(pid) == theirs} | {first.pid}
    while more := {pid for pid, found in stats.items() if found.parent in within} - within:
        within |= more
    alive = [Process(pid, stats[pid].start_time) for pid in within if pid in stats and stats[pid].state not in "ZX"]
    return sorted(alive, key=lambda one: (one.start_time, one.pid))


def _pid_namespace(pid: int | str) -> int | None:
    with suppress(OSError):
        return os.stat(f"/proc/{pid}/ns/pid").st_ino
    return None


def namespaces_of(pid: int | str) -> Mapping[str, int]:
    """The inode of each namespace of a process; those that cannot be read are left out."""
    found = {}
    for kind in KINDS:
        with suppress(OSError):
            found[kind] = os.stat(f"/proc/{pid}/ns/{kind}").st_ino
    return found


@cache
def host_namespaces() -> Mapping[str, int]:
    """The namespaces in which this process began: the host's. Called before entering others, see `user_namespace.enter`."""
    return namespaces_of("self")


def signal_number(name: str) -> int:
    """The number of `TERM`, `SIGTERM`, `15`, `RTMIN+3` or `RTMAX-3`. Raises UsageError."""
    word = name.strip().upper().removeprefix("SIG")
    if word.isdigit() and 0 < int(word) <= REALTIME_SIGNALS[-1]:
        return int(word)
    if away := re.fullmatch(r"RT(MIN\+|MAX-)([0-9]{1,2})", word):
        number = REALTIME_SIGNALS[0] + int(away[2]) if away[1] == "MIN+" else REALTIME_SIGNALS[-1] - int(away[2])
        if number in REALTIME_SIGNALS:
            return number
    try:
        return signal.Signals["SIG" + word].value
    except KeyError:
        raise UsageError(tr("{name!r} is not a signal; write a name such as TERM or a number", name=name)) from None
