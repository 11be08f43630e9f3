"""A handle to a file in a folder that others may change: resolved once by name, then used only by its descriptor.

Between two uses of a name, a running container can replace a file by a symlink, a device or a pipe. So every operation
uses the descriptor that was checked, and only a regular file is opened for reading or writing: opening a device may
have side effects, and opening a pipe may block.

On systems without O_PATH (macOS, where no container runs) the name is used again, without following a symlink.
"""

import os
import sys
from collections.abc import Mapping
from typing import Any, Self

from layertui.core.fs.descent import LOOK, reopened
from layertui.core.fs.dir_fd import chmod_at, xattrs_of

_HAS_PATHS = sys.platform == "linux"
_HOLD: int = getattr(os, "O_PATH", 0) | os.O_NOFOLLOW | os.O_CLOEXEC


class PathHandle:
    """The file `name` in the open folder `folder`; of a symlink, the link. OSError if there is none."""

    def __init__(self, folder: int, name: bytes, thing: int | None = None) -> None:
        """`thing`: a descriptor of it that is open already; the caller closes it."""
        self.folder, self.name = folder, name
        self._ours = thing is None and _HAS_PATHS
        self._thing = os.open(name, _HOLD, dir_fd=folder) if thing is None and _HAS_PATHS else thing
        # This path in /proc names the open file itself, of whatever kind; elsewhere it is the name, not followed.
        self._path: Any = b"/proc/self/fd/%d" % self._thing if _HAS_PATHS and self._thing is not None else name
        self._how: dict[str, Any] = {} if _HAS_PATHS else {"dir_fd": folder, "follow_symlinks": False}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._ours and self._thing is not None:
            os.close(self._thing)
            self._thing = None

    @property
    def status(self) -> os.stat_result:
        """Its status; of a symlink, its own."""
        if self._thing is None:
            return os.stat(self.name, dir_fd=self.folder, follow_symlinks=False)
        return os.fstat(self._thing)

    def readlink(self) -> bytes:
        """Where a symlink points, as written in it."""
        if self._ours:
            return os.readlink(b"", dir_fd=self._thing)
        return os.readlink(self.name, dir_fd=self.folder)

    def open(self, flags: int = os.O_RDONLY) -> int:
        """Open this regular file. Raises Damaged for anything else, which is not opened."""
        shown_path = os.fsdecode(self.name)
        if self._thing is not None:
            return reopened(self._thing, shown_path, flags)
        thing = os.open(self.name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self.folder)
        try:
            return reopened(thing, shown_path, flags)
        finally:
            os.close(thing)

    def chown(self, owner: tuple[int, int]) -> None:
        """Set the owner; clears setuid."""
        os.chown(self._path, *owner, **self._how)

    def chmod(self, mode: int) -> None:
        """Set the mode of anything but a symlink, which has none."""
        if _HAS_PATHS:
            os.chmod(self._path, mode)
        else:
            chmod_at(self.folder, self.name, mode)

    def utime(self, ns: int) -> None:
        """Set both of its times, in nanoseconds."""
        os.utime(self._path, ns=(ns, ns), **self._how)

    def xattrs(self) -> dict[str, bytes]:
        """All xattrs; none where the system or the file system has none."""
        return xattrs_of(self._path, follow_symlinks=True) if _HAS_PATHS else {}

    def set_xattrs(self, xattrs: Mapping[str, bytes]) -> None:
        """Set these xattrs; nothing where the system has none."""
        if _HAS_PATHS:
            for key, value in xattrs.items():
                os.setxattr(self._path, os.fsencode(key), value)

    def remove_xattr(self, xattr: str) -> None:
        """Remove an xattr; nothing where the system has none."""
        if _HAS_PATHS:
            os.removexattr(self._path, xattr)
