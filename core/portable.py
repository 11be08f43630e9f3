"""What Linux has and macOS lacks, each with a substitute that does the same, or with nothing where it only saves time."""

import os
import signal
import sys

REALTIME_SIGNALS = range(getattr(signal, "SIGRTMIN", 34), getattr(signal, "SIGRTMAX", 64) + 1)
"""Numbers of the signals that have no names; where the system has none, Linux's own, since containers are of Linux."""


def sync_content(fd: int) -> None:
    """The content of a file is on the disk, its times perhaps not. OSError."""
    if sys.platform == "linux":
        os.fdatasync(fd)
    else:
        os.fsync(fd)


def write_out_early(fd: int, start: int, size: int) -> None:
    """Have the disk take these bytes of a file now, since nobody reads them soon. OSError where a file system has no say in it."""
    if sys.platform == "linux":
        os.posix_fadvise(fd, start, size, os.POSIX_FADV_DONTNEED)


def chmod_open(fd: int, mode: int) -> None:
    """Set the mode of what a descriptor stands for; on Linux it need not be open for reading (O_PATH). OSError."""
    if sys.platform == "linux":
        os.chmod(f"/proc/self/fd/{fd}", mode)
    else:
        os.fchmod(fd, mode)
