"""Takes back one change of the writable layer of a stopped container: the layer is byte for byte what it was.

What a removal takes out of the layer is moved, not copied, so it comes back as the same files: bytes, mode, owner,
xattrs, times and hard links. What the image has is shown again because its whiteout goes. Folders that were only copied up for
the change go too, and the times of the others are set back.

There is no way back where the kernel shows the layer to a process, or the files are in a mount: see `no_way_back`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.containers.rootfs.container_root import movable, writable
from layertui.core.containers.rootfs.mounted_root import MountedRoot
from layertui.core.containers.rootfs.on_disk import has_whiteout_file, make_whiteout_file, remove_whiteout_file
from layertui.core.containers.rootfs.staging import KeptEntry, exchange
from layertui.core.containers.rootfs.stopped_root import StoppedRoot
from layertui.core.errors import Conflict, as_storage_error
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.descent import STEP
from layertui.core.fs.dir_fd import remove_at, remove_xattr_at, xattrs_at
from layertui.core.language.texts import tr
from layertui.core.layers.table.whiteouts import OPAQUE_NAME, is_whiteout, overlay_xattr
from layertui.core.oci.whiteout_names import OPAQUE_XATTR

if TYPE_CHECKING:
    from layertui.core.containers.rootfs.container_root import Root

MOST_ENTRIES = 2000
"""Entries of a folder that a rename copies up, above which there is no way back: each is looked at again before it is deleted."""

_LISTED = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

Sign = tuple[int, int, int, int] | None
"""Inode, mode, modification time and size of a name; None if it is free."""


class _Name(NamedTuple):
    """What the layer has at a path."""

    entry: Sign
    whiteout: bool
    """Whether the entry is one."""
    marker: bool
    """Whether a whiteout as in a layer tar is beside it."""
    opaque: bool
    """Whether it is a folder that shows nothing of the image."""


def no_way_back(root: Root, path: str, *, moved: bool = False) -> str:
    """Why a change of a path without symlinks could not be taken back, in a few words; empty if it could."""
    layers = layers_of(root)
    if layers is None:
        return tr("the container runs")
    if root.mount_of(path):
        return tr("it is in a mount")
    in_layer, of_image = layers.is_where(path)
    if moved and in_layer and of_image:
        return tr("the image has files of this folder, too")
    if moved and not in_layer and _outgrows(root, path):
        return tr("the folder has more than {most_entries:,} files", most_entries=MOST_ENTRIES)
    return ""


def layers_of(root: Root) -> StoppedRoot | None:
    """The layers of a container that does not run; None for one that runs."""
    return root.layers if isinstance(root, MountedRoot) else root if isinstance(root, StoppedRoot) else None


def _outgrows(root: Root, path: str) -> bool:
    count, waiting = 0, [path]
    while waiting and count <= MOST_ENTRIES:
        names = root.names(here) if (seen := root.look(here := waiting.pop())) and seen.kind.word == "dir" else []
        count += len(names)
        waiting += [f"{here.rstrip('/')}/{name}" for name in names]
    return count > MOST_ENTRIES


class WayBack:
    """One change that was done and can be taken back, once; until `take` or `drop` what it needs is kept."""

    def __init__(self, layers: StoppedRoot, path: str, to: str | None = None) -> None:
        """Note what the layer has at `path`, which is about to be removed, or moved to `to`. The caller holds the container's lock."""
        self.upper = layers.upper
        self.kept = KeptEntry(self.upper.parent)
        self._path, self._to = path, to
        self._paths = (path,) if to is None else (path, to)
        self._before = self._names()
        self._folders = {one: self._time(one) for path in self._paths for one in _prefixes(path)}
        self._notes = {kept: notes for one in self._paths for kept, notes in layers.sidecar.below(one).items()}

    @property
    def container(self) -> str:
        return self.upper.parent.name

    def done(self) -> WayBack | None:
        """The change has been done: note what it left, so that nothing that came later is undone with it.

        None if what was removed could not be kept; then it is deleted, as without a way back.
        """
        if self._to is None and self._before[0].entry is not None and not self.kept.is_there:
            self.kept.drop()
            return None
        self._after = self._names()
        self._times = {one: self._time(one) for one in self._folders}
        self._copied = self._what_was_copied()
        return self

    def drop(self) -> None:
        """The change stays: delete what is kept; a second call is no error. StorageError."""
        with as_storage_error(self._path):
            self.kept.drop()

    def take(self, root: Root) -> None:
        """Take the change back; afterwards nothing is kept. The caller holds the container's lock.

        Raises Conflict where the container runs or the layer was changed there since, StorageError.
        """
        with as_storage_error(self._path), self.kept:
            layers = layers_of(root)
            if layers is None:
                raise Conflict(
                    tr("{path}: the container runs by now; what was changed stays as it is", path=self._path)
                )
            if self._names() != self._after or self._what_was_copied() != self._copied:
                raise Conflict(tr("{path} was changed by something else meanwhile; it stays as it is", path=self._path))
            still = {one for one, times in self._times.items() if _is_same_change(self._time(one), times)}
            with root.syncing.together():
                if self._to is None:
                    self._put_back()
                else:
                    self._move_back(self._to)
                for one in self._paths:
                    layers.sidecar.forget(one)
                layers.sidecar.restore(self._notes)
                layers.sidecar.save()
                self._restore_folders(still)

    def _put_back(self) -> None:
        before, after = self._before[0], self._after[0]
        with self._at(self._path) as (fd, name):
            if before.entry is not None:
                with movable(self.kept.fd, self.kept.name):
                    if not (after.whiteout and exchange(self.kept.fd, self.kept.name, fd, name)):
                        os.rename(self.kept.name, name, src_dir_fd=self.kept.fd, dst_dir_fd=fd)
            elif after.whiteout:
                os.unlink(name, dir_fd=fd)
            _set_marker(fd, name, wanted=before.marker)

    def _move_back(self, to: str) -> None:
        before, after = self._before, self._after
        with self._at(self._path) as (fd, name), self._at(to) as (to_fd, last):
            if before[0].entry is None:  # a copy of what the image has
                if after[0].whiteout:
                    os.unlink(name, dir_fd=fd)
                with movable(to_fd, last):
                    os.rename(last, self.kept.name, src_dir_fd=to_fd, dst_dir_fd=self.kept.fd)
            else:
                if after[1].opaque and not before[0].opaque:
                    _show_through(to_fd, last)
                with movable(to_fd, last):
                    if after[0].whiteout and exchange(to_fd, last, fd, name):
                        os.rename(last, self.kept.name, src_dir_fd=to_fd, dst_dir_fd=self.kept.fd)
                    else:
                        os.rename(last, name, src_dir_fd=to_fd, dst_dir_fd=fd)
            if before[1].whiteout:
                os.mknod(last, stat.S_IFCHR, 0, dir_fd=to_fd)
            _set_marker(fd, name, wanted=before[0].marker)
            _set_marker(to_fd, last, wanted=before[1].marker)

    def _restore_folders(self, still: Collection[str]) -> None:
        """Remove what was only copied up on the way, the deepest first, and set the times of the others back."""
        for path in sorted(self._folders, key=lambda one: one.count("/"), reverse=True):
            before = self._folders[path]
            with suppress(OSError), Beneath(self.upper, symlinks=False) as root:
                if before is None:
                    with root.at(path.rpartition("/")[0]) as (fd, name), writable(fd):
                        os.rmdir(name, dir_fd=fd)
                elif path in still:
                    with root.at(path) as (fd, _):
                        os.utime(b".", ns=before, dir_fd=fd)

    # -- what the layer has

    @contextmanager
    def _at(self, path: str) -> Iterator[tuple[int, bytes]]:
        with Beneath(self.upper, symlinks=False) as root, root.at(path) as (fd, name), writable(fd):
            yield fd, name

    def _names(self) -> tuple[_Name, ...]:
        return tuple(self._name(path) for path in self._paths)

    def _name(self, path: str) -> _Name:
        try:
            with Beneath(self.upper, symlinks=False) as root, root.at(path) as (fd, name):
                marker = has_whiteout_file(fd, name)
                sign = _sign(fd, name)
                if sign is None:
                    return _Name(None, whiteout=False, marker=marker, opaque=False)
                what = os.stat(name, dir_fd=fd, follow_symlinks=False)
                return _Name(
                    sign,
                    whiteout=is_whiteout(what, {}, by_xattr=False),
                    marker=marker,
                    opaque=stat.S_ISDIR(what.st_mode) and _is_opaque(fd, name),
                )
        except (FileNotFoundError, NotADirectoryError):  # its folder is only in the image
            return _Name(None, whiteout=False, marker=False, opaque=False)

    def _time(self, path: str) -> tuple[int, int] | None:
        """Access and modification time of the folder that a path is in; None if the layer does not have it."""
        try:
            with Beneath(self.upper, symlinks=False) as root, root.at(path) as (fd, _):
                what = os.fstat(fd)
                return what.st_atime_ns, what.st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _what_was_copied(self) -> list[object]:
        """Everything at and below the new path, if the image's files were copied there: it is deleted with the way back."""
        found: list[object] = []
        if self._to is None or self._before[0].entry is not None:
            return found
        with suppress(FileNotFoundError), Beneath(self.upper, symlinks=False) as root, root.at(self._to) as (fd, name):
            waiting = [name]
            while waiting:
                here = waiting.pop()
                found.append((here, _sign(fd, here)))
                with suppress(OSError), _opened(fd, here) as folder:
                    waiting += sorted(os.path.join(here, os.fsencode(one)) for one in os.listdir(folder))
        return found


