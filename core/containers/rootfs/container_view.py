"""The files that a container sees at a path, from its layers and its mounts, for reading.

diff, commit and export work on layers only. Listing, reading and copying take a path, which may lead into a volume. Only
mounts on that path are read, not all of them: they may be the whole host.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from layertui.core.containers.rootfs.mount_sources import MountSource
from layertui.core.containers.rootfs.mounted_root import MountedRoot
from layertui.core.containers.rootfs.on_disk import mounted_owner
from layertui.core.containers.rootfs.put_files import FOLDER
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.stack.view import View
from layertui.core.layers.table.entry import Entry, Kind
from layertui.core.layers.table.layer_folder import FolderContent, OverlayNotes, read_mounted
from layertui.core.layers.table.table_builder import TableBuilder


class ContainerView:
    """The files of a container, including its mounts, for reading."""

    def __init__(self, root: MountedRoot, stack: Callable[[], Stack], sidecar: Sidecar) -> None:
        """`stack` returns its layers."""
        self._root, self._stack, self._sidecar = root, stack, sidecar

    def resolve(self, path: str, *, follow: bool = True, chroot: bool = True) -> Entry:
        """Resolve a path as `View.resolve` does; `..` ends at the root.

        The entry has only the fields that are needed to go on from there. Raises NotFound.
        """
        real = self._root.resolve(path, follow=follow)
        seen = self._root.look(real) if real.strip("/") else None
        if seen is None and real.strip("/"):
            raise NotFound(tr("{path}: no such file or directory in the container", path=path))
        if seen is None:
            return Entry(real, Kind.DIR, 0o755, 0, 0, 0, 0)
        return Entry(real, seen.kind, seen.mode, seen.uid, seen.gid, 0, 0, link=seen.link)

    def mount_of(self, path: str) -> str:
        """The target of the mount that a path leads into, whether or not it exists; empty for the layers."""
        return self._root.mount_of(self._root.resolve(path))

    def view(self, path: str, *, deep: bool, below: bool) -> View:
        """A View with what is at a path without symlinks, and everything around it in the layers.

        `deep`: with everything below the path in its mount; `below`: with mounts below it, too.
        """
        stack = self._stack()
        above = self._root.source_of(path)
        points = self._root.missing_points()
        mounted = [_folders(points)] if points else []
        if above is not None:
            mounted.append(self._layer_of(above, path, deep=deep))
        for target, source in self._root.sources.items():
            if below and source.is_there and target.startswith(f"{path.rstrip('/')}/"):
                mounted.append(self._layer_of(source, target, deep=True))
        return Stack.from_layers([*stack.layers, *mounted]).view() if mounted else stack.view()

    def _layer_of(self, source: MountSource, path: str, *, deep: bool) -> StackLayer:
        known = OverlayNotes(lambda uid, gid: mounted_owner(self._sidecar.ids, (uid, gid)), xattrs=self._sidecar.xattrs)
        with source.beneath() as root:
            table = read_mounted(root, os.fsencode(source.inner(path)), os.fsencode(path.strip("/")), known, deep=deep)
        return StackLayer(table, _Content(source))


def _folders(paths: list[str]) -> StackLayer:
    builder = TableBuilder()
    for path in paths:
        builder.add(os.fsencode(path), Kind.DIR, mode=FOLDER.mode)
    return StackLayer(builder.build())


class _Content:
    """The contents of a mount's files."""

    def __init__(self, source: MountSource) -> None:
        self._source = source

    def open(self, entry: Entry) -> BinaryIO:
        """Open a regular file."""
        with self._source.beneath() as root:
            return FolderContent.in_folder(root, replace(entry, path=self._source.inner(entry.path)))
