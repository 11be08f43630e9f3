"""Unpacks a tar to a folder of a container, member by member, each inside the container's root."""

from __future__ import annotations

import os
from typing import BinaryIO

from layertui.core.bounds import check
from layertui.core.containers.rootfs.container_root import Attributes, FileStatus, Root
from layertui.core.containers.rootfs.path_checks import refuse_markers
from layertui.core.containers.rootfs.put_files import finish, make_file, make_folder, make_node, make_symlink, staged
from layertui.core.errors import Conflict, Damaged, NotFound, UnsafePath
from layertui.core.fs.path_handle import PathHandle
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.tar.tar_contents import (
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    FIFO,
    HARDLINK,
    SYMLINK,
    Header,
    contents,
)

_HIGHEST = 2**32 - 2  # of user and group IDs; the last number means none
_NODES = {FIFO: Kind.FIFO, CHAR: Kind.CHAR, BLOCK_DEVICE: Kind.BLOCK}


def put_tar(root: Root, folder: str, tar: BinaryIO) -> None:
    """Put every member into a folder of the container, in the tar's order.

    Raises Conflict for a folder at the path of a non-folder, and the reverse. Folders get their times at the end, when nothing
    more is put into them.
    """
    times: dict[str, int] = {}
    for member, content in contents(tar):
        header = Header.of(member)
        parts = member_parts(header)
        if not parts:
            continue  # the target folder keeps its attributes
        parent = root.resolve("/".join([folder, *parts[:-1]]) or "/")
        path = f"{parent.rstrip('/')}/{parts[-1]}"
        if header.type == DIRECTORY:
            _folder(root, path, header)
            times[path] = _ns(header)
        elif header.type == HARDLINK:
            _hard_link(root, path, "/".join([folder, *_parts(header.link)]))
        else:
            _leaf(root, path, header, content)
    for path, ns in reversed(times.items()):
        with root.at(path) as (fd, name):
            os.utime(name, ns=(ns, ns), dir_fd=fd, follow_symlinks=False)


def member_parts(header: Header) -> list[str]:
    """The names that lead to a member of a tar that is put into a container; none for the folder that it is put into.

    UnsafePath, Damaged or LimitExceeded for one that is not taken.
    """
    parts = _parts(header.name)
    name = os.fsdecode(header.name[:100])
    check("put_depth", len(parts), tr("{name!r}… in the tar is {parts:,} folders deep", name=name, parts=len(parts)))
    if not (0 <= header.uid <= _HIGHEST and 0 <= header.gid <= _HIGHEST):
        raise Damaged(
            tr(
                "{name!r} in the tar belongs to {uid}:{gid}; ids go from 0 to {highest}",
                name=name,
                uid=header.uid,
                gid=header.gid,
                highest=_HIGHEST,
            )
        )
    refuse_markers("/" + "/".join(parts))
    return parts


def _parts(name: bytes) -> list[str]:
    parts = [os.fsdecode(part) for part in name.split(b"/") if part not in (b"", b".")]
    if ".." in parts:
        raise UnsafePath(tr("{name!r} in the tar leads outside the folder it is put into", name=os.fsdecode(name)))
    return parts


def _folder(root: Root, path: str, header: Header) -> None:
    seen = root.look(path)
    attributes = Attributes(header.mode, (header.uid, header.gid), header.xattrs)
    if seen is not None and seen.kind is not Kind.DIR:
        raise Conflict(tr("{path} is a {word}, and the tar has a folder of that name", path=path, word=seen.kind.word))
    if seen is None:
        with staged(root, path, parents=True) as (fd, name):
            make_folder(root, fd, name, path, attributes)
        return
    root.copy_up(path)
    with root.at(path) as (fd, name):
        finish(root, fd, name, path, attributes)


def _leaf(root: Root, path: str, header: Header, content: BinaryIO) -> None:
    seen = _no_folder(root, path)
    attributes = Attributes(header.mode, (header.uid, header.gid), header.xattrs, _ns(header))
    with staged(root, path, parents=True) as (fd, name):
        if header.type == SYMLINK:
            make_symlink(root, fd, name, path, header.link, attributes)
        elif header.type in _NODES:
            make_node(root, fd, name, path, _NODES[header.type], (header.devmajor, header.devminor), attributes)
        else:
            make_file(root, fd, name, path, content, attributes, replaces=seen is not None)


def _hard_link(root: Root, path: str, target: str) -> None:
    source = root.resolve(target, follow=False)
    _no_folder(root, path)
    seen = root.look(source)
    if seen is None:
        raise NotFound(tr("{path} in the tar is a hard link to {target}, which is not there", path=path, target=target))
    if root.mount_of(source) != root.mount_of(path):
        raise Conflict(
            tr("{path} in the tar is a hard link to {target}, which is in another mount", path=path, target=target)
        )
    root.copy_up(source)
    with root.at(source) as (from_fd, from_name), staged(root, path, parents=True) as (fd, name):
        os.link(from_name, name, src_dir_fd=from_fd, dst_dir_fd=fd, follow_symlinks=False)
        with PathHandle(fd, name) as held:
            root.on_hardlink(held, path, seen)


def _no_folder(root: Root, path: str) -> FileStatus | None:
    """What is at the path. Raises Conflict for a folder, which nothing else replaces."""
    seen = root.look(path)
    if seen is not None and seen.kind is Kind.DIR:
        raise Conflict(tr("{path} is a folder, and the tar has something else of that name", path=path))
    return seen


def _ns(header: Header) -> int:
    return header.mtime * 10**9 + header.mtime_ns
