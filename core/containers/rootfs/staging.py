"""Two folders beside a container's writable layer, on its file system, so that one rename moves a file into the layer or out of it.

Staging is for files that are made before they are renamed into the layer. Only the holder of the container's lock uses it; the
next change deletes what a crash leaves in it.

A KeptEntry is what was removed from the layer and may be put back. Each session that keeps something holds a shared lock of the
folder; what a crash leaves there has no holder, and is deleted by `gc` and `fsck --repair`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Self

from layertui.core.fs.dir_fd import remove_at
from layertui.core.fs.libc import function, last_error

NAME = "staging"
KEPT = "kept"
_EXCHANGE = 2
_OTHER_KIND = (errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.EEXIST)
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


class Staging:
    """The folder, which exists while there is something in it."""

    def __init__(self, upper: Path) -> None:
        self._folder = upper.parent / NAME
        self._fd = -1

    def __enter__(self) -> Self:
        sweep(self._folder.parent)
        return self

    def __exit__(self, *_: object) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            with suppress(OSError):  # everything was moved; the next change sweeps
                sweep(self._folder.parent)

    def holds(self, fd: int) -> bool:
        """Whether this is the folder itself, as returned by `name`."""
        return fd == self._fd

    def name(self) -> tuple[int, bytes]:
        """The folder, and a free name in it for a new file."""
        if self._fd < 0:
            self._folder.mkdir(mode=0o700)
            self._fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self._fd, os.urandom(8).hex().encode()


def sweep(folder: Path) -> None:
    """Remove the staging folder of the container in `folder`."""
    if os.path.lexists(folder / NAME):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            remove_at(fd, NAME)
        finally:
            os.close(fd)


class KeptEntry:
    """One name in the folder of kept files, free until something is moved there; the folder exists from now until `drop`."""

    def __init__(self, container: Path) -> None:
        """`container` is the folder of the container, whose lock the caller holds."""
        with suppress(FileExistsError):
            (container / KEPT).mkdir(mode=0o700)
        self._container = container
        self.fd = os.open(container / KEPT, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        fcntl.flock(self.fd, fcntl.LOCK_SH)
        self.name = os.urandom(8).hex().encode()

    @property
    def is_there(self) -> bool:
        """Whether anything was moved there."""
        try:
            os.stat(self.name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def drop(self) -> None:
        """Delete what is kept; a second call is no error."""
        if self.fd < 0:
            return
        try:
            remove_at(self.fd, self.name)
        finally:
            os.close(self.fd)
            self.fd = -1
            with suppress(OSError):  # another session keeps something there, or the container is gone
                os.rmdir(self._container / KEPT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()


def sweep_kept(container: Path) -> None:
    """Delete what a crashed session has left of a container, whose lock the caller holds; not what another one still keeps."""
    try:
        fd = os.open(container / KEPT, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for name in os.listdir(fd):
            remove_at(fd, name)
        os.rmdir(container / KEPT)
    except BlockingIOError:
        pass
    finally:
        os.close(fd)


def has_abandoned_entries(container: Path) -> bool:
    """Whether a crashed session has left something."""
    try:
        fd = os.open(container / KEPT, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


def rename_into_place(fd: int, name: bytes, to_fd: int, to: bytes) -> None:
    """Move a staged file to its path in one step; what was there goes to the staging folder, or is replaced."""
    try:
        os.rename(name, to, src_dir_fd=fd, dst_dir_fd=to_fd)
    except OSError as error:
        if error.errno not in _OTHER_KIND:
            raise
        if not exchange(fd, name, to_fd, to):
            os.rename(to, name + b"-", src_dir_fd=to_fd, dst_dir_fd=fd)
            os.rename(name, to, src_dir_fd=fd, dst_dir_fd=to_fd)


def exchange(fd: int, name: bytes, to_fd: int, to: bytes) -> bool:
    """Exchange two files in one step; False if the system, or the file system, does not support it."""
    call = function("renameat2") if sys.platform == "linux" else None
    if call is None:
        return False
    if call(fd, name, to_fd, to, _EXCHANGE) == 0:
        return True
    error = last_error(os.fsdecode(to))
    if error.errno in _UNKNOWN:
        return False
    raise error
