"""DaemonSight: what a daemon's container sees at a path, from its layers and from what is mounted in it."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.bounds import check
from layertui.core.engines.daemon.files.daemon_tar import ArchiveContent, add_member, found_members
from layertui.core.errors import NotFound, as_storage_error
from layertui.core.fs.file_window import Window
from layertui.core.language.texts import tr
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.stack.view import ROOT_ENTRY
from layertui.core.layers.table.entry import Entry, Kind
from layertui.core.layers.table.layer_table import check_table
from layertui.core.layers.table.layer_tar import TarballContent
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.core.streams.tar.tar_contents import DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.engines.daemon.files.container_archive import ContainerArchive
    from layertui.core.engines.daemon.files.path_lookup import PathLookup
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.progress import Progress

_CHUNK = 1 << 20


class DaemonSight:
    """See Sight in `file_protocols.py`. The daemon reaches volumes, and folders of its host; of memory it sees the mount point."""

    def __init__(
        self,
        archive: ContainerArchive,
        paths: PathLookup,
        stack: Callable[[], Stack],
        progress: Progress | None,
    ) -> None:
        """`stack` gives the container's layers."""
        self._archive, self._paths, self._stack, self._progress = archive, paths, stack, progress

    def resolve(self, path: str, *, follow: bool = True, chroot: bool = True) -> Entry:
        real = self._paths.resolve(path, follow=follow)
        if not real.strip("/"):
            return ROOT_ENTRY
        seen = self._paths.look(real)
        if seen is None:
            raise NotFound(tr("{path}: no such file or directory in the container", path=path))
        return Entry(real, seen.kind, seen.mode, seen.uid, seen.gid, 0, 0, link=seen.link)

    def mount_of(self, path: str) -> str:
        return self._paths.mount_of(self._paths.resolve(path))

    def view(self, path: str, *, deep: bool, below: bool) -> View:
        stack = self._stack()
        laid = [self._laid(path, deep=deep)] if self._paths.mount_of(path) else []
        if below:
            inside = [one for one in self._paths.mounts if one.startswith(f"{path.rstrip('/')}/")]
            laid += [self._laid(one, deep=True) for one in inside if not self._is_below_another(one, inside)]
        return Stack.from_layers([*stack.layers, *laid]).view() if laid else stack.view()

    @staticmethod
    def _is_below_another(mount: str, mounts: list[str]) -> bool:
        """The tar of a mount has what is mounted in it, too."""
        return any(mount.startswith(f"{one}/") for one in mounts)

    def _laid(self, path: str, *, deep: bool) -> StackLayer:
        """A layer of what is mounted, which hides what layers have there. With `deep` all that is below the path, contents too."""
        # Podman gives what a symlink leads to; the tar of its folder has the symlink.
        seen = self._paths.look(path)
        asked = path.rpartition("/")[0] or "/" if seen is not None and seen.kind is Kind.SYMLINK else path
        with self._archive.tar(asked) as tar:
            if deep:
                kept = _spooled(tar, self._progress)
                table = self._table(cast("BinaryIO", kept), asked, path, deep=True)
                return StackLayer(table, TarballContent(table, lambda: cast("BinaryIO", kept.window(0, kept.size))))
            return StackLayer(self._table(tar, asked, path, deep=False), ArchiveContent(self._archive))

    def _table(self, tar: BinaryIO, asked: str, path: str, *, deep: bool) -> LayerTable:
        """The table of a tar that was asked for, of what is at `path` and below."""
        table, top = TableBuilder(), os.fsencode(path.strip("/"))
        deepest = top.count(b"/") + 1
        entries = names = 0
        for found in found_members(tar, asked, self._progress):
            if found.path != top and not found.path.startswith(top + b"/"):
                continue
            if not deep and found.path.count(b"/") > deepest:
                continue
            entries, names = entries + 1, names + len(found.path)
            check_table(f"{path}: has", entries, names)
            if found.path == top and found.header.type == DIRECTORY:
                table.opaque(top)
            add_member(table, found.path, found.header, found.offset if deep else -1)
        return table.build()


def _spooled(tar: BinaryIO, progress: Progress | None) -> Window:
    """A tar that was streamed, in a file without a name, open until it is forgotten. LimitExceeded, StorageError."""
    total = 0
    with as_storage_error(), tempfile.TemporaryFile() as file:
        while piece := tar.read(_CHUNK):
            total += len(piece)
            check("unpacked", total, tr("what is mounted has {total:,} bytes and more", total=total))
            file.write(piece)
            if progress is not None:
                progress.advance(0)
        file.flush()
        return Window(file.fileno())
