"""Staging: a folder beside a container's writable layer, on the same file system, in which files are made whole before they are renamed.

It is on the layer's file system, so that one rename moves a file into the layer. The holder of the container's lock
uses it alone; what a crash leaves in it is deleted by the next change.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Self

from layertui.core.fs.dir_fd import remove_at
from layertui.core.fs.libc import function, last_error

NAME = "aside"
_EXCHANGE = 2
_OTHER_KIND = (errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.EEXIST)
_UNKNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


class Staging:
    """The folder, there while something is in it."""

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
            with suppress(OSError):  # all is in its place; the next one sweeps
                sweep(self._folder.parent)

    def holds(self, fd: int) -> bool:
        """Whether this is the folder itself, as `name` gave it."""
        return fd == self._fd

    def name(self) -> tuple[int, bytes]:
        """Where something can be made: the folder, and a name that is free in it."""
        if self._fd < 0:
            self._folder.mkdir(mode=0o700)
            self._fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return self._fd, os.urandom(8).hex().encode()


def sweep(folder: Path) -> None:
    """Remove what lies aside of the layer of the container in `folder`."""
    if os.path.lexists(folder / NAME):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            remove_at(fd, NAME)
        finally:
            os.close(fd)


def rename_into_place(fd: int, name: bytes, to_fd: int, to: bytes) -> None:
    """What lies aside goes to where it is seen, whatever is there, in one step; that lies aside then, or is gone."""
    try:
        os.rename(name, to, src_dir_fd=fd, dst_dir_fd=to_fd)
    except OSError as error:
        if error.errno not in _OTHER_KIND:
            raise
        if not exchange(fd, name, to_fd, to):
            os.rename(to, name + b"-", src_dir_fd=to_fd, dst_dir_fd=fd)
            os.rename(name, to, src_dir_fd=fd, dst_dir_fd=to_fd)


def exchange(fd: int, name: bytes, to_fd: int, to: bytes) -> bool:
    """Two things change places in one step; False where the system, or the file system, cannot do that."""
    call = function("renameat2") if sys.platform == "linux" else None
    if call is None:
        return False
    if call(fd, name, to_fd, to, _EXCHANGE) == 0:
        return True
    error = last_error(os.fsdecode(to))
    if error.errno in _UNKNOWN:
        return False
    raise error
