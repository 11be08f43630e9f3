"""Root: the files that a container sees, to be looked at and changed; running or not, in the same words.

`live.py` is the root of a container that runs, `stopped.py` of one that does not. Here is what they have in common, and
nothing that brings numpy.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from layertui.core.layers.at import chmod_at
from layertui.core.layers.entry import Kind

Owner = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a container has at a path."""

    kind: Kind
    mode: int
    uid: int
    gid: int
    link: str | None = None
    xattrs: Mapping[str, bytes] = field(default_factory=dict)


class Root(Protocol):
    """A container's `/`. Paths are absolute; only `resolve` follows a symlink at a path's end."""

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path that a path leads to, whether or not something lies there."""

    def look(self, path: str) -> Seen | None:
        """What is at a path."""

    def names(self, path: str) -> list[str]:
        """What lies in a folder."""

    def at(self, path: str) -> AbstractContextManager[tuple[int, bytes]]:
        """The folder of `path`, open for changes in it, and the name in it."""

    def give(self, fd: int, name: bytes, path: str, owner: Owner) -> None:
        """Make what lies in the folder `fd` under `name`, and is or will be at `path`, somebody's."""

    def mounted(self, fd: int, name: bytes) -> bool:
        """Whether something is mounted on what lies there, which then can be written to and not replaced."""

    def settle(self, fd: int, name: bytes, path: str, *, folder: bool = False) -> None:
        """Called when something was put at `path`."""

    def make_way(self, path: str) -> None:
        """Called before a folder is made at `path`."""

    def own(self, path: str) -> None:
        """Called before the attributes of the folder at `path` are changed."""

    def remove(self, path: str) -> None:
        """What is at `path` goes, with all below it."""


@contextmanager
def writable(fd: int) -> Iterator[None]:
    """Let us write in a folder of ours whose mode forbids it, as the container's root could."""
    mode = stat.S_IMODE(os.fstat(fd).st_mode)
    if os.geteuid() == 0 or mode & 0o300 == 0o300:
        yield
        return
    chmod_at(fd, b".", mode | 0o700)
    try:
        yield
    finally:
        chmod_at(fd, b".", mode)
