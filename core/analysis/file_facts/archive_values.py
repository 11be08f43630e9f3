"""What archives have in common: their entries as values, and how they are asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

if TYPE_CHECKING:
    from layertui.core.layers.table.entry import Kind
    from layertui.core.progress import Progress


@dataclass(frozen=True, slots=True)
class ArchiveEntry:
    """One entry of an archive. The name is as stored, with surrogate escapes: no path of this machine, and not escaped."""

    name: str
    kind: Kind
    size: int | None
    """Bytes of its content; None for a compressed file alone, which does not say it."""
    mode: int | None = None
    """Permission bits; None where the archive has none."""
    mtime: int | None = None
    """Seconds since 1970; None where the archive has none. Times of zip files have no zone, and are taken as UTC."""
    link: str = ""
    """Where a symlink leads, or the name of the first entry that a hard link is another name of."""
    number: int = 0
    """Its place in the archive, from 0: by this `InnerArchive.open` finds it."""


class InnerArchive(Protocol):
    """An archive inside a file, read from that file's stream, within `Bounds`."""

    format: str
    """`tar archive`, `tar archive, gzip`, `zip archive`, `Python wheel (zip)`, `Debian package`, `gzip data` …"""

    def entries(self, progress: Progress | None = None) -> Iterator[ArchiveEntry]:
        """All entries, in order. Raises Damaged or LimitExceeded after those that can be read."""

    def open(self, entry: ArchiveEntry, progress: Progress | None = None) -> BinaryIO:
        """The content of a regular file, seekable, to be looked at in turn; closing it leaves the archive open.

        Raises NotFound for an entry that has none, Damaged, LimitExceeded; reading raises the last two as well.
        """


@dataclass(frozen=True, slots=True)
class ArchiveListing:
    """The entries of an archive, as far as they can be read."""

    format: str
    entries: tuple[ArchiveEntry, ...]
    damage: str = ""
    """Why there may be more."""
