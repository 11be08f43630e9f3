"""The root of a running container, changed through its first process's own eyes.

The kernel's overlay does what has to be done: nothing is ever written into the layer's folder behind its back, which would be
undefined. Symlinks and `..` are resolved by the kernel inside the container's root, whatever the container does meanwhile.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import BinaryIO, Self, cast

from layertui.core.containers.owners import OwnersKept
from layertui.core.containers.process import Process
from layertui.core.containers.root import Root, Seen, Syncing, inode_of, writable
from layertui.core.errors import Conflict, NotFound, StorageError, WrongState
from layertui.core.layers.at import remove_at, xattrs_at
from layertui.core.layers.beneath import LOOK, MOST_LINKS, Beneath
from layertui.core.layers.entry import Kind
from layertui.core.layers.folder import KINDS
from layertui.core.layers.markers import portable_xattrs

_TEMPORARY = b".layertui-"


class LiveRoot:
    """The root of a container that runs."""

    def __init__(self, process: Process, recorded: Root, owners: OwnersKept) -> None:
        """`recorded` is the same container's root as its layers have it: asked where the disk does not know an owner."""
        self.owners, self._recorded = owners, recorded
        self.syncing = Syncing(owners.upper)
        try:
            self._root = Beneath(f"/proc/{process.pid}/root", symlinks=True)
        except FileNotFoundError:
            raise WrongState("the container has just ended; try again") from None
        except PermissionError as error:
            raise StorageError(
                "the container's files cannot be reached: its first process belongs to somebody else"
            ) from error
        if not process.alive:  # asked after the root is held: then it was this process's
            self._root.close()
            raise WrongState("the container has just ended; try again")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._root.close()

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path with, if asked for, no symlink at its end; those before it are the kernel's to follow."""
        for _ in range(MOST_LINKS):
            if not follow or (seen := self.look(path)) is None or seen.kind is not Kind.SYMLINK:
                return path
            path = os.path.join(os.path.dirname(path.rstrip("/")), seen.link or "")
        raise NotFound(f"{path}: too many levels of symbolic links")

    def look(self, path: str) -> Seen | None:
        """What is at a path, a symlink at its end not followed."""
        if not path.strip("/."):
            return Seen(Kind.DIR, 0o755, 0, 0)
        try:
            if path.endswith("/.."):
                return _seen(self._root.stat(path, last=True), None, {})
            with self._root.at(path) as (fd, name):
                what = os.stat(name, dir_fd=fd, follow_symlinks=False)
                link = os.readlink(name, dir_fd=fd) if stat.S_ISLNK(what.st_mode) else None
                return self._with_owner(_seen(what, link, xattrs_at(fd, name)), _named(fd, name))
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _with_owner(self, seen: Seen, path: str) -> Seen:
        if self.owners.ids.mode != "single":
            return seen
        known = self._recorded.look(path)
        return replace(seen, uid=known.uid if known else 0, gid=known.gid if known else 0)

    def names(self, path: str) -> list[str]:
        """What lies in a folder."""
        fd = self._root.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return sorted(os.listdir(fd))
        finally:
            os.close(fd)

    @contextmanager
    def at(self, path: str) -> Iterator[tuple[int, bytes]]:
        """The folder of `path`, and the name in it. Conflict where the folder is no part of the container's layers."""
        with self._root.at(path) as (fd, name):
            if _mount_of(fd) != _mount_of(self._root.fd):
                # /proc, /sys and /dev too: what a write there does, it does to the host's kernel, and as us.
                raise Conflict(f"{path} lies in something that is mounted in the container, not in its layers")
            with writable(fd):
                yield fd, name

    @contextmanager
    def new(self, path: str) -> Iterator[tuple[int, bytes]]:
        """Where something is made: in the folder of `path`, since no other is sure to lie on the same mount."""
        with self.at(path) as (fd, name):
            temporary = _TEMPORARY + secrets.token_hex(8).encode()
            try:
                yield fd, temporary
                if _mounted(fd, name):  # /etc/hosts for one: it stays, and gets the content
                    _pour_into(fd, temporary, name)
                else:
                    _take_place(fd, temporary, name)
                self.owners.copy(_named(fd, temporary), _named(fd, name))
                self.owners.forget(_named(fd, temporary))
                self.syncing.names(fd)
            finally:
                remove_at(fd, temporary)

    def give(self, fd: int, name: bytes, path: str, owner: tuple[int, int]) -> None:
        """Make what is, or will be, at `path` somebody's."""
        if self.owners.ids.mode != "single":
            os.chown(name, *owner, dir_fd=fd, follow_symlinks=False)
            return
        named = _named(fd, os.fsencode(os.path.basename(path.rstrip("/"))))
        known = self._recorded.look(named)
        if owner != (0, 0) or (known is not None and (known.uid, known.gid) != (0, 0)):
            self.owners.note(named, owner, name)

    def own(self, path: str) -> None:
        """The kernel does it, when the time comes."""

    def open(self, path: str) -> BinaryIO:
        """The bytes of the file at `path`."""
        return cast("BinaryIO", os.fdopen(self._root.open(path, os.O_RDONLY | os.O_NONBLOCK, last=False), "rb"))

    def move(self, path: str, to: str) -> bool:
        """The kernel does it in one step, but for a folder that an image has."""
        with self.at(path) as (fd, name), self.at(to) as (to_fd, last):
            if _mounted(fd, name):
                raise Conflict(f"{path} cannot be renamed: something is mounted there")
            try:
                os.rename(name, last, src_dir_fd=fd, dst_dir_fd=to_fd)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                return False
            self.owners.copy(_named(fd, name), _named(to_fd, last))
            self.owners.forget(_named(fd, name))
            self.syncing.names(to_fd)
            self.syncing.names(fd)
        return True

    def remove(self, path: str) -> None:
        """What is at `path` goes, with all below it."""
        with self.at(path) as (fd, name), suppress(FileNotFoundError):
            if _mounted(fd, name):
                raise Conflict(f"{path} cannot be removed: something is mounted there")
            remove_at(fd, name)
            self.syncing.names(fd)


