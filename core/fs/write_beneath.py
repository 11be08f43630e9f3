"""Writes files below a folder that other users may be able to change: each is found and named by descriptors, through no symlink."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.fs.atomic import TEMPORARY, open_beside, take_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.fs.beneath import Beneath


@contextmanager
def write_beneath(folder: Beneath, path: str, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A synced file that takes the name ``path`` in the folder when the block ends well, and leaves no trace otherwise.

    Missing folders on the way are made. ``mode`` is narrowed by the umask. Raises OSError, UnsafePath.
    """
    with folder.at(path, make=0o777) as (fd, name):
        temporary = f"{TEMPORARY}{os.urandom(8).hex()}".encode()
        file, unnamed = open_beside(b".", temporary, mode, unnamed=False, dir_fd=fd)
        try:
            with os.fdopen(file, "w+b") as out:
                yield cast("BinaryIO", out)
                out.flush()
                os.fsync(file)
                take_name(file, temporary, name, unnamed=unnamed, dir_fd=fd)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=fd)
            raise
        sync_names(fd)


def sync_names(folder: int) -> None:
    """Make the names in an open folder durable; also one that was opened only to look at, as `Beneath` does."""
    readable = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        with suppress(OSError):  # some file systems cannot sync folders, and need no sync
            os.fsync(readable)
    finally:
        os.close(readable)
