"""What Linux has and macOS lacks, each with a substitute, or without one if it only saves time."""

import os
import signal
import sys

REALTIME_SIGNALS = range(getattr(signal, "SIGRTMIN", 34), getattr(signal, "SIGRTMAX", 64) + 1)
"""Numbers of the signals without names; elsewhere those of Linux, as containers run on Linux."""


def usable_cpus() -> int:
    """How many CPUs this process may run on: `taskset` and cpusets count, a quota of CPU time does not."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    else:  # noqa: RET505  mypy knows one system at a time
        return os.cpu_count() or 1


def sync_content(fd: int) -> None:
    """Sync the content of a file, perhaps not its times (fdatasync). OSError."""
    if sys.platform == "linux":
        os.fdatasync(fd)
    else:
        os.fsync(fd)


def write_out_early(fd: int, start: int, size: int) -> None:
    """Start writing these bytes of a file to the disk. OSError where the file system does not support it."""
    if sys.platform == "linux":
        os.posix_fadvise(fd, start, size, os.POSIX_FADV_DONTNEED)


def chmod_open(fd: int, mode: int) -> None:
    """Set the mode of an open file; on Linux the descriptor may be O_PATH. OSError."""
    if sys.platform == "linux":
        os.chmod(f"/proc/self/fd/{fd}", mode)
    else:
        os.fchmod(fd, mode)
