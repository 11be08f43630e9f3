"""Which file a FileScreen shows, and how its content is opened."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Protocol

from layertui.core.language.texts import tr
from layertui.tui.common.format import safe

if TYPE_CHECKING:
    from layertui.core.analysis.file_facts.archive_values import ArchiveEntry, ArchiveListing
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress


@dataclass(frozen=True, slots=True)
class OpenedFile:
    """The content of a file, to be closed by the caller."""

    content: BinaryIO
    size: int
    path: str
    """Where it really is, without symlinks."""
    view: View | None = None
    """The files around it; None for a file in an archive."""
    around: OpenedFile | None = None
    """The archive that it is read from."""
    layer: int | None = None
    """The layer that has this version; None for a file in an archive."""

    def close(self) -> None:
        """Close the content, and the archives that it is in."""
        self.content.close()
        if self.around is not None:
            self.around.close()


class FileTarget(Protocol):
    """A file that can be opened again and again."""

    @property
    def path(self) -> str:
        """As asked for; not escaped."""
        ...

    @property
    def title(self) -> str:
        """What has the file, safe to show."""
        ...

    @property
    def depth(self) -> int:
        """1 for a file of an image, 2 for one in an archive, and so on."""
        ...

    def open(self, inspector: Inspector, progress: Progress) -> OpenedFile:
        """The content, seekable. Raises NotFound for what is no file: a device is never opened."""
        ...


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A file that an image or a container shows, as of layer `upto`, or the version of layer `only`."""

    subject: Subject
    path: str
    upto: int | None = None
    only: int | None = None
    depth: int = 1

    @property
    def title(self) -> str:
        """The image or the container, and the layer."""
        layer = (
            tr(", only layer {only}", only=self.only)
            if self.only
            else tr(", as of layer {upto}", upto=self.upto)
            if self.upto
            else ""
        )
        return safe(self.subject.title) + layer

    def open(self, inspector: Inspector, progress: Progress) -> OpenedFile:
        from layertui.core.inspector.look.layer_summaries import content

        view, path = inspector.view_at(self.subject, self.path, upto=self.upto, only=self.only, progress=progress)
        entry = view.resolve(path)
        return OpenedFile(content(view, path), entry.size, entry.path, view, layer=entry.layer)


@dataclass(frozen=True, slots=True)
class EntryFile:
    """An entry of an archive that is itself a file of an image, or an entry of another archive."""

    archive: FileTarget
    entry: ArchiveEntry

    @property
    def path(self) -> str:
        """The path of the archive, and the name in it."""
        return f"{self.archive.path} » {self.entry.name}"

    @property
    def title(self) -> str:
        """That of the archive."""
        return self.archive.title

    @property
    def depth(self) -> int:
        """One more than that of the archive."""
        return self.archive.depth + 1

    def open(self, inspector: Inspector, progress: Progress) -> OpenedFile:
        from layertui.core.analysis.file_facts.open_archive import open_archive

        around = self.archive.open(inspector, progress)
        try:
            archive = open_archive(
                around.content,
                around.size,
                name=around.path,
                depth=self.archive.depth,
                spool=inspector.settings.spool,
            )
            content = archive.open(self.entry, progress)
            size = self.entry.size
            if size is None or self.entry.link:
                size = content.seek(0, os.SEEK_END)
            return OpenedFile(content, size, self.path, around=around)
        except BaseException:
            around.close()
            raise


def listing_of(target: FileTarget, inspector: Inspector, progress: Progress) -> ArchiveListing:
    """What is in the archive that a file is. Raises NotFound for what is none, LimitExceeded for one that is nested too deeply."""
    from layertui.core.analysis.file_facts.open_archive import list_archive, open_archive
    from layertui.core.fs.atomic import make_folder

    spool = inspector.settings.spool
    if spool is not None:
        make_folder(spool, durable=False)
    opened = target.open(inspector, progress)
    try:
        archive = open_archive(opened.content, opened.size, name=opened.path, depth=target.depth, spool=spool)
        return list_archive(archive, progress)
    finally:
        opened.close()


def content_command(target: FileTarget, *, laid_out: bool) -> tuple[str, ...]:
    """The command that writes the content of a file to its output; empty where there is none."""
    entries: list[str] = []
    while isinstance(target, EntryFile):
        entries.insert(0, target.entry.name)
        target = target.archive
    if not isinstance(target, LayerFile):
        return ()
    layer = ("--layer", str(target.only)) if target.only else ("--upto", str(target.upto)) if target.upto else ()
    form = "--layout" if laid_out else "--cat"
    return ("layertui", "file", form, *layer, target.subject.name, target.path, *entries)