def _mounted(fd: int, name: bytes) -> bool:
    """Whether something is mounted there. The kernel would not tell: in our mount namespace nothing is."""
    try:
        thing = os.open(name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    except FileNotFoundError:
        return False
    try:
        return _mount_of(thing) != _mount_of(fd)
    finally:
        os.close(thing)


def _take_place(fd: int, temporary: bytes, name: bytes) -> None:
    try:
        os.rename(temporary, name, src_dir_fd=fd, dst_dir_fd=fd)
    except NotADirectoryError:  # a folder in place of a file
        os.unlink(name, dir_fd=fd)
        os.rename(temporary, name, src_dir_fd=fd, dst_dir_fd=fd)


def _pour_into(fd: int, temporary: bytes, name: bytes) -> None:
    into = os.open(name, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    with open(into, "wb") as out, open(os.open(temporary, os.O_RDONLY | os.O_CLOEXEC, dir_fd=fd), "rb") as made:
        shutil.copyfileobj(made, out)
        out.flush()
        os.fsync(into)


def _named(fd: int, name: bytes) -> str:
    """The path of a name in a folder, as the container has it: the kernel names a folder so, without symlinks."""
    return os.path.join(os.readlink(f"/proc/self/fd/{fd}"), os.fsdecode(name))


def _mount_of(fd: int) -> str:
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as file:
        return next((line for line in file if line.startswith("mnt_id:")), "")


def _seen(what: os.stat_result, link: bytes | None, xattrs: dict[str, bytes]) -> Seen:
    kind = KINDS.get(stat.S_IFMT(what.st_mode), Kind.FIFO)
    text = os.fsdecode(link) if link is not None else None
    mode, dev = stat.S_IMODE(what.st_mode), (os.major(what.st_rdev), os.minor(what.st_rdev))
    return Seen(
        kind, mode, what.st_uid, what.st_gid, text, portable_xattrs(xattrs), what.st_mtime_ns, dev, inode_of(what)
    )
