"""Opens the archive that a file is: tar (also compressed), zip, ar, or one compressed file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.analysis.file_facts.ar_archive import ArArchive
from layertui.core.analysis.file_facts.archive_values import ArchiveEntry, ArchiveListing, InnerArchive
from layertui.core.analysis.file_facts.compressed_file import CompressedFile
from layertui.core.analysis.file_facts.content_kind import HEAD, kind_of_content
from layertui.core.analysis.file_facts.fact_values import FileKind
from layertui.core.analysis.file_facts.tar_archive import TarArchive
from layertui.core.analysis.file_facts.zip_archive import ZipArchive
from layertui.core.bounds import bounds, check, exceeded
from layertui.core.errors import Damaged, LimitExceeded, NotFound
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.streams.compress import decompressed, sniff
from layertui.core.streams.tar.member_content import MemberContent

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.progress import Progress


def open_archive(
    stream: BinaryIO, size: int, *, name: str = "", depth: int = 1, spool: Path | None = None
) -> InnerArchive:
    """The archive in a seekable stream of `size` bytes, which stays open as long as the archive is used, and is used by one thread.

    `depth` is 1 for a file of the image, 2 for one in an archive, and so on; `spool` a folder for content that is unpacked to be
    read at any place. Raises NotFound for what is no archive, Damaged, and LimitExceeded for one that is nested too deeply.
    """
    check("archive_depth", depth, tr("{name}: is in {depth} archives, one in the other", name=name, depth=depth - 1))
    content = cast("BinaryIO", MemberContent(stream, 0, size))
    head = read_fully(content.read, min(size, HEAD))
    kind = kind_of_content(head, name, cut=size > len(head))
    if kind is FileKind.TAR:
        return TarArchive(stream, size, name)
    if kind is FileKind.ZIP:
        return ZipArchive(stream, size, name, spool)
    if kind is FileKind.AR:
        return ArArchive(stream, size)
    if kind is FileKind.COMPRESSED:
        compression = sniff(head)
        if is_compressed_tar(stream, size):
            return TarArchive(stream, size, name, compression, spool)
        return CompressedFile(stream, size, name, compression, spool)
    raise NotFound(tr("{name}: is not an archive", name=name))


def is_compressed_tar(stream: BinaryIO, size: int) -> bool:
    """Whether a compressed file has a tar in it. Raises Damaged and LimitExceeded where its beginning cannot be read."""
    begin = read_fully(decompressed(cast("BinaryIO", MemberContent(stream, 0, size))).read, HEAD)
    return kind_of_content(begin) is FileKind.TAR


def list_archive(archive: InnerArchive, progress: Progress | None = None) -> ArchiveListing:
    """The entries of an archive as far as they can be read, and as many as the bound `archive_entries`; `damage` says why there may be more."""
    found: list[ArchiveEntry] = []
    most, damage = bounds().archive_entries, ""
    try:
        for entry in archive.entries(progress):
            if len(found) == most:
                raise exceeded("archive_entries", tr("the archive has more than {most:,} entries", most=most))
            found.append(entry)
    except (Damaged, LimitExceeded) as error:
        damage = str(error)
    return ArchiveListing(archive.format, tuple(found), damage)
