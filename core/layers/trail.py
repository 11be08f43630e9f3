"""The way from a folder down to where the last step went, held open: neighbours in a tar share most of it.

Each step opens one name without following a symlink, so a Trail cannot leave its folder, whatever lies in it.
"""

import errno
import os
from collections.abc import Callable, Sequence
from typing import Self

from layertui.core.bounds import bounds, exceeded
from layertui.core.layers.beneath import STEP

HELD = 64  # folders at the lower end that stay open; the others are opened again when needed
_CLOSED = -1

Missing = Callable[[int, Sequence[bytes]], None]
"""Makes the folder that a path names; the descriptor is its parent's."""


class Trail:
    """Folders below `root`, a descriptor, which stays the caller's."""

    def __init__(self, root: int) -> None:
        self._deepest = bounds().depth
        self._names: list[bytes] = []
        self._fds = [root]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cut(0)

    def enter(self, path: Sequence[bytes], missing: Missing) -> int:
        """A descriptor of the folder at `path`, good until the next call; what is no folder is made one by `missing`.

        LimitExceeded for one that is deeper than `Bounds.depth`.
        """
        if len(path) > self._deepest:
            raise exceeded("depth", f"a path to write is {len(path)} folders deep")
        depth = self._shared(path)
        self._cut(depth)
        for name in path[depth:]:
            fd = self._last()
            below = step(fd, name)
            if below is None:
                missing(fd, path[: len(self._names) + 1])
                below = os.open(name, STEP, dir_fd=fd)
            self._push(name, below)
        return self._last()

    def find(self, path: Sequence[bytes]) -> int | None:
        """A descriptor of the folder at `path`, good until the next call, or None where no folder is."""
        depth = self._shared(path)
        self._cut(depth)
        for name in path[depth:]:
            below = step(self._last(), name)
            if below is None:
                return None
            self._push(name, below)
        return self._last()

    def forget(self, path: Sequence[bytes]) -> None:
        """Let go of what was just removed."""
        if path and self._shared(path) == len(path):
            self._cut(len(path) - 1)

    def _shared(self, path: Sequence[bytes]) -> int:
        depth = 0
        for ours, theirs in zip(self._names, path, strict=False):
            if ours != theirs:
                break
            depth += 1
        return depth

    def _push(self, name: bytes, fd: int) -> None:
        self._names.append(name)
        self._fds.append(fd)
        old = len(self._fds) - 1 - HELD
        if old > 0 and self._fds[old] != _CLOSED:
            os.close(self._fds[old])
            self._fds[old] = _CLOSED

    def _cut(self, depth: int) -> None:
        for fd in self._fds[depth + 1 :]:
            if fd != _CLOSED:
                os.close(fd)
        del self._fds[depth + 1 :]
        del self._names[depth:]

    def _last(self) -> int:
        if self._fds[-1] == _CLOSED:
            self._open_again()
        return self._fds[-1]

    def _open_again(self) -> None:
        """Walk down from the root, and hold the lower end again: who goes back one folder will go back further."""
        at, first_held = self._fds[0], len(self._names) - HELD
        for number, name in enumerate(self._names, 1):
            below = os.open(name, STEP, dir_fd=at)
            if self._fds[number - 1] != at:
                os.close(at)
            if number > first_held:
                self._fds[number] = below
            at = below


def step(fd: int, name: bytes) -> int | None:
    """A descriptor of the folder `name` in `fd`, or None where it is missing, a symlink, or no folder."""
    try:
        return os.open(name, STEP, dir_fd=fd)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return None
        raise
