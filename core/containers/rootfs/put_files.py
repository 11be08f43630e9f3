"""Puts files into a container: each is made complete in a staging folder, and then renamed to its path."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import BinaryIO

from layertui.core.containers.rootfs.container_root import Attributes, FileStatus, Root
from layertui.core.containers.rootfs.on_disk import TEMPORARY
from layertui.core.containers.rootfs.path_checks import missing_folders, no_folder
from layertui.core.errors import Conflict
from layertui.core.fs.atomic import name_file, open_beside
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.copy_range import copy_range
from layertui.core.fs.dir_fd import NOT_GIVEN
from layertui.core.fs.overlay.override_xattrs import CAPABILITY, CAPABILITY_NOTE, capability_note
from layertui.core.fs.path_handle import PathHandle
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.tar.member_content import pieces_of

FOLDER = Attributes(0o755)
DEEPEST = 300  # nested folders, which are all open
_NODES = {Kind.FIFO: stat.S_IFIFO, Kind.CHAR: stat.S_IFCHR, Kind.BLOCK: stat.S_IFBLK}


@contextmanager
def staged(root: Root, path: str, *, parents: bool = False) -> Iterator[tuple[int, bytes]]:
    """Where what is to be at `path` is made; with `parents`, folders that are missing above it take their place with it."""
    top, names = missing_folders(root, path)
    if names and not parents:
        raise no_folder(path)
    with root.new(top) as (fd, name):
        if not names:
            yield fd, name
            return
        folder = _make_way(root, fd, name, top, names)
        try:
            yield folder, os.fsencode(names[-1])
            root.syncing.names(folder)
        finally:
            os.close(folder)


def _make_way(root: Root, fd: int, name: bytes, path: str, below: list[str]) -> int:
    """Make a folder for each name but the last; returns the innermost, open."""
    at = os.dup(fd)
    for inner in below:
        make_folder(root, at, name, path, FOLDER)
        above, at = at, os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
        root.syncing.names(above)
        os.close(above)
        name, path = os.fsencode(inner), f"{path}/{inner}"
    return at


def make_file(
    root: Root, fd: int, name: bytes, path: str, source: BinaryIO, attributes: Attributes, *, replaces: bool
) -> None:
    """Make a file; `replaces` if there is one at `path`.

    In a folder that the container may see, it has no name while it is written, if the file system supports that.
    """
    out, unnamed = open_beside(b".", name, unnamed=name.startswith(TEMPORARY), dir_fd=fd)
    with open(out, "wb") as file:
        if (pieces := pieces_of(source)) is not None:
            copy_range(source, out, source.seek(0, os.SEEK_END), pieces)
        else:
            shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
        if unnamed:
            name_file(out, fd, name)
        _finish(root, PathHandle(fd, name, out), path, attributes)
        root.syncing.file(out, replaces=replaces)


def make_folder(root: Root, fd: int, name: bytes, path: str, attributes: Attributes) -> None:
    """Make an empty folder by a free name in an open one; `path` is where it is, or will be, in the container. Raises OSError."""
    os.mkdir(name, 0o700, dir_fd=fd)
    finish(root, fd, name, path, attributes)


def make_symlink(root: Root, fd: int, name: bytes, path: str, link: bytes, attributes: Attributes) -> None:
    """Make a symlink, which has no mode of its own."""
    os.symlink(link, name, dir_fd=fd)
    with PathHandle(fd, name) as held:
        root.chown(held, path, attributes.owner)
        _set_time(held, attributes)


def make_node(
    root: Root, fd: int, name: bytes, path: str, kind: Kind, dev: tuple[int, int], attributes: Attributes
) -> None:
    """Make a pipe or a device; an empty file if we may not make a device."""
    try:
        os.mknod(name, _NODES[kind] | 0o600, os.makedev(*dev), dir_fd=fd)
    except PermissionError:
        if kind is Kind.FIFO:
            raise
        os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=fd))
        with PathHandle(fd, name) as held:
            _finish(root, held, path, attributes)
            root.record_placeholder(held, path, (kind, *dev))
        return
    finish(root, fd, name, path, attributes)


def finish(root: Root, fd: int, name: bytes, path: str, attributes: Attributes) -> None:
    """Set the attributes of a file in a folder, which is or will be at `path`."""
    with PathHandle(fd, name) as held:
        _finish(root, held, path, attributes)


def _finish(root: Root, held: PathHandle, path: str, attributes: Attributes) -> None:
    """The owner first, as that clears setuid; then xattrs, time, and the mode, which may forbid setting xattrs."""
    root.chown(held, path, attributes.owner)
    refused = _give_xattrs(held, attributes.xattrs) if attributes.xattrs else {}
    _set_time(held, attributes)
    if CAPABILITY in refused:
        note = capability_note(refused[CAPABILITY], held.status)
        with suppress(PermissionError):  # the kernel allows user.* xattrs only on files and folders
            held.set_xattrs({CAPABILITY_NOTE: note})
    held.chmod(attributes.mode & 0o7777)


def _give_xattrs(held: PathHandle, xattrs: Mapping[str, bytes]) -> dict[str, bytes]:
    """Set the file's own xattrs, never overlay's; returns those that the system does not take."""
    from layertui.core.layers.table.whiteouts import portable_xattrs  # imports numpy

    refused = {}
    for key, value in portable_xattrs(xattrs).items():
        try:
            held.set_xattrs({key: value})
        except OSError as error:
            if error.errno not in NOT_GIVEN:
                raise
            refused[key] = value
    return refused


def _set_time(held: PathHandle, attributes: Attributes) -> None:
    if attributes.ns is not None:
        held.utime(attributes.ns)


def make_like(root: Root, fd: int, name: bytes, path: str, seen: FileStatus, content: Callable[[], BinaryIO]) -> None:
    """Make a copy of what was seen elsewhere; a folder without its contents."""
    attributes = _attributes(seen)
    if seen.kind is Kind.DIR:
        make_folder(root, fd, name, path, attributes)
    elif seen.kind is Kind.SYMLINK:
        make_symlink(root, fd, name, path, os.fsencode(seen.link or ""), attributes)
    elif seen.kind is Kind.FILE:
        with content() as source:
            make_file(root, fd, name, path, source, attributes, replaces=False)
    else:
        make_node(root, fd, name, path, seen.kind, seen.dev, attributes)


def _attributes(seen: FileStatus) -> Attributes:
    return Attributes(seen.mode, (seen.uid, seen.gid), seen.xattrs, seen.ns)


def copy(root: Root, path: str, to: str) -> None:
    """Copy `path` with everything below it to a free path, where it appears at once when complete."""
    with root.syncing.together(), staged(root, to) as (fd, name):
        _Copying(root, fd).add(path, fd, name, to, (name,))


class _Copying:
    """Copies a tree to another path; hard links within it stay hard links."""

    def __init__(self, root: Root, top: int) -> None:
        self._root, self._top = root, top
        self._made: dict[Hashable, bytes] = {}  # by inode, the path of its first copied name below the top

    def add(self, path: str, fd: int, name: bytes, to: str, below: tuple[bytes, ...]) -> None:
        """Copy what is at `path` to `name` in the folder `fd`; `below` is the path to it from the top."""
        root, seen = self._root, self._root.look(path)
        if seen is None:
            return  # removed by a running container meanwhile
        if seen.kind is Kind.DIR:
            self._add_folder(path, seen, fd, name, to, below)
        elif seen.inode in self._made:
            with Beneath(self._top, symlinks=False) as top, top.at(self._made[seen.inode]) as (from_fd, first):
                os.link(first, name, src_dir_fd=from_fd, dst_dir_fd=fd, follow_symlinks=False)
            with PathHandle(fd, name) as held:
                root.on_hardlink(held, to, seen)  # setting the owner again would clear setuid
        else:
            make_like(root, fd, name, to, seen, lambda: root.open(path))
            if seen.inode is not None:
                self._made[seen.inode] = b"/".join(below)

    def _add_folder(self, path: str, seen: FileStatus, fd: int, name: bytes, to: str, below: tuple[bytes, ...]) -> None:
        if len(below) > DEEPEST:
            raise Conflict(tr("{path} lies too deep to be copied", path=path))
        os.mkdir(name, 0o700, dir_fd=fd)
        inside = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
        try:
            for child in self._root.names(path):
                raw = os.fsencode(child)
                self.add(f"{path}/{child}", inside, raw, f"{to}/{child}", (*below, raw))
        finally:
            os.close(inside)
        finish(self._root, fd, name, to, _attributes(seen))
