"""Removes a tree, and changes modes, by descriptors: no symlink is followed, whatever a container has created.

Part of the shim: standard library only, see `shim.py`. Loaded only to remove something, and by `core/fs/dir_fd.py`.
"""

import errno
import os
import stat

LOOK: int = getattr(os, "O_PATH", os.O_RDONLY)
DEEP = 100  # folders open at once while a tree is removed


def remove_at(fd: int, name: "str | bytes") -> None:
    """Remove a name in the folder `fd`, with everything below it. Missing is no error; a symlink itself is removed."""
    try:
        os.unlink(name, dir_fd=fd)
        return
    except FileNotFoundError:
        return
    except OSError as error:  # a folder: EISDIR on Linux, EPERM by POSIX
        if not stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode):
            raise error from None
    top = _open_to_empty(fd, name)
    try:
        while _empty(top, top, 0):
            pass
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=fd)


def chmod_at(fd: int, name: "str | bytes", mode: int) -> None:
    """Set the mode of anything but a symlink (OSError), without permission to open it."""
    if os.chmod in os.supports_follow_symlinks:  # BSD and macOS
        os.chmod(name, mode, dir_fd=fd, follow_symlinks=False)
        return
    thing = os.open(name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    try:
        if stat.S_ISLNK(os.fstat(thing).st_mode):
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name)
        os.chmod(f"/proc/self/fd/{thing}", mode)
    finally:
        os.close(thing)


def _open_to_empty(fd: int, name: "str | bytes") -> int:
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    if os.geteuid() != 0:  # a folder of our own that denies us access
        chmod_at(fd, name, 0o700)
    return os.open(name, flags, dir_fd=fd)


def _empty(fd: int, top: int, depth: int) -> bool:
    """Empty a folder; True if something too deep was moved to the top for another round."""
    with os.scandir(fd) as found:
        names = [(one.name, one.is_dir(follow_symlinks=False)) for one in found]
    lifted = False
    for name, is_folder in names:
        if not is_folder:
            try:
                os.unlink(name, dir_fd=fd)
            except FileNotFoundError:
                continue  # another process may remove it too
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
