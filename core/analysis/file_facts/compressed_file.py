"""One compressed file as an archive of one entry, whose name is its own without the ending."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.analysis.file_facts.archive_values import ArchiveEntry
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.compress import decompressed
from layertui.core.streams.spooled_reader import SpooledReader, UnpackedStream
from layertui.core.streams.tar.member_content import MemberContent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertui.core.progress import Progress

_ENDINGS = (".gz", ".xz", ".zst", ".bz2", ".zstd", ".z")


class CompressedFile:
    """See InnerArchive."""

    def __init__(self, stream: BinaryIO, size: int, name: str, compression: str, spool: Path | None = None) -> None:
        self.format = tr("{compression} data", compression=compression)
        self._stream, self._size, self._spool = stream, size, spool
        last = name.rpartition("/")[2]
        ending = next((ending for ending in _ENDINGS if last.lower().endswith(ending)), "")
        self._name = last[: len(last) - len(ending)] or "content"

    def entries(self, progress: Progress | None = None) -> Iterator[ArchiveEntry]:
        yield ArchiveEntry(self._name, Kind.FILE, None)

    def open(self, entry: ArchiveEntry, progress: Progress | None = None) -> BinaryIO:
        raw = decompressed(cast("BinaryIO", MemberContent(self._stream, 0, self._size)))
        unpacked = cast("BinaryIO", UnpackedStream(raw, self._name))
        return cast("BinaryIO", SpooledReader(unpacked, self._name, folder=self._spool))
