"""A tar put into a folder of a container, member by member, each inside the container's root."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import BinaryIO

from layertui.core.containers.own_layer import clear, finish, put_file, put_folder
from layertui.core.containers.root import Root
from layertui.core.errors import Conflict, NotFound, UnsafePath
from layertui.core.layers.entry import Kind
from layertui.core.streams.tar import (
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    FIFO,
    HARDLINK,
    SYMLINK,
    Header,
    contents,
)


def put_tar(root: Root, folder: str, tar: BinaryIO) -> None:
    """Every member, in the tar's order; times of folders at the end, when nothing more is put into them."""
    times: dict[str, int] = {}
    for member, content in contents(tar):
        header = Header.of(member)
        parts = _parts(header.name)
        if not parts:
            continue  # the folder itself keeps its attributes
        parent = root.resolve("/".join([folder, *parts[:-1]]) or "/")
        path = f"{parent.rstrip('/')}/{parts[-1]}"
        if parts[-1].startswith(".wh."):
            raise UnsafePath(f"{path}: names that begin with .wh. are whiteouts in a layer and cannot be put into one")
        _need_folder(root, parent)
        ns = header.mtime * 10**9 + header.mtime_ns
        if header.type == DIRECTORY:
            _folder(root, path, header)
            times[path] = ns
        elif header.type == HARDLINK:
            _hard_link(root, path, "/".join([folder, *_parts(header.link)]))
        else:
            _leaf(root, path, header, content, ns)
    for path, ns in reversed(times.items()):
        with root.at(path) as (fd, name):
            os.utime(name, ns=(ns, ns), dir_fd=fd, follow_symlinks=False)


def _parts(name: bytes) -> list[str]:
    parts = [os.fsdecode(part) for part in name.split(b"/") if part not in (b"", b".")]
    if ".." in parts:
        raise UnsafePath(f"{os.fsdecode(name)!r} in the tar leads outside the folder it is put into")
    return parts


def _need_folder(root: Root, path: str) -> None:
    """Folders that no member names are made as a tar's reader makes them."""
    seen = root.look(path) if path.strip("/") else None
    if not path.strip("/") or (seen is not None and seen.kind is Kind.DIR):
        return
    if seen is not None:
        raise Conflict(f"{path} is a {seen.kind.word}, no folder")
    _need_folder(root, path.rpartition("/")[0])
    put_folder(root, path, 0o755, (0, 0), {})


def _folder(root: Root, path: str, header: Header) -> None:
    seen = root.look(path)
    owner = (header.uid, header.gid)
    if seen is None or seen.kind is not Kind.DIR:
        if seen is not None:
            clear(root, path)
        put_folder(root, path, header.mode, owner, header.xattrs)
        return
    root.own(path)
    with root.at(path) as (fd, name):
        finish(root, fd, name, path, header.mode, owner, header.xattrs, None)


def _leaf(root: Root, path: str, header: Header, content: BinaryIO, ns: int) -> None:
    seen = root.look(path)
    if seen is not None and seen.kind is Kind.DIR:
        raise Conflict(f"{path} is a folder, and the tar has something else of that name")
    owner = (header.uid, header.gid)
    if header.type not in (SYMLINK, FIFO, CHAR, BLOCK_DEVICE):
        put_file(root, path, content, header.mode, owner, header.xattrs, ns)
        return
    with root.at(path) as (fd, name):
        _unlink(fd, name)
        if header.type == SYMLINK:
            os.symlink(header.link, name, dir_fd=fd)
            root.give(fd, name, path, owner)
        else:
            kind = {FIFO: stat.S_IFIFO, CHAR: stat.S_IFCHR, BLOCK_DEVICE: stat.S_IFBLK}[header.type]
            os.mknod(name, kind | 0o600, os.makedev(header.devmajor, header.devminor), dir_fd=fd)
            finish(root, fd, name, path, header.mode, owner, header.xattrs, None)
        os.utime(name, ns=(ns, ns), dir_fd=fd, follow_symlinks=False)
        root.settle(fd, name, path)


def _hard_link(root: Root, path: str, target: str) -> None:
    source = root.resolve(target, follow=False)
    seen = root.look(path)
    if seen is not None and seen.kind is Kind.DIR:
        raise Conflict(f"{path} is a folder, and the tar has something else of that name")
    with root.at(source) as (from_fd, from_name), root.at(path) as (fd, name):
        _unlink(fd, name)
        try:
            os.link(from_name, name, src_dir_fd=from_fd, dst_dir_fd=fd, follow_symlinks=False)
        except FileNotFoundError:
            raise NotFound(f"{path} in the tar is a hard link to {target}, which the tar does not hold") from None
        root.settle(fd, name, path)


def _unlink(fd: int, name: bytes) -> None:
    """A file, or the whiteout of one."""
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=fd)
