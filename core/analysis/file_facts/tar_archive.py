"""A tar as an InnerArchive, compressed or not. A compressed one is read from its beginning each time."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.analysis.file_facts.archive_values import ArchiveEntry
from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.compress import decompressed
from layertui.core.streams.read_ahead import forward_reader
from layertui.core.streams.spooled_reader import SpooledReader, UnpackedStream
from layertui.core.streams.tar.member_content import MemberContent
from layertui.core.streams.tar.tar_contents import (
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    FIFO,
    HARDLINK,
    SYMLINK,
    Header,
    content_of,
    walk,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertui.core.progress import Progress

_KINDS = {
    DIRECTORY: Kind.DIR,
    SYMLINK: Kind.SYMLINK,
    CHAR: Kind.CHAR,
    BLOCK_DEVICE: Kind.BLOCK,
    FIFO: Kind.FIFO,
}


class TarArchive:
    """See InnerArchive."""

    def __init__(
        self, stream: BinaryIO, size: int, name: str, compression: str = "none", spool: Path | None = None
    ) -> None:
        self.format = (
            tr("tar archive") if compression == "none" else tr("tar archive, {compression}", compression=compression)
        )
        self._stream, self._size, self._name, self._spool = stream, size, name, spool
        self._is_compressed = compression != "none"

    def entries(self, progress: Progress | None = None) -> Iterator[ArchiveEntry]:
        for number, member in enumerate(walk(self._tar(), progress)):
            header = Header.of(member)
            yield ArchiveEntry(
                _text(header.name),
                _KINDS.get(header.type, Kind.FILE),
                header.size,
                header.mode & 0o7777,
                header.mtime,
                _text(header.link) if header.type in (SYMLINK, HARDLINK) else "",
                number,
            )

    def open(self, entry: ArchiveEntry, progress: Progress | None = None) -> BinaryIO:
        if entry.kind is not Kind.FILE:
            raise NotFound(tr("{name}: is a {word}, and has no content", name=entry.name, word=entry.kind.word))
        number = self._first_name(entry, progress) if entry.link else entry.number
        tar = self._tar()
        for at, member in enumerate(walk(tar, progress)):
            if at == number:
                content = content_of(tar, member)
                if not self._is_compressed:
                    return content
                size = Header.of(member).size
                return cast("BinaryIO", SpooledReader(content, entry.name, size, self._spool))
        raise NotFound(tr("the archive has no entry {number}", number=number))

    def _first_name(self, link: ArchiveEntry, progress: Progress | None) -> int:
        """The entry that a hard link is another name of: the last one before it of that name."""
        found = None
        for entry in self.entries(progress):
            if entry.number >= link.number:
                break
            if entry.kind is Kind.FILE and not entry.link and _same(entry.name, link.link):
                found = entry.number
        if found is None:
            raise NotFound(
                tr(
                    "{name}: is a hard link to {link}, which the archive does not have before it",
                    name=link.name,
                    link=link.link,
                )
            )
        return found

    def _tar(self) -> BinaryIO:
        """The uncompressed tar, from its beginning."""
        raw = cast("BinaryIO", MemberContent(self._stream, 0, self._size))
        if not self._is_compressed:
            return raw
        return forward_reader(cast("BinaryIO", UnpackedStream(decompressed(raw), self._name)))


def _same(name: str, other: str) -> bool:
    return name.removeprefix("./").strip("/") == other.removeprefix("./").strip("/")


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")
