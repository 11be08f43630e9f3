"""The interface to read and change the files of a container's root filesystem, running or not.

`live_root.py` implements it for a running container, `stopped_root.py` for a stopped one, `mounted_root.py` for a
stopped one with its mounts. This module has the shared part, and imports no numpy.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Protocol

from layertui.core.errors import NotFound
from layertui.core.fs.atomic import sync_file_system
from layertui.core.fs.descent import LOOK
from layertui.core.fs.dir_fd import chmod_at
from layertui.core.fs.path_handle import PathHandle
from layertui.core.fs.symlink_walk import WalkStep, follow_links
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Device, Kind

Owner = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FileStatus:
    """What is at a path in a container."""

    kind: Kind
    mode: int
    uid: int
    gid: int
    link: str | None = None
    xattrs: Mapping[str, bytes] = field(default_factory=dict)
    ns: int | None = None
    """The modification time in nanoseconds."""
    dev: tuple[int, int] = (0, 0)
    inode: Hashable = None
    """Equal for all names of one file; None for a file with one name."""

    def owned(self, owner: Owner) -> FileStatus:
        """The same with another owner."""
        return replace(self, uid=owner[0], gid=owner[1])

    @property
    def device(self) -> Device | None:
        """The device, if it is one."""
        return (self.kind, *self.dev) if self.kind in (Kind.CHAR, Kind.BLOCK) else None


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of a new file in a container; the time in nanoseconds, None for now."""

    mode: int
    owner: Owner = (0, 0)
    xattrs: Mapping[str, bytes] = field(default_factory=dict)
    ns: int | None = None


class SyncPlan:
    """When changes are synced: one by one, each before the next; or many together, at their end."""

    def __init__(self, folder: Path) -> None:
        """`folder` is on the file system of most changes; others are found by the folders in which names change."""
        self._folder, self._together = folder, False
        self._others: dict[int, int] = {}  # an open folder for each other file system

    def file(self, fd: int, *, replaces: bool) -> None:
        """Called when an open file is complete, before it gets its name; `replaces`: it replaces a file, which was on disk."""
        if replaces or not self._together:
            os.fsync(fd)

    def names(self, fd: int) -> None:
        """Called when a name in a folder has changed."""
        device = os.fstat(fd).st_dev
        if self._together and device in self._others:
            return
        try:
            folder = os.open(b".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=fd)
        except PermissionError:  # a plain user's folder that is writable but not readable
            if not self._together:
                self._all()
            return
        if self._together:
            self._others[device] = folder
            return
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Sync many changes together, at the end of the block."""
        self._together = True
        try:
            yield
        finally:
            self._together = False
            try:
                self._all()
            finally:
                while self._others:
                    os.close(self._others.popitem()[1])

    def _all(self) -> None:
        own = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        device = os.fstat(own).st_dev
        try:
            for fd in (own, *(other for at, other in self._others.items() if at != device)):
                sync_file_system(fd)
        finally:
            os.close(own)


class Root(Protocol):
    """A container's `/`. Paths are absolute; only `resolve` follows a symlink at a path's end.

    The methods raise NotFound, Conflict, Damaged, UnsafePath, and OSError of the file system.
    """

    @property
    def syncing(self) -> SyncPlan:
        """When changes are synced."""

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path without symlinks, whether or not it exists."""

    def look(self, path: str) -> FileStatus | None:
        """What is at a path; None if nothing is."""

    def names(self, path: str) -> list[str]:
        """The names of what is in a folder, in no order."""

    def mount_of(self, path: str) -> str:
        """The target of the mount that a path is in; empty for the container's layers."""

    def at(self, path: str) -> AbstractContextManager[tuple[int, bytes]]:
        """The parent folder of `path`, open for changes, and the name in it."""

    def new(self, path: str) -> AbstractContextManager[tuple[int, bytes]]:
        """A folder and a name in it for a new file: moved to `path` when the block ends well, otherwise removed."""

    def chown(self, held: PathHandle, path: str, owner: Owner) -> None:
        """Set the owner of an open file that is, or will be, at `path`."""

    def on_hardlink(self, held: PathHandle, path: str, seen: FileStatus) -> None:
        """Called when an open file has become another name of `seen`."""

    def record_placeholder(self, held: PathHandle, path: str, device: Device) -> None:
        """Called when an empty file, with its metadata, stands in for a device that we may not make."""

    def copy_up(self, path: str) -> None:
        """Called before the attributes of `path` are changed, or a hard link to it is made."""

    def copy_up_tree(self, path: str) -> None:
        """Called before `path` is used without the image's files below it."""

    def open(self, path: str) -> BinaryIO:
        """Open the file at `path`."""

    def move(self, path: str, to: str) -> None:
        """Move `path` to a free path."""

    def remove(self, path: str, keep: tuple[int, bytes] | None = None) -> None:
        """Remove `path` with everything below it.

        Where the container does not run and the path is in its layer, what the layer had is moved to `keep`: a free name in a folder
        of the same file system.
        """


def resolved(look: Callable[[str], FileStatus | None], path: str, *, follow: bool) -> str:
    """The path without symlinks in it, whether or not it exists; with `follow`, none at its end either.

    Raises NotFound.
    """

    def step(way: Sequence[str], name: str, more: bool) -> WalkStep[str]:  # noqa: FBT001
        here = "/" + "/".join([*way, name])
        seen = look(here)
        if more and seen is not None and seen.kind not in (Kind.DIR, Kind.SYMLINK):
            raise NotFound(tr("{path}: {here} is not a directory", path=path, here=here))
        return WalkStep(name, (seen.link or "") if seen is not None and seen.kind is Kind.SYMLINK else None)

    try:
        return "/" + "/".join(follow_links(path, step, follow=follow))
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise NotFound(tr("{path}: too many levels of symbolic links", path=path)) from None


def inode_of(what: os.stat_result) -> Hashable:
    """The identity of a file with several names; None for others."""
    return (what.st_dev, what.st_ino) if what.st_nlink > 1 and not stat.S_ISDIR(what.st_mode) else None


@contextmanager
def writable(fd: int) -> Iterator[None]:
    """Make a folder of our own writable for the block if its mode forbids it, as the container's root could write in it."""
    mode = stat.S_IMODE(os.fstat(fd).st_mode)
    if os.geteuid() == 0 or mode & 0o300 == 0o300:
        yield
        return
    chmod_at(fd, b".", mode | 0o700)
    try:
        yield
    finally:
        chmod_at(fd, b".", mode)


@contextmanager
def movable(fd: int, name: bytes) -> Iterator[None]:
    """Make a folder of our own movable for the block if its mode forbids it: moving a folder writes its `..`."""
    try:
        thing = os.open(name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    except FileNotFoundError:
        thing = -1
    try:
        if thing >= 0 and stat.S_ISDIR(os.fstat(thing).st_mode):
            with writable(thing):
                yield
        else:
            yield
    finally:
        if thing >= 0:
            os.close(thing)
