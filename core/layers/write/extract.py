"""Extracts a file or folder of a View to the host, by the rules of `docker cp`, never outside the destination.

Existing content is overwritten file by file, each by a rename once the new file is complete. A new folder gets its name once
all of it is there. A folder never replaces anything else, and nothing else replaces a folder. Inside the destination no symlink
is followed, whether it existed before or comes from the image. Files belong to the current user, unless owners are kept; devices
are not created.
"""

import os
import posixpath
import shutil
import stat
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np

from layertui.core.errors import Conflict, NotFound, StorageError, as_storage_error, storage_error
from layertui.core.fs.atomic import TEMPORARY, open_beside, take_name
from layertui.core.fs.copy_range import copy_range
from layertui.core.fs.dir_fd import chmod_at, remove_at
from layertui.core.fs.dir_fd_cache import DirFdCache
from layertui.core.language.texts import tr
from layertui.core.layers.diff.file_contents import Bodies
from layertui.core.layers.stack.view import ROOT, View
from layertui.core.layers.table.entry import Change, Entry, Kind
from layertui.core.layers.table.layer_table import check_content
from layertui.core.progress import Progress
from layertui.core.streams.tar.member_content import pieces_of

SET_ID = 0o6000


def extract(
    view: View,
    path: str,
    dest: str | os.PathLike[str],
    *,
    asked: str | None = None,
    follow: bool = False,
    keep_owners: bool = False,
    chroot: bool = False,
    progress: Progress | None = None,
) -> tuple[str, ...]:
    """Copy `path` from a view to `dest` on the host. Returns the paths of devices, which are left out.

    A `path` that ends in `/.` means the contents of a folder. `follow` follows a symlink at its end, whose name the copy
    keeps; with `chroot`, links that lead out of the view end at its root. `asked` is the path as the user wrote it, if `path`
    is a resolved one. After an error a new folder is not there, and one that was there keeps the files that were complete. Raises
    NotFound, UnsafePath, Conflict, LimitExceeded, StorageError.
    """
    asked = asked or path
    entry = view.resolve(path, follow=follow or asked.endswith(("/", "/.")), chroot=chroot)
    only_contents = asked.endswith("/.") or entry.path == "/"
    if entry.kind is not Kind.DIR and asked.endswith(("/", "/.")):
        raise Conflict(tr("{asked}: is not a folder", asked=asked))
    with as_storage_error(dest):
        named = posixpath.basename(posixpath.normpath(asked))
        folder, name = target_of(os.fspath(dest), entry, "" if only_contents else named)
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with _Extraction(view, fd, keep_owners=keep_owners, progress=progress) as extraction:
                try:
                    extraction.run(entry, [] if name is None else [os.fsencode(name)])
                except OSError as error:
                    if not extraction.has_left_files:
                        raise
                    kept = tr("the files that were complete stay there")
                    raise StorageError(f"{storage_error(error, dest)}; {kept}") from error
                return tuple(extraction.left_out)
        finally:
            os.close(fd)


def target_of(dest: str, entry: Entry, asked: str) -> tuple[Path, str | None]:
    """The folder to write in, and the name in it; None if an existing folder gets the contents of another.

    `asked` is the name that the user gave for the entry; empty for its contents only. Raises Conflict, NotFound.
    """
    # Symlinks on the way to the destination are the user's own, and are followed.
    place = Path(os.path.realpath(dest))
    if place.is_dir():
        return place, (asked if asked != ".." else entry.name) or None
    if not place.parent.is_dir():
        raise NotFound(tr("{parent}: no such folder; make it first", parent=place.parent))
    if entry.kind is Kind.DIR and place.exists():
        raise Conflict(tr("{dest}: is not a folder, and a folder cannot take its place", dest=dest))
    if dest.endswith("/." if entry.kind is Kind.DIR else ("/", "/.")):
        raise NotFound(tr("{dest}: no such folder; make it first", dest=dest))
    return place.parent, place.name


