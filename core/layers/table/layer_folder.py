"""Reads a container's writable layer, a folder that may be in use, into a layer table; and opens its files.

It reads an overlay's upper folder as the kernel writes it, with whiteouts (overlayfs.rst); `.wh.` files are accepted
too, for systems that cannot create others. No symlink is followed. The container may be running: a file that
disappears while the folder is read is left out.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from layertui.core.errors import Damaged, as_storage_error, storage_error
from layertui.core.fs.beneath import Beneath, parts_of
from layertui.core.fs.descent import LOOK, Descent, check_depth, open_found, unlocked
from layertui.core.fs.dir_fd import status_at, xattrs_at
from layertui.core.fs.overlay.override_xattrs import owner_override
from layertui.core.layers.table.entry import Device, Entry, Kind
from layertui.core.layers.table.layer_table import OPAQUE, WHITED, LayerTable
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.core.layers.table.whiteouts import is_whiteout, marker, overlay_xattr, portable_xattrs
from layertui.core.progress import Progress
from layertui.core.streams.tar.member_content import with_holes

Owner = tuple[int, int]

KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIR,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFCHR: Kind.CHAR,
    stat.S_IFBLK: Kind.BLOCK,
    stat.S_IFIFO: Kind.FIFO,
}  # a socket is of no use without its process: layers have none


@dataclass(frozen=True, slots=True)
class OverlayNotes:
    """What is recorded about a folder's files beyond what the file system holds.

    `mapped` turns an owner on disk into one in the container's user namespace. `owners` has, by path, owners that could not
    be set. `below` returns the owner of a path in the lower layers: needed for what overlay copied up, which on disk
    belongs to the only user ID if there is just one. `devices` has, by path, the devices that empty files stand for.
    `xattrs` selects a file's own attributes from those on disk.
    """

    mapped: Callable[[int, int], Owner] | None = None
    owners: Mapping[str, Owner] = field(default_factory=dict)
    below: Callable[[str], Owner | None] | None = None
    devices: Mapping[str, Device] = field(default_factory=dict)
    xattrs: Callable[[os.stat_result, Mapping[str, bytes]], dict[str, bytes]] = lambda _, found: portable_xattrs(found)

    def device(self, path: bytes, kind: Kind, status: os.stat_result) -> Device | None:
        """The device at a path, or the one that a file there stands for."""
        if kind in (Kind.CHAR, Kind.BLOCK):
            return kind, os.major(status.st_rdev), os.minor(status.st_rdev)
        return self.devices.get(_text(path)) if kind is Kind.FILE and not status.st_size else None

    def owner(self, path: bytes, status: os.stat_result, xattrs: Mapping[str, bytes]) -> Owner:
        """The owner of a path inside the container; an owner recorded in its xattrs counts if it is 0:0 otherwise."""
        text = _text(path)
        if text in self.owners:
            return self.owners[text]
        owner = (status.st_uid, status.st_gid)
        if self.mapped is not None:
            owner = self.mapped(*owner)
        if owner != (0, 0):
            return owner
        if (noted := owner_override(xattrs)) is not None:
            return noted
        if self.below is not None and overlay_xattr(xattrs, "origin") is not None:
            return self.below(text) or owner
        return owner


def _text(path: bytes) -> str:
    return "/" + path.decode("utf-8", "surrogateescape")


class FolderFile(NamedTuple):
    """One name in a folder, with its status."""

    path: bytes
    status: os.stat_result
    link: bytes
    xattrs: dict[str, bytes]


def read_folder(
    upper: Path,
    known: OverlayNotes | None = None,
    progress: Progress | None = None,
    *,
    emptied: Collection[bytes] = (),
    skipped: Collection[bytes] = (),
) -> LayerTable:
    """The table of a container's writable layer. Raises StorageError for what cannot be read.

    Paths have no leading slash: for the folders `emptied` the content is left out, for `skipped` the folder too.
    """
    reader = _FolderReader(known or OverlayNotes(), progress, emptied, skipped)
    with as_storage_error(upper), Beneath(upper, symlinks=False) as root:
        reader.read(root)
    return reader.table.build()


def read_mounted(root: Beneath, inner: bytes, at: bytes, known: OverlayNotes, *, deep: bool) -> LayerTable:
    """The table of what is at `inner` in a mounted folder: it is visible at `at`, and hides everything that layers have there.

    Not `deep`: without the contents of subfolders. Nothing in it is a marker. Raises StorageError.
    """
    reader = _FolderReader(known, at=at, inner=inner, deep=deep)
    with as_storage_error(os.path.join(root.name, os.fsdecode(inner))):
        reader.read_one(root)
    return reader.table.build()


class _FolderReader:
    """Reads everything in a folder, in tree order."""

    def __init__(
        self,
        known: OverlayNotes,
        progress: Progress | None = None,
        emptied: Collection[bytes] = (),
        skipped: Collection[bytes] = (),
        *,
        at: bytes | None = None,
        inner: bytes = b"",
        deep: bool = True,
    ) -> None:
        """With `at`, the folder is mounted there from `inner`, and is not a layer."""
        self.table = TableBuilder()
        self._known, self._progress, self._emptied, self._skipped = known, progress, emptied, skipped
        self._at, self._inner, self._deep = at, inner, deep
        self._names: dict[tuple[int, int], bytes] = {}  # the first name of each inode that has several

    def read_one(self, root: Beneath) -> None:
        """Add the mounted file, or the mounted folder with its contents, to the table."""
        if self._inner:
            with root.at(self._inner) as (fd, name):
                found = _look_at(fd, name, self._inner)
        else:
            found = FolderFile(b"", os.fstat(root.fd), b"", xattrs_at(root.fd, b"."))
        self._take(found)
        if stat.S_ISDIR(found.status.st_mode):
            self.table.opaque(self._shown(b""))
            fd = root.enter(self._inner)
            try:
                self._read_below(fd, root.name, found)
            finally:
                os.close(fd)

    def _shown(self, path: bytes) -> bytes:
        """The path in the container of a path in the folder."""
        return path if self._at is None else b"/".join(filter(None, (self._at, path[len(self._inner) :].strip(b"/"))))

    def read(self, root: Beneath) -> None:
        """Add everything in the folder to the table."""
        self._read_below(root.fd, root.name, FolderFile(b"", os.fstat(root.fd), b"", xattrs_at(root.fd, b".")))

    def _read_below(self, fd: int, where: str, top: FolderFile) -> None:
        with Descent(fd, ours=True) as way:
            waiting = [self._look_into(way, where, top)]
            while waiting:
                found = next(waiting[-1], None)
                if found is None:
                    waiting.pop()
                    way.up(1 if way.names else 0)
                    continue
                if self._progress is not None:
                    self._progress.advance()
                self._take(found)
                if self._deep and stat.S_ISDIR(found.status.st_mode) and found.path not in self._emptied:
                    check_depth(len(way.names) + 1, where)
                    with suppress(FileNotFoundError, NotADirectoryError):
                        way.down(found.path.rpartition(b"/")[2])
                        waiting.append(self._look_into(way, where, found))
                    way.up(len(way.names) - len(waiting) + 1)  # the folder where it disappeared

    def _look_into(self, way: Descent, where: str, folder: FolderFile) -> Iterator[FolderFile]:
        """The direct children of the current folder, sorted, without markers: these are added to the table at once."""
        try:
            with way.unlocked() as was_shut:
                # If the folder was not readable, neither were its attributes.
                xattrs = xattrs_at(way.fd, b".") if was_shut else folder.xattrs
                opaque = overlay_xattr(xattrs, "opaque")
                found = self._entries(way, folder.path, by_xattr=opaque == b"x")
        except PermissionError as error:
            raise storage_error(error, os.path.join(where, os.fsdecode(folder.path))) from error
        if opaque == b"y" and self._at is None:
            self.table.opaque(folder.path)
        return iter(found)

    def _entries(self, way: Descent, folder: bytes, *, by_xattr: bool) -> list[FolderFile]:
        seen = []
        for name in way.listed():
            with suppress(FileNotFoundError):
                found = _look_at(way.fd, name, folder + b"/" + name if folder else name)
                if found.path not in self._skipped and not self._is_marker(found, by_xattr=by_xattr):
                    seen.append(found)
        return seen

    def _is_marker(self, found: FolderFile, *, by_xattr: bool) -> bool:
        if self._at is not None:
            return False
        if is_whiteout(found.status, found.xattrs, by_xattr=by_xattr):
            self.table.whiteout(found.path)
            return True
        try:
            written = marker(found.path.replace(b"/", b"\0"))
        except Damaged:
            return True  # a container may use any file name; a layer cannot contain this one
        if written is None:
            return False
        if written.hides == WHITED:
            self.table.whiteout(written.key.replace(b"\0", b"/"))
        elif written.hides == OPAQUE:
            self.table.opaque(written.key.replace(b"\0", b"/"))
        return True

    def _take(self, found: FolderFile) -> None:
        path, status, link, xattrs = found
        kind = KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None:
            return
        uid, gid = self._known.owner(path, status, xattrs)
        path = self._shown(path)
        attributes: dict[str, Any] = {
            "mode": stat.S_IMODE(status.st_mode),
            "uid": uid,
            "gid": gid,
            "size": status.st_size if kind is Kind.FILE else 0,
            "mtime": status.st_mtime_ns // 10**9,
            "mtime_ns": status.st_mtime_ns % 10**9,
            "xattrs": self._known.xattrs(status, xattrs),
        }
        if kind is not Kind.DIR and status.st_nlink > 1:
            first = self._names.setdefault((status.st_dev, status.st_ino), path)
            if first != path:
                self.table.hardlink(path, first, **attributes)
                return
        device = self._known.device(path, kind, status)
        kind, *dev = device or (kind, 0, 0)
        self.table.add(path, kind, link=link, dev=(dev[0], dev[1]), **attributes)


def _look_at(fd: int, name: bytes, path: bytes) -> FolderFile:
    status, link = status_at(fd, name)
    return FolderFile(path, status, link, xattrs_at(fd, name))


class FolderContent:
    """The current contents of a folder's entries."""

    def __init__(self, upper: Path) -> None:
        self._upper = upper

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file, seekable. Raises Damaged if it is not a file any more."""
        try:
            with Beneath(self._upper, symlinks=False) as root:
                return self.in_folder(root, entry)
        except OSError as error:
            raise storage_error(error, entry.path) from error

    @staticmethod
    def in_folder(root: Beneath, entry: Entry) -> BinaryIO:
        """The same for a folder that is open."""
        path = os.fsencode(entry.path)
        try:
            thing = root.open(path, LOOK, last=False)
        except PermissionError:
            thing = _found_unlocked(root, path)
        try:
            # A plain user's own file, whose mode denies access to its owner.
            with unlocked(thing) if os.geteuid() != 0 else nullcontext():
                return with_holes(open_found(thing, entry.path))
        finally:
            os.close(thing)


def _found_unlocked(root: Beneath, path: bytes) -> int:
    """Open a file in folders of our own whose modes deny access."""
    *above, name = parts_of(path)
    with Descent(root.fd, ours=True) as way:
        for folder in above:
            way.down(folder)
        with way.unlocked():
            return os.open(name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=way.fd)
