"""What the os module lacks for a name in an open folder: whole trees removed, modes, xattrs. No symlink is ever followed.

remove_at(fd, name)                  a file, or a folder with all below it; missing is fine
remove_tree(path)                    the same
is_empty_folder(path)                whether nothing lies in it
chmod_at(fd, name, mode)             anything but a symlink, without the right to open it
xattrs_at(fd, name)                  all xattrs; none where the file system knows none
set_xattrs_at(fd, name, xattrs)
remove_xattr_at(fd, name, xattr)
"""

import errno
import os
import stat as modes
import sys
from collections.abc import Mapping
from contextlib import suppress

from layertui.core.errors import UnsafePath
from layertui.core.layers.beneath import LOOK

NOT_GIVEN = (errno.EPERM, errno.EACCES, errno.EINVAL, errno.EOVERFLOW, errno.ENOTSUP, errno.ERANGE, errno.E2BIG)
"""What a system says of an xattr or a time that it does not take."""
DEEP = 100  # folders held open at once while a tree is removed


def remove_at(fd: int, name: str | bytes) -> None:
    """Removes what `name` stands for in the folder `fd`, with all below it. Missing is fine. Symlinks are removed, not followed."""
    try:
        os.unlink(name, dir_fd=fd)
        return
    except FileNotFoundError:
        return
    except OSError as error:  # a folder: EISDIR on Linux, EPERM by POSIX
        if not modes.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
            raise error from None
    top = _open_to_empty(fd, name)
    try:
        while _empty(top, top, 0):
            pass
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=fd)


def remove_tree(path: str | os.PathLike[str]) -> None:
    """The same for a path of ours."""
    folder, name = os.path.split(path)
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        remove_at(fd, name)
    finally:
        os.close(fd)


def is_empty_folder(path: str | os.PathLike[str]) -> bool:
    """Whether a folder lies there, and nothing in it."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not os.listdir(fd)
    finally:
        os.close(fd)


def _open_to_empty(fd: int, name: str | bytes) -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    if os.geteuid() != 0:  # a folder we may not write in, or even read: ours all the same
        chmod_at(fd, name, 0o700)
    return os.open(name, flags, dir_fd=fd)


def _empty(fd: int, top: int, depth: int) -> bool:
    """Empties a folder; True if something was lifted up to the top for another round, since it lay too deep."""
    with os.scandir(fd) as found:
        names = [(one.name, one.is_dir(follow_symlinks=False)) for one in found]
    lifted = False
    for name, is_folder in names:
        if not is_folder:
            with suppress(FileNotFoundError):  # whoever made it may take it away too
                os.unlink(name, dir_fd=fd)
        elif depth == DEEP:
            _lift(fd, name, top)
            lifted = True
        else:
            below = _open_to_empty(fd, name)
            try:
                lifted |= _empty(below, top, depth + 1)
            finally:
                os.close(below)
            os.rmdir(name, dir_fd=fd)
    return lifted


def _lift(fd: int, name: str, top: int) -> None:
    if os.geteuid() != 0:
        chmod_at(fd, name, 0o700)  # moving a folder writes its `..`
    number = 0
    while True:
        try:
            return os.rename(name, f".{number}", src_dir_fd=fd, dst_dir_fd=top)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR):
                raise
            number += 1


def _proc_path(fd: int, name: str | bytes) -> bytes:
    # The one way to say "this name in that folder, not followed" to calls that know no dir_fd.
    return b"/proc/self/fd/%d/%s" % (fd, os.fsencode(name))


def chmod_at(fd: int, name: str | bytes, mode: int) -> None:
    """Sets the mode of anything but a symlink, without following one and without the right to open it."""
    if os.chmod in os.supports_follow_symlinks:  # BSD and macOS
        os.chmod(name, mode, dir_fd=fd, follow_symlinks=False)
        return
    thing = os.open(name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    try:
        if modes.S_ISLNK(os.fstat(thing).st_mode):
            raise UnsafePath(f"{os.fsdecode(name)!r} is a symlink and has no mode of its own")
        os.chmod(b"/proc/self/fd/%d" % thing, mode)
    finally:
        os.close(thing)


def xattrs_at(fd: int, name: str | bytes) -> dict[str, bytes]:
    """The extended attributes of a name in a folder; none where the system or the file system knows none."""
    if sys.platform != "linux":
        return {}
    path = _proc_path(fd, name)
    found: dict[str, bytes] = {}
    try:
        for key in os.listxattr(path, follow_symlinks=False):
            with suppress(PermissionError):  # user.* of a file that its owner may not read
                found[key] = os.getxattr(path, key, follow_symlinks=False)
    except OSError as error:
        if error.errno not in (errno.ENOTSUP, errno.ENODATA):
            raise
    return found


def set_xattrs_at(fd: int, name: str | bytes, xattrs: Mapping[str, bytes]) -> None:
    """Set xattrs of a name in a folder; where the system knows none, nothing."""
    if xattrs and sys.platform == "linux":
        path = _proc_path(fd, name)
        for key, value in xattrs.items():
            os.setxattr(path, os.fsencode(key), value, follow_symlinks=False)


def remove_xattr_at(fd: int, name: str | bytes, xattr: str) -> None:
    """Take an xattr, which is there, from a name in a folder; where the system knows none, nothing."""
    if sys.platform == "linux":
        os.removexattr(_proc_path(fd, name), xattr, follow_symlinks=False)
