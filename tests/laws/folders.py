"""A folder on disk, looked at by the standard library alone: what the oracle's tree would be if it held that."""

import os
import stat
from pathlib import Path
from typing import BinaryIO

from laws.naive import Tree
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_folder import FolderContent, OverlayNotes, read_folder
from layertui.core.layers.write.capture import capture
from layertui.core.progress import Progress

KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIR,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFCHR: Kind.CHAR,
    stat.S_IFBLK: Kind.BLOCK,
    stat.S_IFIFO: Kind.FIFO,
}
Facts = dict[bytes, tuple[object, ...]]


def facts_of(tree: Tree, *, owners: bool = True) -> Facts:
    """What a tree should look like on disk."""
    facts: Facts = {}
    for path, node in tree.items():
        inode = node.inode
        dev = inode.dev if inode.kind in (Kind.CHAR, Kind.BLOCK) else None
        mode = 0o777 if inode.kind is Kind.SYMLINK else inode.mode
        owner = (inode.uid, inode.gid) if owners else (0, 0)
        facts[path] = (inode.kind, mode, *owner, inode.mtime, inode.content, inode.link, dev, inode.xattrs)
    return facts


def xattrs_of(path: bytes, kind: Kind) -> tuple[tuple[str, bytes], ...]:
    """A file's own xattrs, sorted."""
    if kind not in (Kind.FILE, Kind.DIR) or not hasattr(os, "listxattr"):
        return ()
    beside = ("user.overlay.", "user.layertui.")  # what the kernel and we keep on files, no part of them
    names = [name for name in os.listxattr(path) if name.startswith("user.") and not name.startswith(beside)]
    return tuple((name, os.getxattr(path, name)) for name in sorted(names))


def facts_on_disk(folder: Path) -> Facts:
    """What a folder looks like, the folder itself left out."""
    facts: Facts = {}
    top = os.fsencode(folder)
    for where, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(where, name)
            status = os.lstat(path)
            kind = KINDS[stat.S_IFMT(status.st_mode)]
            content = link = b""
            if kind is Kind.FILE:
                with open(path, "rb") as file:
                    content = file.read()
            elif kind is Kind.SYMLINK:
                link = os.readlink(path)
            dev = (os.major(status.st_rdev), os.minor(status.st_rdev)) if kind in (Kind.CHAR, Kind.BLOCK) else None
            mode = stat.S_IMODE(status.st_mode)
            facts[path[len(top) + 1 :]] = (
                kind, mode, status.st_uid, status.st_gid, int(status.st_mtime), content, link, dev, xattrs_of(path, kind),
            )  # fmt: skip
    return facts


def groups_on_disk(folder: Path) -> set[frozenset[bytes]]:
    """The paths that share an inode, as sets of two and more."""
    names: dict[int, set[bytes]] = {}
    top = os.fsencode(folder)
    for where, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(where, name)
            status = os.lstat(path)
            if not stat.S_ISDIR(status.st_mode):
                names.setdefault(status.st_ino, set()).add(path[len(top) + 1 :])
    return {frozenset(group) for group in names.values() if len(group) > 1}


def capture_folder(
    upper: Path, out: BinaryIO, known: OverlayNotes | None = None, progress: Progress | None = None
) -> None:
    """A container's writable layer, from its folder to a layer tar."""
    capture(read_folder(upper, known), FolderContent(upper), out, progress)
