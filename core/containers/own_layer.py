"""OwnLayer: reads and changes a container's writable layer, whatever state the container is in.

A running container is changed through its own root (`live.py`), one that does not run in its layer's folder (`stopped.py`);
both are asked in the same words, so every verb here is written once. New things are made beside and renamed, as everywhere.
"""

from __future__ import annotations

import os
import posixpath
import secrets
import shutil
import stat
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.containers.owners import OwnersKept
from layertui.core.containers.root import Owner, Root, Seen
from layertui.core.errors import Conflict, NotFound, UnsafePath, as_storage_error
from layertui.core.layers.at import chmod_at, remove_at, set_xattrs_at
from layertui.core.layers.entry import Entry, Kind

if TYPE_CHECKING:
    from layertui.core.layers.table import LayerTable
    from layertui.core.layers.view import View

_TEMPORARY = b".layertui-"
_LOST_BY_WRITING = "security.capability"  # the kernel takes it from a file that is written to


class OwnLayer:
    """One container's writable layer."""

    def __init__(
        self,
        upper: Path,
        below: Callable[[], View],
        owners: OwnersKept,
        live: Callable[[], AbstractContextManager[Root | None]],
    ) -> None:
        """`below` is the image's View; `live` holds the container in its state and gives its root if it runs."""
        self.upper = upper
        self._below, self._owners, self._live = below, owners, live

    def table(self, without: Collection[str] = ()) -> LayerTable:
        """The layer as it is now; of the folders `without`, volumes, no more than that they are there."""
        from layertui.core.layers.folder import read_folder  # brings numpy

        paths = [posixpath.normpath("/" + path.lstrip("/")) for path in without]
        emptied = frozenset(os.fsencode(path[1:]) for path in paths)
        shown = [path for path in paths if (entry := self._below().get(path)) is not None and entry.kind is Kind.DIR]
        skipped = frozenset(os.fsencode(path[1:]) for path in shown)
        owners = self._owners.as_read(lambda path: self._below().get(path))
        return read_folder(self.upper, owners, emptied=emptied, skipped=skipped)

    def size(self) -> int:
        """Bytes of its files, each inode once; asked for by every list of containers, so without a table."""
        seen: dict[int, int] = {}
        for folder, _, names in os.walk(self.upper):
            for name in names:
                with suppress(OSError):
                    what = os.lstat(os.path.join(folder, name))
                    if stat.S_ISREG(what.st_mode):
                        seen[what.st_ino] = what.st_size
        return sum(seen.values())

    def open(self, entry: Entry) -> BinaryIO:
        """The bytes of one of its files."""
        from layertui.core.layers.folder import FolderContent

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
        """A file, new or in place of the old one, whose mode and owner are kept unless given."""
        with self._at_hand(source) as content, self._root(path) as root:
            target = root.resolve(path)
            old = root.look(target)
            if path.endswith("/") or not target.strip("/") or (old is not None and old.kind is Kind.DIR):
                raise Conflict(f"{path} is a folder; name a file")
            if old is not None and old.kind is not Kind.FILE:
                raise Conflict(f"{path} is a {old.kind.word}, no file")
            _refuse_markers(target)
            self._need_parent(root, target, make=parents)
            old_owner = (old.uid, old.gid) if old is not None else (0, 0)
            old_mode = old.mode if old is not None else 0o644
            kept = (
                {name: value for name, value in old.xattrs.items() if name != _LOST_BY_WRITING}
                if old is not None
                else {}
            )
            put_file(root, target, content, old_mode if mode is None else mode, owner or old_owner, kept)

    def mkdir(self, path: str, *, parents: bool = False, mode: int = 0o755) -> None:
        """A folder; with `parents`, those above it too, and one that exists is fine."""
        with self._root(path) as root:
            target = root.resolve(path)
            seen = root.look(target)
            if seen is not None:
                if parents and seen.kind is Kind.DIR:
                    return
                raise Conflict(f"{path} exists already")
            _refuse_markers(target)
            self._need_parent(root, target, make=parents)
            put_folder(root, target, mode, (0, 0), {})

    def unlink(self, path: str, *, recursive: bool = False) -> None:
        """What is at the path is seen no more; a symlink itself, not what it points to; a folder only with `recursive`."""
        with self._root(path) as root:
            target = root.resolve(path.rstrip("/"), follow=False)
            if not target.strip("/") or target.endswith(("/.", "/..")):
                raise Conflict("the root of a container cannot be removed")
            seen = root.look(target)
            if seen is None:
                raise NotFound(f"{path}: no such file or folder in the container")
            if seen.kind is Kind.DIR and not recursive:
                raise Conflict(f"{path} is a folder; remove it with all it holds by -r")
            root.remove(target)

    def put_tar(self, tar: BinaryIO, path: str) -> None:
        """Every member of a tar, put into the folder at `path`."""
        from layertui.core.containers.put_tar import put_tar

        with self._at_hand(tar) as content, self._root(path) as root:
            folder = root.resolve(path)
            seen = root.look(folder)
            if seen is None or seen.kind is not Kind.DIR:
                raise NotFound(f"{path}: no such folder in the container")
            put_tar(root, folder.rstrip("/"), content)

    @contextmanager
    def _at_hand(self, source: BinaryIO) -> Iterator[BinaryIO]:
        """The source, read first if it may take its time: the container is held while it is written to."""
        if source.seekable():
            yield source
            return
        with as_storage_error(self.upper), tempfile.TemporaryFile(dir=self.upper.parent) as spool:
            shutil.copyfileobj(source, spool, 1 << 20)
            spool.seek(0)
            yield cast("BinaryIO", spool)

    @contextmanager
    def _root(self, path: str) -> Iterator[Root]:
        """The container's root, held in its state; what went wrong on disk is told with the path."""
        if "\0" in path:
            raise UnsafePath(f"a path must not hold a NUL byte: {path!r}")
        with as_storage_error(path), self._live() as live:
            yield live if live is not None else self._stopped()
            self._owners.save()

    def _stopped(self) -> Root:
        from layertui.core.containers.stopped import StoppedRoot

        return StoppedRoot(self.upper, self._below, self._owners)

    def _need_parent(self, root: Root, path: str, *, make: bool) -> None:
        parent = path.rstrip("/").rpartition("/")[0]
        seen = root.look(root.resolve(parent)) if parent else Seen(Kind.DIR, 0o755, 0, 0)
        if seen is None and make:
            self._need_parent(root, parent, make=True)
            put_folder(root, parent, 0o755, (0, 0), {})
        elif seen is None:
            raise NotFound(f"{parent}: no such folder in the container; -p makes it")
        elif seen.kind is not Kind.DIR:
            raise Conflict(f"{parent} is a {seen.kind.word}, no folder")


