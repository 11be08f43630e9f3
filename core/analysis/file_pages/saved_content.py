"""Writes the content of a file that is shown to a file of the host; holes of a sparse file stay holes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.bounds import check
from layertui.core.errors import Conflict
from layertui.core.fs.atomic import atomic_write
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.analysis.file_pages.page_source import PageSource
    from layertui.core.progress import Progress

_PIECE = 1 << 20


def save_content(source: PageSource, path: Path, progress: Progress) -> None:
    """Write all bytes to a path, whose file appears when it is complete, and replaces one that is there.

    Raises Conflict for a path of anything but a regular file, LimitExceeded, StorageError, Cancelled, Damaged.
    """
    if path.exists() and not path.is_file():
        raise Conflict(tr("{path}: is not a file, and is not replaced by one", path=path))
    with atomic_write(path, unnamed=True) as out:
        write_content(source, out, progress)


def write_content(source: PageSource, out: BinaryIO, progress: Progress) -> None:
    """Write all bytes to an empty open file. Raises LimitExceeded, OSError, Cancelled, Damaged."""
    check("unpacked", source.stored, tr("the file has {stored:,} bytes besides its holes", stored=source.stored))
    progress.begin(tr("writing"), source.stored)
    at = 0
    while (part := source.data_from(at, source.size)) is not None:
        first, at = part[0], min(part[1], part[0] + _PIECE)
        out.seek(first)
        out.write(source.read(first, at, progress))
        progress.advance(at - first)
    out.truncate(source.size)
