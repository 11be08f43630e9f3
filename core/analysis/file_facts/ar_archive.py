"""An ar archive as an InnerArchive: a Debian package, or a static library."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.analysis.file_facts.archive_values import ArchiveEntry
from layertui.core.errors import Damaged, NotFound
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.ar_members import ArMember, ar_members
from layertui.core.streams.tar.member_content import MemberContent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.progress import Progress


class ArArchive:
    """See InnerArchive."""

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self._stream, self._size = stream, size
        try:
            first = next(ar_members(stream, size), None)
        except Damaged:
            first = None
        self.format = tr("Debian package") if first is not None and first.name == b"debian-binary" else tr("ar archive")

    def entries(self, progress: Progress | None = None) -> Iterator[ArchiveEntry]:
        for number, member in enumerate(ar_members(self._stream, self._size)):
            name = member.name.decode("utf-8", "surrogateescape")
            yield ArchiveEntry(name, Kind.FILE, member.size, member.mode & 0o7777, member.mtime, number=number)

    def open(self, entry: ArchiveEntry, progress: Progress | None = None) -> BinaryIO:
        member = self._member(entry.number)
        return cast("BinaryIO", MemberContent(self._stream, member.offset, member.size))

    def _member(self, number: int) -> ArMember:
        for at, member in enumerate(ar_members(self._stream, self._size)):
            if at == number:
                return member
        raise NotFound(tr("the archive has no entry {number}", number=number))