def put_file(
    root: Root, path: str, source: BinaryIO, mode: int, owner: Owner, xattrs: Mapping[str, bytes], ns: int | None = None
) -> None:
    """A file made beside `path` and renamed over what is there."""
    with root.at(path) as (fd, name):
        temporary = _TEMPORARY + secrets.token_hex(8).encode()
        out = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=fd)
        try:
            with open(out, "wb") as file:
                shutil.copyfileobj(source, file, 1 << 20)
            finish(root, fd, temporary, path, mode, owner, xattrs, ns)
            if root.mounted(fd, name):  # /etc/hosts for one: it stays, and gets the content
                _pour_into(fd, temporary, name)
            else:
                os.rename(temporary, name, src_dir_fd=fd, dst_dir_fd=fd)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary, dir_fd=fd)
            raise
        root.settle(fd, name, path)


def _pour_into(fd: int, temporary: bytes, name: bytes) -> None:
    into = os.open(name, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    with open(into, "wb") as out, open(os.open(temporary, os.O_RDONLY | os.O_CLOEXEC, dir_fd=fd), "rb") as made:
        shutil.copyfileobj(made, out)
    os.unlink(temporary, dir_fd=fd)


def put_folder(
    root: Root, path: str, mode: int, owner: Owner, xattrs: Mapping[str, bytes], ns: int | None = None
) -> None:
    """A new folder where nothing is."""
    root.make_way(path)
    with root.at(path) as (fd, name):
        os.mkdir(name, 0o700, dir_fd=fd)
        finish(root, fd, name, path, mode, owner, xattrs, ns)
        root.settle(fd, name, path, folder=True)


def finish(
    root: Root, fd: int, name: bytes, path: str, mode: int, owner: Owner, xattrs: Mapping[str, bytes], ns: int | None
) -> None:
    """Owner first, which takes setuid away; then xattrs, mode and time."""
    root.give(fd, name, path, owner)
    for key, value in xattrs.items():
        with suppress(PermissionError):  # trusted.* and capabilities are root's to give
            set_xattrs_at(fd, name, {key: value})
    chmod_at(fd, name, mode & 0o7777)
    if ns is not None:
        os.utime(name, ns=(ns, ns), dir_fd=fd, follow_symlinks=False)


def clear(root: Root, path: str) -> None:
    """Remove what is at `path`, for something of another kind to take its place; without a whiteout, which that would replace."""
    with root.at(path) as (fd, name):
        remove_at(fd, name)


def _refuse_markers(path: str) -> None:
    if any(part.startswith(".wh.") for part in path.split("/")):
        raise UnsafePath(f"{path}: names that begin with .wh. are whiteouts in a layer and cannot be written")
