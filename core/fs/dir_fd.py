"""Functions for a name in an open folder that the os module lacks: remove trees, modes, xattrs. No symlink is followed.

remove_at(fd, name)                  a file, or a folder with everything below it; a missing name is no error
remove_tree(path)                    the same for a path
make_empty_at(fd, name)              an empty file; whatever already has the name stays
status_at(fd, name)                  the status, and where a symlink points
chmod_at(fd, name, mode)             for anything but a symlink, without permission to open it
xattrs_at(fd, name)                  all xattrs; none if the file system does not support them
set_xattrs_at(fd, name, xattrs)
remove_xattr_at(fd, name, xattr)
"""

import errno
import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress

from layertui.core.errors import UnsafePath
from layertui.core.language.texts import tr
from layertui.core.shim import shim_remove
from layertui.core.shim.shim_remove import remove_at

__all__ = [
    "NOT_GIVEN",
    "chmod_at",
    "make_empty_at",
    "remove_at",
    "remove_tree",
    "remove_xattr_at",
    "set_xattrs_at",
    "status_at",
    "xattrs_at",
]

NOT_GIVEN = (errno.EPERM, errno.EACCES, errno.EINVAL, errno.EOVERFLOW, errno.ENOTSUP, errno.ERANGE, errno.E2BIG)
"""errno of a system or file system that does not take an xattr or a time."""


def remove_tree(path: str | os.PathLike[str]) -> None:
    """The same for a path."""
    folder, name = os.path.split(path)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        remove_at(fd, name)
    finally:
        os.close(fd)


def make_empty_at(fd: int, name: str | bytes) -> None:
    """Make an empty file (0600); whatever has the name already stays as it is: it is not opened, and no symlink is followed."""
    with suppress(FileExistsError):
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600, dir_fd=fd))


def status_at(fd: int, name: str | bytes) -> tuple[os.stat_result, bytes]:
    """The status of a name, and where it points if it is a symlink, otherwise nothing. Raises OSError.

    A container can put something else there between the two calls; then both are asked again.
    """
    while True:
        status = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if not stat.S_ISLNK(status.st_mode):
            return status, b""
        try:
            return status, os.readlink(os.fsencode(name), dir_fd=fd)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise


def _proc_path(fd: int, name: str | bytes) -> bytes:
    # The only way to name a file in an open folder, not followed, for calls without dir_fd.
    return b"/proc/self/fd/%d/%s" % (fd, os.fsencode(name))


def chmod_at(fd: int, name: str | bytes, mode: int) -> None:
    """Set the mode of anything but a symlink, without following it and without permission to read it.

    Raises UnsafePath.
    """
    try:
        shim_remove.chmod_at(fd, name, mode)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise UnsafePath(tr("{name!r} is a symlink and has no mode of its own", name=os.fsdecode(name))) from None


def xattrs_at(fd: int, name: str | bytes) -> dict[str, bytes]:
    """The xattrs of a name in a folder; none where the system or the file system has none."""
    if sys.platform != "linux":
        return {}
    return xattrs_of(_proc_path(fd, name), follow_symlinks=False)


def xattrs_of(path: bytes, *, follow_symlinks: bool) -> dict[str, bytes]:
    """The same for a path in /proc."""
    found: dict[str, bytes] = {}
    try:
        for key in os.listxattr(path, follow_symlinks=follow_symlinks):
            with suppress(PermissionError):  # user.* xattrs of a file that its owner may not read
                found[key] = os.getxattr(path, key, follow_symlinks=follow_symlinks)
    except OSError as error:
        if error.errno not in (errno.ENOTSUP, errno.ENODATA):
            raise
    return found


def set_xattrs_at(fd: int, name: str | bytes, xattrs: Mapping[str, bytes]) -> None:
    """Set xattrs of a name in a folder; nothing where the system has none."""
    if xattrs and sys.platform == "linux":
        path = _proc_path(fd, name)
        for key, value in xattrs.items():
            os.setxattr(path, os.fsencode(key), value, follow_symlinks=False)


def remove_xattr_at(fd: int, name: str | bytes, xattr: str) -> None:
    """Remove an existing xattr of a name in a folder; nothing where the system has none."""
    if sys.platform == "linux":
        os.removexattr(_proc_path(fd, name), xattr, follow_symlinks=False)
