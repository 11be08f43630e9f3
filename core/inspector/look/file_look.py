"""One file of a view looked at: what it is, and what is in it if it is an archive, through as many archives as are named."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Self

from layertui.core.analysis.file_facts.archive_values import ArchiveEntry, ArchiveListing, InnerArchive
from layertui.core.analysis.file_facts.fact_values import FileFacts
from layertui.core.analysis.file_facts.laid_out import laid_out
from layertui.core.analysis.file_facts.look_at_file import file_facts
from layertui.core.analysis.file_facts.open_archive import list_archive, open_archive
from layertui.core.bounds import check
from layertui.core.errors import NotFound
from layertui.core.fs.atomic import make_folder
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress


@dataclass(frozen=True, slots=True)
class _Opened:
    """A file of the view, or an entry of an archive."""

    name: str
    stream: BinaryIO
    size: int


class FileLook:
    """A file of a view, opened; `inside` are the entries of archives that lead further, each by its name in the one before.

    For one thread, to be closed. All methods raise Damaged and LimitExceeded for content that cannot be read.
    """

    def __init__(
        self,
        view: View,
        path: str,
        inside: Sequence[str] = (),
        *,
        spool: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Raises NotFound for a path or an entry that is not there, or has no content where one is needed."""
        self.entry: Entry = view.resolve(path, chroot=True)
        self.inside = tuple(inside)
        self._view, self._spool = view, spool
        self._close = ExitStack()
        self._opened: _Opened | None = None
        if spool is not None:
            make_folder(spool, durable=False)
        if self.entry.kind is Kind.FILE:
            stream = self._close.enter_context(view.stack.open(self.entry))
            self._opened = _Opened(self.entry.path, stream, self.entry.size)
        try:
            for depth, name in enumerate(inside, 1):
                self._enter(name, depth, progress)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all that was opened."""
        self._close.close()

    @property
    def size(self) -> int:
        """Bytes of the content; 0 for what has none."""
        return self._opened.size if self._opened is not None else 0

    def facts(self) -> FileFacts | None:
        """What the file is; None for a folder, a device or a pipe, which are never opened."""
        if self._opened is None:
            return None
        view = None if self.inside else self._view  # what is in an archive does not run from there
        return file_facts(self._opened.stream, self._opened.size, path=self._opened.name, view=view)

    def listing(self, progress: Progress | None = None) -> ArchiveListing:
        """What is in the file. Raises NotFound for what is no archive."""
        return list_archive(self._archive(len(self.inside) + 1), progress)

    def content(self) -> BinaryIO:
        """The content, seekable, open as long as this is. Raises NotFound for what has none."""
        stream = self._file().stream
        stream.seek(0)
        return stream

    def laid_out(self) -> str:
        """The file as JSON, TOML or YAML with a value a line. Raises NotFound for what is none of these."""
        facts = self.facts()
        if facts is None or not facts.kind.has_layout:
            raise NotFound(tr("{path}: is neither JSON nor TOML nor YAML", path=self.entry.path))
        opened = self._file()
        check("json", opened.size, tr("{name}: has {size:,} bytes", name=opened.name, size=opened.size))
        opened.stream.seek(0)
        return laid_out(read_fully(opened.stream.read, opened.size), facts.kind)

    def _file(self) -> _Opened:
        if self._opened is None:
            raise NotFound(
                tr("{path}: is a {word}, and has no content", path=self.entry.path, word=self.entry.kind.word)
            )
        return self._opened

    def _archive(self, depth: int) -> InnerArchive:
        opened = self._file()
        return open_archive(opened.stream, opened.size, name=opened.name, depth=depth, spool=self._spool)

    def _enter(self, name: str, depth: int, progress: Progress | None) -> None:
        archive = self._archive(depth)
        found: ArchiveEntry | None = None
        for entry in archive.entries(progress):  # the last one of a name counts, as where a tar is unpacked
            if _same(entry.name, name):
                found = entry
        if found is None:
            raise NotFound(tr("{name}: has no entry {name2}", name=self._file().name, name2=name))
        stream = self._close.enter_context(archive.open(found, progress))
        size = found.size if found.size is not None and not found.link else stream.seek(0, os.SEEK_END)
        self._opened = _Opened(found.name, stream, size)


def _same(stored: str, asked: str) -> bool:
    return stored == asked or stored.removeprefix("./").strip("/") == asked.removeprefix("./").strip("/")