class _Extraction:
    """One extraction in progress."""

    def __init__(self, view: View, fd: int, *, keep_owners: bool, progress: Progress | None) -> None:
        self.left_out: list[str] = []
        self._is_beside = False
        self._view, self._fd, self._progress = view, fd, progress
        self._keep_owners = keep_owners and os.geteuid() == 0
        self._stored = 0
        self._folders: dict[tuple[bytes, ...], Entry] = {}  # folders made here, which get mode and time at the end
        self._names: dict[int, list[bytes]] = {}  # the paths written for the inode of each row of the stack
        self._named: list[bytes] = []  # path of the top, as named by the caller
        self._beside = f"{TEMPORARY}{os.urandom(8).hex()}".encode()  # the name of a file until it is complete
        self._open = ExitStack()
        self._dir_fds = self._open.enter_context(DirFdCache(fd))
        self._sources = self._open.enter_context(DirFdCache(fd))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @property
    def has_left_files(self) -> bool:
        """Whether what was written is there although not all of it could be."""
        return bool(self._names) and not self._is_beside

    def run(self, entry: Entry, to: list[bytes]) -> None:
        """Write an entry, with everything below it, to a path in the folder; a new folder is renamed to it at the end."""
        self._is_beside = entry.kind is Kind.DIR and bool(to) and _status(self._fd, to[0]) is None
        if not self._is_beside:
            self._write(entry, to)
            return
        try:
            self._write(entry, [self._beside])
            os.rename(self._beside, to[0], src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except BaseException:
            # By descriptors, and as deep as it is: an image may have a thousand folders in each other, without a right to enter them.
            with suppress(OSError):
                remove_at(self._fd, self._beside)
            raise

    def _write(self, entry: Entry, to: list[bytes]) -> None:
        view = self._view
        at = view.find(entry.path)
        assert at is not None  # `entry` was resolved in this view
        self._named = to
        first, end = (0, len(view)) if at == ROOT else (at, int(view.end[at]))
        rows = np.arange(first, end)[view.change[first:end] != Change.REMOVED]
        inodes = view.stack.inode[view.shown[rows]]
        if self._progress is not None:
            files = np.unique(inodes[view.stack.kind[inodes] == Kind.FILE])
            what = self._progress.what
            view.stack.bring_contents(files, self._progress)
            # Each name counts one, and each inode's content once.
            self._progress.begin(what, len(rows) + int(view.stack.size[files].sum()))
        bodies = self._open.enter_context(Bodies(view.stack, inodes))
        if at == ROOT and to:
            self._folder(to, entry)
        cut = 0 if at == ROOT else len(entry.path.strip("/").split("/"))
        for row, inode in zip(rows.tolist(), inodes.tolist(), strict=True):
            one = view.entry(row)
            below = os.fsencode(one.path)[1:].split(b"/")[cut:]
            self._put([*to, *below], one, inode, bodies)
            if self._progress is not None:
                self._progress.advance(1)
        for path in sorted(self._folders, reverse=True):
            self._finish_folder(path, self._folders[path])

    def _put(self, path: list[bytes], entry: Entry, inode: int, bodies: Bodies) -> None:
        if entry.kind is Kind.DIR:
            if path:
                self._folder(path, entry)
            return
        if entry.kind in (Kind.CHAR, Kind.BLOCK):
            self.left_out.append(entry.path)
            return
        folder, name = self._dir_fds.enter(path[:-1], self._missing), path[-1]
        if entry.kind is Kind.FILE and path == self._named and _is_stream(folder, name):
            _write_into(folder, name, bodies.open(inode))
            return
        self._make_room(folder, name, replaced=entry.kind is Kind.FILE and inode not in self._names)
        if not self._linked(folder, name, inode):
            self._make(folder, name, entry, inode, bodies)
            self._names[inode] = path

    def _make(self, folder: int, name: bytes, entry: Entry, inode: int, bodies: Bodies) -> None:
        match entry.kind:
            case Kind.SYMLINK:
                os.symlink(os.fsencode(entry.link or ""), name, dir_fd=folder)
            case Kind.FIFO:
                os.mkfifo(name, 0o600, dir_fd=folder)
            case _:
                self._make_file(folder, name, entry, bodies.open(inode))
                return
        self._write_metadata(folder, name, entry)

    def _make_file(self, folder: int, name: bytes, entry: Entry, body: BinaryIO) -> None:
        pieces = pieces_of(body)
        # Holes are not written, and do not count.
        stored = entry.size if pieces is None else sum(length for _, length in pieces)
        self._stored += stored
        check_content(self._stored)
        if self._progress is not None:
            self._progress.advance(entry.size - stored)
        fd, unnamed = open_beside(b".", self._beside, unnamed=True, dir_fd=folder)
        try:
            copy_range(body, fd, entry.size, pieces, self._progress)
            self._write_metadata(fd, None, entry)
            take_name(fd, self._beside, name, unnamed=unnamed, dir_fd=folder)
        except BaseException:
            with suppress(OSError):
                os.unlink(self._beside, dir_fd=folder)
            raise
        finally:
            os.close(fd)

    def _linked(self, folder: int, name: bytes, inode: int) -> bool:
        """Link to a name that was written already; False if there is none, or links are not possible here."""
        written = self._names.get(inode)
        source = self._sources.find(written[:-1]) if written else None
        if written is None or source is None:
            return False
        try:
            os.link(written[-1], name, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)
        except OSError:
            return False
        return True

    def _make_room(self, folder: int, name: bytes, *, replaced: bool) -> None:
        """Raise Conflict if something is in the way, except a non-folder that is `replaced` by a rename."""
        status = _status(folder, name)
        if status is None:
            return
        if stat.S_ISDIR(status.st_mode):
            raise Conflict(tr("{name}: is a folder, and nothing else can take its place", name=os.fsdecode(name)))
        if not replaced:
            os.unlink(name, dir_fd=folder)

    def _missing(self, folder: int, path: Sequence[bytes]) -> None:
        if _status(folder, path[-1]) is not None:
            raise Conflict(
                tr("{path}: is not a folder, and a folder cannot take its place", path=os.fsdecode(b"/".join(path)))
            )
        os.mkdir(path[-1], 0o700, dir_fd=folder)

    def _folder(self, path: list[bytes], entry: Entry) -> None:
        parent = self._dir_fds.enter(path[:-1], self._missing)
        is_new = _status(parent, path[-1]) is None
        self._dir_fds.enter(path, self._missing)
        if is_new:
            self._folders[tuple(path)] = entry

    def _finish_folder(self, path: tuple[bytes, ...], entry: Entry) -> None:
        folder = self._dir_fds.find(path)
        if folder is not None:
            self._write_metadata(folder, b".", entry)

    def _write_metadata(self, at: int, name: bytes | None, entry: Entry) -> None:
        """Set owner, mode and time of a name in the folder `at`; without a name, of the open file itself."""
        thing, folder, is_open = (at, None, True) if name is None else (name, at, False)
        owner = (os.geteuid(), os.getegid())
        if self._keep_owners:
            with suppress(OverflowError):
                os.chown(thing, entry.uid, entry.gid, dir_fd=folder, follow_symlinks=is_open)
                owner = (entry.uid, entry.gid)
        if entry.path != "/":  # the root has no time in a layer
            time = entry.mtime * 10**9 + entry.mtime_ns
            with suppress(OverflowError):
                os.utime(thing, ns=(time, time), dir_fd=folder, follow_symlinks=is_open)
        # setuid refers to the owner, who is another one here. The mode comes last: it may deny us access to a folder.
        mode = entry.mode & ~(0 if owner == (entry.uid, entry.gid) else SET_ID)
        if name is None:
            os.fchmod(at, mode)
        elif entry.kind is not Kind.SYMLINK:
            chmod_at(at, name, mode)


def _is_stream(folder: int, name: bytes) -> bool:
    """Whether the name is a device or a pipe: such a destination is written to, not replaced."""
    status = _status(folder, name)
    return status is not None and stat.S_IFMT(status.st_mode) in (stat.S_IFCHR, stat.S_IFIFO)


def _write_into(folder: int, name: bytes, body: BinaryIO) -> None:
    with open(os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder), "wb") as out:
        shutil.copyfileobj(body, out, 1 << 20)


def _status(folder: int, name: bytes) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
