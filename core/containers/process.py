"""Processes by an identity that does not come again: pid, start time and boot.

A pid alone is reused. Every signal goes through a pidfd that was opened first and compared with the start time after, so
it reaches the process that was meant, or nobody.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from layertui.core.errors import UsageError

KINDS = ("cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts")


def boot_id() -> str:
    """What tells this run of the machine from every other."""
    with suppress(OSError), open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()
    return ""


@dataclass(frozen=True, slots=True)
class Process:
    """One process, whether or not it still lives."""

    pid: int
    start_time: int

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """The process that has this pid now."""
        found = _stat(pid)
        return cls(pid, found[1]) if found else None

    @property
    def alive(self) -> bool:
        """Whether it still runs; a zombie does not."""
        found = _stat(self.pid)
        return found is not None and found[1] == self.start_time and found[0] not in "ZX"

    @contextmanager
    def pidfd(self) -> Iterator[int | None]:
        """A descriptor that stands for it alone; None if it has gone."""
        try:
            fd = os.pidfd_open(self.pid)
        except OSError:
            yield None
            return
        try:
            yield fd if self.alive else None
        finally:
            os.close(fd)

    def signal(self, number: int) -> bool:
        """Send a signal; False if there is nobody to send it to."""
        with self.pidfd() as fd:
            if fd is None:
                return False
            try:
                signal.pidfd_send_signal(fd, number)
            except ProcessLookupError:
                return False
            return True

    def wait(self, seconds: float) -> bool:
        """Whether it has gone, now or within this time."""
        with self.pidfd() as fd:
            if fd is None:
                return True
            watch = select.poll()
            watch.register(fd, select.POLLIN)
            return bool(watch.poll(max(0, int(seconds * 1000))))


def _stat(pid: int) -> tuple[str, int] | None:
    """State letter and start time."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return fields[0].decode(), int(fields[19])


def namespaces_of(pid: int | str) -> Mapping[str, int]:
    """The inode of each namespace a process is in; what the kernel does not show is left out."""
    found = {}
    for kind in KINDS:
        with suppress(OSError):
            found[kind] = os.stat(f"/proc/{pid}/ns/{kind}").st_ino
    return found


def signal_number(name: str) -> int:
    """`TERM`, `SIGTERM`, `15` or `RTMIN+3` as a number. UsageError for what is none."""
    word = name.strip().upper().removeprefix("SIG")
    if word.isdigit() and 0 < int(word) <= signal.SIGRTMAX:
        return int(word)
    base, plus, more = word.partition("+")
    if base == "RTMIN" and (not plus or more.isdigit()) and signal.SIGRTMIN + int(more or 0) <= signal.SIGRTMAX:
        return signal.SIGRTMIN + int(more or 0)
    try:
        return signal.Signals["SIG" + word].value
    except KeyError:
        raise UsageError(f"{name!r} is no signal; write a name such as TERM or a number") from None
