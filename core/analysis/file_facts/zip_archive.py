"""A zip file as an InnerArchive; wheels, jars and others are zip files with other names."""

from __future__ import annotations

import calendar
import stat
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.analysis.file_facts.archive_values import ArchiveEntry
from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.spooled_reader import SpooledReader, UnpackedStream
from layertui.core.streams.zip_entries import ZipEntry, open_entry, zip_entries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertui.core.progress import Progress

_FORMATS = {
    ".whl": tr("Python wheel (zip)"),
    ".jar": tr("Java archive (zip)"),
    ".war": tr("Java web archive (zip)"),
    ".ear": tr("Java enterprise archive (zip)"),
}
_KINDS = {stat.S_IFLNK: Kind.SYMLINK, stat.S_IFIFO: Kind.FIFO, stat.S_IFCHR: Kind.CHAR, stat.S_IFBLK: Kind.BLOCK}


class ZipArchive:
    """See InnerArchive."""

    def __init__(self, stream: BinaryIO, size: int, name: str, spool: Path | None = None) -> None:
        self.format = _FORMATS.get("." + name.lower().rpartition(".")[2], "zip archive")
        self._stream, self._size, self._spool = stream, size, spool

    def entries(self, progress: Progress | None = None) -> Iterator[ArchiveEntry]:
        for number, found in enumerate(zip_entries(self._stream, self._size)):
            kind = _kind(found)
            yield ArchiveEntry(
                _text(found.name),
                kind,
                found.size if kind is Kind.FILE else 0,
                None if found.mode is None else found.mode & 0o7777,
                _time(*found.time),
                number=number,
            )

    def open(self, entry: ArchiveEntry, progress: Progress | None = None) -> BinaryIO:
        for number, found in enumerate(zip_entries(self._stream, self._size)):
            if number == entry.number:
                if _kind(found) is Kind.DIR:
                    raise NotFound(tr("{name}: is a folder", name=entry.name))
                unpacked = cast("BinaryIO", UnpackedStream(open_entry(self._stream, found), entry.name, found.size))
                return cast("BinaryIO", SpooledReader(unpacked, entry.name, found.size, self._spool))
        raise NotFound(tr("the archive has no entry {number}", number=entry.number))


def _kind(entry: ZipEntry) -> Kind:
    if entry.name.endswith((b"/", b"\\")):
        return Kind.DIR
    return _KINDS.get(stat.S_IFMT(entry.mode or 0), Kind.FILE)


def _text(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _time(date: int, time: int) -> int | None:
    """Seconds since 1970 of a date and a time of DOS; None for one that no calendar has."""
    day = (1980 + (date >> 9), date >> 5 & 15, date & 31)
    clock = (time >> 11, time >> 5 & 63, time % 32 * 2)
    if not (1 <= day[1] <= 12 and 1 <= day[2] <= 31 and clock[0] < 24 and clock[1] < 60 and clock[2] < 60):
        return None
    return calendar.timegm((*day, *clock, 0, 0, 0))