@contextmanager
def _opened(fd: int, path: bytes, flags: int = _LISTED) -> Iterator[int]:
    """A folder below an open one, itself no symlink."""
    folder = os.open(path, flags, dir_fd=fd)
    try:
        yield folder
    finally:
        os.close(folder)


def _prefixes(path: str) -> Iterator[str]:
    """The path, and each folder above it that is in another one."""
    while path.strip("/"):
        yield path
        path = path.rpartition("/")[0]


def _is_same_change(one: tuple[int, int] | None, other: tuple[int, int] | None) -> bool:
    """Whether a folder was not changed between two looks; it may have been read."""
    return one is not None and other is not None and one[1] == other[1]


def _sign(fd: int, name: bytes) -> Sign:
    try:
        what = os.stat(name, dir_fd=fd, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return what.st_ino, what.st_mode, what.st_mtime_ns, what.st_size


def _set_marker(fd: int, name: bytes, *, wanted: bool) -> None:
    if wanted:
        make_whiteout_file(fd, name)
    else:
        remove_whiteout_file(fd, name)


def _is_opaque(fd: int, name: bytes) -> bool:
    if overlay_xattr(xattrs_at(fd, name), "opaque") == b"y":
        return True
    with _opened(fd, name, STEP) as folder:
        return _sign(folder, OPAQUE_NAME) is not None


def _show_through(fd: int, name: bytes) -> None:
    """Make a folder that the move made opaque show the image again."""
    with _opened(fd, name, STEP) as folder:
        remove_at(folder, OPAQUE_NAME)
    for xattr in xattrs_at(fd, name):
        if xattr == OPAQUE_XATTR or xattr.endswith("overlay.opaque"):
            remove_xattr_at(fd, name, xattr)
