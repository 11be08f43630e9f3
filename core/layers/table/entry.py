"""One path in one layer, as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(IntEnum):
    """The kind of an entry; the last two are markers in a table and are never shown.

    A WHITEOUT row is a marker without an entry of the same name in the layer. A PLACE is a folder
    that no tar member makes: it contains only markers, or has only an opaque marker.
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
        """The name of the kind in ``ls --json``."""
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
    """What a layer does to a path, compared with the layers below it."""

    UNCHANGED = 0
    ADDED = 1
    MODIFIED = 2
    REMOVED = 3

    @property
    def word(self) -> str:
        """The name of the change in ``ls --json``."""
        return self.name.lower()

    @property
    def letter(self) -> str:
        """One letter: A, M, D, or a blank."""
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
    xattrs: Mapping[str, bytes] = field(
        default_factory=lambda: NO_XATTRS
    )  # as Python 3.11 refuses an unhashable default
    layer: int | None = None
    change: Change = Change.UNCHANGED
    opaque: bool = False
    row: int = -1

    @property
    def is_folder(self) -> bool:
        return self.kind is Kind.DIR

    @property
    def name(self) -> str:
        """The last component of the path."""
        return self.path.rpartition("/")[2]
