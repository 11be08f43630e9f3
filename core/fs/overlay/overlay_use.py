"""Whether a folder is the upper folder of an overlay that is mounted, in whatever mount namespace.

No list of mounts shows it: a daemon may have a mount namespace of its own. But the kernel does not make an overlay with `index=on` of a
folder that another overlay writes to. So one is made that has the folder as its lowest layer, which is only read, and a new
folder beside it to write to. It is never attached to a path, and goes when its descriptor is closed.
"""

from __future__ import annotations

import ctypes
import errno
import os
import tempfile
from pathlib import Path

from layertui.core.fs.beneath import FOLDER
from layertui.core.fs.dir_fd import remove_tree
from layertui.core.fs.libc import last_error, libc

_FSOPEN, _FSCONFIG = 430, 431  # the same on every architecture
_CLOEXEC, _STRING, _CREATE = 1, 1, 6


def is_in_use(folder: Path) -> bool:
    """Whether an overlay is mounted whose upper folder this is. Needs root; OSError where the kernel cannot tell.

    A folder beside it is made for the question and removed again.
    """
    scratch = Path(tempfile.mkdtemp(prefix="layertui-", dir=folder.parent))
    try:
        for name in ("upper", "work"):
            (scratch / name).mkdir()
        try:
            _make_overlay({"lowerdir": folder, "upperdir": scratch / "upper", "workdir": scratch / "work"})
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            return True
        if not (scratch / "work/index").exists():  # without it nothing was compared
            raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), str(folder))
        return False
    finally:
        remove_tree(scratch)


def _make_overlay(folders: dict[str, Path]) -> None:
    opened: list[int] = []
    try:
        context = _call(_FSOPEN, ctypes.c_char_p(b"overlay"), ctypes.c_uint(_CLOEXEC))
        opened.append(context)
        for option, folder in folders.items():
            opened.append(os.open(folder, FOLDER | os.O_NOFOLLOW))
            # By descriptor: an option has at most 255 bytes, and colons would part it.
            _configure(context, _STRING, option.encode(), b"/proc/self/fd/%d" % opened[-1])
        _configure(context, _STRING, b"index", b"on")
        _configure(context, _CREATE, None, None)
    finally:
        for fd in opened:
            os.close(fd)


def _configure(context: int, command: int, key: bytes | None, value: bytes | None) -> None:
    _call(
        _FSCONFIG,
        ctypes.c_int(context),
        ctypes.c_uint(command),
        ctypes.c_char_p(key),
        ctypes.c_char_p(value),
        ctypes.c_int(0),
    )


def _call(number: int, *arguments: object) -> int:
    syscall = libc().syscall
    syscall.restype = ctypes.c_long
    got: int = syscall(ctypes.c_long(number), *arguments)
    if got < 0:
        raise last_error()
    return got
