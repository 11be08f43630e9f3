"""Reads and changes a container's writable layer, in every state of the container.

A running container is changed through its root (`live_root.py`), a stopped one in its layer's folder
(`stopped_root.py`), with one interface. A change is on disk when the call returns.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.containers.rootfs.container_root import Attributes, Owner, Root
from layertui.core.containers.rootfs.path_checks import check_path, existing, file_target, folder_target, move_target
from layertui.core.containers.rootfs.put_files import make_file, make_folder, staged
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.errors import Conflict, NotFound, as_storage_error
from layertui.core.fs.descent import bytes_below
from layertui.core.fs.overlay.override_xattrs import CAPABILITY
from layertui.core.fs.path_handle import PathHandle
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Entry, Kind

if TYPE_CHECKING:
    from layertui.core.containers.rootfs.way_back import WayBack
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.layer_table import LayerTable


class UpperLayer:
    """The writable layer of a container: read as a layer table, and changed file by file.

    Changes raise NotFound, Conflict, WrongState, LimitExceeded, NotOurs and StorageError.
    """

    def __init__(
        self,
        upper: Path,
        below: Callable[[], View],
        sidecar: Sidecar,
        root: Callable[[], AbstractContextManager[Root]],
    ) -> None:
        """`below` is the image's View; `root` locks the container's state and returns its root, for changes."""
        self.upper = upper
        self._below, self._sidecar, self._hold = below, sidecar, root

    def table(self, without: Collection[str] = ()) -> LayerTable:
        """The layer's current table; of the folders `without`, volumes, only their own entries."""
        from layertui.core.containers.rootfs.stopped_root import StoppedRoot
        from layertui.core.layers.table.layer_folder import read_folder  # imports numpy

        layers = StoppedRoot(self.upper, self._below, self._sidecar)
        paths = [_resolved(layers, path) for path in without]
        emptied = frozenset(os.fsencode(path[1:]) for path in paths)
        shown = [path for path in paths if (entry := self._below().get(path)) is not None and entry.kind is Kind.DIR]
        skipped = frozenset(os.fsencode(path[1:]) for path in (*shown, *layers.leads_only_to(shown)))
        known = self._sidecar.as_read(lambda path: self._below().get(path))
        return read_folder(self.upper, known, emptied=emptied, skipped=skipped)

    def size(self) -> int:
        """Bytes of its files, each inode once; without a table, since every list of containers needs it.

        Raises LimitExceeded for nesting deeper than `Bounds.tree_depth`.
        """
        return bytes_below(self.upper)

    def open(self, entry: Entry) -> BinaryIO:
        """Open one of its files. Raises Damaged if it is not a file any more."""
        from layertui.core.layers.table.layer_folder import FolderContent

        return FolderContent(self.upper).open(entry)

    def write(
        self,
        path: str,
        source: BinaryIO,
        *,
        mode: int | None = None,
        owner: Owner | None = None,
        parents: bool = False,
    ) -> None:
        """Write a file, new or instead of an old one, whose mode and owner are kept unless given."""
        with self._at_hand(source) as content, self._root(path) as root:
            target, old = file_target(root, path)
            self._require_owner(root, target, owner)
            old_owner = (old.uid, old.gid) if old is not None else (0, 0)
            old_mode = old.mode if old is not None else 0o644
            kept = {name: value for name, value in old.xattrs.items() if name != CAPABILITY} if old is not None else {}
            attributes = Attributes(old_mode if mode is None else mode, owner or old_owner, kept)
            with staged(root, target, parents=parents) as (fd, name):
                make_file(root, fd, name, target, content, attributes, replaces=old is not None)

    def mkdir(self, path: str, *, parents: bool = False, mode: int = 0o755) -> None:
        """Make a folder; with `parents`, missing ones above it too, and an existing one is no error."""
        with self._root(path) as root:
            _mkdir(root, path, parents=parents, mode=mode)

    def mkdirs(self, paths: Sequence[str]) -> None:
        """Make folders with their parents; existing ones are no error. They are synced together."""
        for path in paths:
            check_path(path)
        with self._root("/") as root, root.syncing.together() if len(paths) > _MANY else nullcontext():
            for path in paths:
                with as_storage_error(path):
                    _mkdir(root, path, parents=True)

    def copy_up_tree(self, path: str) -> None:
        """Copy up the folder at a path with all its contents, so that it needs the image no more."""
        with self._root(path) as root:
            root.copy_up_tree(root.resolve(path))

    def unlink(self, path: str, *, recursive: bool = False) -> None:
        """Remove a path; a symlink itself, not its target; a folder only with `recursive`. Raises Conflict."""
        with self._root(path) as root:
            root.remove(_to_remove(root, path, recursive=recursive))

    def no_way_back(self, path: str, *, moved: bool = False) -> str:
        """Why removing or moving a path could not be taken back, in a few words; empty if it could."""
        from layertui.core.containers.rootfs.way_back import no_way_back

        with self._root(path) as root:
            return no_way_back(root, existing(root, path)[0], moved=moved)

    def unlink_reversibly(self, path: str, *, recursive: bool = False) -> WayBack | None:
        """As `unlink`; what was removed is kept, None where it could not be."""
        from layertui.core.containers.rootfs.way_back import WayBack, layers_of, no_way_back

        with self._root(path) as root:
            target = _to_remove(root, path, recursive=recursive)
            layers = layers_of(root)
            if layers is None or no_way_back(root, target):
                root.remove(target)
                return None
            with _given_up_on_error(WayBack(layers, target)) as way:
                root.remove(target, (way.kept.fd, way.kept.name))
                return way.done()

    def rename_reversibly(self, path: str, new: str) -> WayBack | None:
        """As `rename`; None where it cannot be taken back."""
        from layertui.core.containers.rootfs.way_back import WayBack, layers_of, no_way_back

        with self._root(path) as root:
            source, _ = existing(root, path)
            target = move_target(root, source, path, new)
            refused = no_way_back(root, source, moved=True) or no_way_back(root, target)
            layers = layers_of(root)
            if refused or layers is None:
                root.move(source, target)
                return None
            with _given_up_on_error(WayBack(layers, source, target)) as way:
                root.move(source, target)
                return way.done()

    def take_back(self, way: WayBack) -> None:
        """Take a change of this layer back. Raises Conflict where the container runs, or the layer was changed there since."""
        with self._root("/") as root:
            way.take(root)

    def change(self, path: str, *, mode: int | None = None, owner: Owner | None = None) -> None:
        """Change mode or owner of a path, of a symlink itself; what is not given stays the same, also setuid.

        Raises Conflict.
        """
        with self._root(path) as root, root.syncing.together():
            target, seen = existing(root, path)
            if seen.kind is Kind.SYMLINK and mode is not None:
                raise Conflict(tr("{path} is a symlink, which has no mode of its own", path=path))
            self._require_owner(root, target, owner)
            root.copy_up(target)
            with root.at(target) as (fd, name), PathHandle(fd, name) as held:
                if owner is not None:
                    if seen.ns is not None:  # nothing to change; but copied up now, in a running container
                        held.utime(seen.ns)
                    root.chown(held, target, owner)
                if seen.kind is not Kind.SYMLINK:
                    held.chmod(seen.mode if mode is None else mode)

    def rename(self, path: str, new: str) -> None:
        """Move a path to another one in an existing folder. What the image has is copied up, with its attributes."""
        with self._root(path) as root:
            source, _ = existing(root, path)
            target = move_target(root, source, path, new)
            root.move(source, target)

    def _require_owner(self, root: Root, path: str, owner: Owner | None) -> None:
        """Raise Conflict for an owner that cannot be stored: with one user ID, mounted files are that user's."""
        if owner not in (None, (0, 0)) and self._sidecar.ids.mode == "single" and root.mount_of(path):
            raise Conflict(tr("{path} is in a mount, where all files are yours, since you are not root", path=path))

    def put_tar(self, tar: BinaryIO, path: str) -> None:
        """Unpack a tar to the folder at `path`. Raises NotFound."""
        from layertui.core.containers.rootfs.put_tar import put_tar

        with self._at_hand(tar) as content, self._root(path) as root:
            folder = root.resolve(path)
            seen = root.look(folder)
            if seen is None or seen.kind is not Kind.DIR:
                raise NotFound(tr("{path}: no such folder in the container", path=path))
            with root.syncing.together():
                put_tar(root, folder.rstrip("/"), content)

    @contextmanager
    def _at_hand(self, source: BinaryIO) -> Iterator[BinaryIO]:
        """The source, spooled to a file first if it may be slow: the container is locked while it is written."""
        if source.seekable():
            yield source
            return
        with as_storage_error(self.upper), tempfile.TemporaryFile(dir=self.upper.parent) as spool:
            shutil.copyfileobj(source, spool, 1 << 20)
            spool.seek(0)
            yield cast("BinaryIO", spool)

    @contextmanager
    def _root(self, path: str) -> Iterator[Root]:
        """The container's root, locked in its state; an error of the disk names the path."""
        check_path(path)
        with as_storage_error(path), self._hold() as root:
            yield root
            self._sidecar.save()


_MANY = 8  # folders, for which the whole file system is synced once rather than each of them


def _resolved(root: Root, path: str) -> str:
    """The path without symlinks, as in the container; unchanged if it cannot be resolved."""
    try:
        return root.resolve(path)
    except (NotFound, PermissionError):
        return posixpath.normpath("/" + path.lstrip("/"))


def _to_remove(root: Root, path: str, *, recursive: bool) -> str:
    target, seen = existing(root, path)
    if seen.kind is Kind.DIR and not recursive:
        raise Conflict(tr("{path} is a folder; remove it with all it holds by -r", path=path))
    return target


@contextmanager
def _given_up_on_error(way: WayBack) -> Iterator[WayBack]:
    """Keep nothing for a change that has failed."""
    try:
        yield way
    except BaseException:
        way.drop()
        raise


def _mkdir(root: Root, path: str, *, parents: bool, mode: int = 0o755) -> None:
    target = folder_target(root, path, parents=parents)
    if target is None:
        return
    with staged(root, target, parents=parents) as (fd, name):
        make_folder(root, fd, name, target, Attributes(mode))
