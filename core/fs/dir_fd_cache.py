"""Keeps the folders of the last path open, because neighbours in a tar share most of their path.

Each step opens one name without following a symlink, so a path cannot leave the root folder, whatever is in it.
"""

import errno
import os
from collections.abc import Callable, Sequence
from typing import Self

from layertui.core.bounds import bounds, exceeded
from layertui.core.fs.descent import STEP, Descent
from layertui.core.language.texts import tr

Missing = Callable[[int, Sequence[bytes]], None]
"""Makes the missing folder of that path; the descriptor is its parent's."""


class DirFdCache:
    """Folders below `root`, a descriptor that the caller closes."""

    def __init__(self, root: int) -> None:
        self._deepest = bounds().depth
        self._way = Descent(root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cut(0)

    def enter(self, path: Sequence[bytes], missing: Missing) -> int:
        """A descriptor of the folder at `path`, valid until the next call; `missing` makes what is not a folder.

        Raises LimitExceeded for a path deeper than `Bounds.depth`.
        """
        if len(path) > self._deepest:
            raise exceeded("depth", tr("a path to write is {path:,} folders deep", path=len(path)))
        depth = self._shared(path)
        self._cut(depth)
        for name in path[depth:]:
            fd = self._way.fd
            below = step(fd, name)
            if below is None:
                missing(fd, path[: len(self._way.names) + 1])
                below = os.open(name, STEP, dir_fd=fd)
            self._way.push(name, below)
        return self._way.fd

    def find(self, path: Sequence[bytes]) -> int | None:
        """A descriptor of the folder at `path`, valid until the next call; None if there is no such folder."""
        depth = self._shared(path)
        self._cut(depth)
        for name in path[depth:]:
            below = step(self._way.fd, name)
            if below is None:
                return None
            self._way.push(name, below)
        return self._way.fd

    def forget(self, path: Sequence[bytes]) -> None:
        """Close the folders below a path that was just removed."""
        if path and self._shared(path) == len(path):
            self._cut(len(path) - 1)

    def _shared(self, path: Sequence[bytes]) -> int:
        depth = 0
        for ours, theirs in zip(self._way.names, path, strict=False):
            if ours != theirs:
                break
            depth += 1
        return depth

    def _cut(self, depth: int) -> None:
        self._way.up(len(self._way.names) - depth)


def step(fd: int, name: bytes) -> int | None:
    """A descriptor of the folder `name` in `fd`; None if it is missing, a symlink, or not a folder."""
    try:
        return os.open(name, STEP, dir_fd=fd)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP):
            return None
        raise
