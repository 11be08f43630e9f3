"""One path in one layer, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(IntEnum):
    """What an entry is; the last two are markers in a table and never shown.

    A WHITEOUT row stands for a marker with no entry of the same name beside it. A PLACE is a
    folder that no tar member makes: only markers lie below it, or it only is emptied.
    """

    FILE = 1
    DIR = 2
    SYMLINK = 3
    CHAR = 4
    BLOCK = 5
    FIFO = 6
    WHITEOUT = 7
    PLACE = 8

    @property
    def word(self) -> str:
        """The kind as ``ls --json`` names it."""
        return _WORDS[self]


_WORDS = {
    Kind.FILE: "file",
    Kind.DIR: "dir",
    Kind.SYMLINK: "symlink",
    Kind.CHAR: "char",
    Kind.BLOCK: "block",
    Kind.FIFO: "fifo",
    Kind.WHITEOUT: "whiteout",
    Kind.PLACE: "dir",
}


Device = tuple[Kind, int, int]
"""CHAR or BLOCK, its major and its minor number."""


class Change(IntEnum):
    """What a layer did to a path, against the layers below it."""

    UNCHANGED = 0
    ADDED = 1
    MODIFIED = 2
    REMOVED = 3

    @property
    def word(self) -> str:
        """The change as ``ls --json`` names it."""
        return self.name.lower()

    @property
    def letter(self) -> str:
        """One column: A, M, D, or a blank."""
        return " AMD"[self]


NO_XATTRS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Entry:
    """One path in one layer, or as a view shows it.

    ``path`` is absolute text with surrogate escapes; ``mode`` holds the twelve permission bits;
    ``size`` is bytes (that of the inode, for a hard link); ``mtime`` whole seconds since 1970 and
    ``mtime_ns`` the nanoseconds below them. ``row`` points into the table of ``layer``.
    """

    path: str
    kind: Kind
    mode: int
    uid: int
    gid: int
    size: int
    mtime: int
    mtime_ns: int = 0
    uname: str = ""
    gname: str = ""
    link: str | None = None
    hardlink_to: str | None = None
    dev: tuple[int, int] | None = None
    xattrs: Mapping[str, bytes] = field(default_factory=lambda: NO_XATTRS)  # no plain default: unhashable in 3.11
    layer: int | None = None
    change: Change = Change.UNCHANGED
    opaque: bool = False
    row: int = -1

    @property
    def is_folder(self) -> bool:
        """Whether it is a directory."""
        return self.kind is Kind.DIR

    @property
    def name(self) -> str:
        """The last component of the path."""
        return self.path.rpartition("/")[2]
