"""What lies at a name in a folder on disk, as a container sees it, and how something new takes its place there.

For roots whose folders are what they show: that of a container that runs, where the kernel has laid the layers over each other,
and what is mounted in one that does not.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from layertui.core.containers.ids import Ids
from layertui.core.containers.rootfs.root import Owner, Seen, inode_of
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.errors import Conflict
from layertui.core.layers.at import remove_at, xattrs_at
from layertui.core.layers.beneath import Beneath
from layertui.core.layers.entry import Kind
from layertui.core.layers.folder import KINDS
from layertui.core.streams.part import with_holes

_TEMPORARY = b".layertui-"
NOBODY = 65534  # what the kernel tells of an owner that a user namespace does not have


def seen_at(fd: int, name: bytes, sidecar: Sidecar) -> Seen:
    """What a name in a folder stands for, itself where it is a symlink; with the owner that the disk says."""
    what = os.stat(name, dir_fd=fd, follow_symlinks=False)
    link = os.fsdecode(os.readlink(name, dir_fd=fd)) if stat.S_ISLNK(what.st_mode) else None
    return seen_as(what, link, sidecar.xattrs(what, xattrs_at(fd, name)))


def seen_as(what: os.stat_result, link: str | None, xattrs: dict[str, bytes]) -> Seen:
    """The same of something that has been looked at."""
    kind = KINDS.get(stat.S_IFMT(what.st_mode), Kind.FIFO)
    mode, dev = stat.S_IMODE(what.st_mode), (os.major(what.st_rdev), os.minor(what.st_rdev))
    return Seen(kind, mode, what.st_uid, what.st_gid, link, xattrs, what.st_mtime_ns, dev, inode_of(what))


def names_in(root: Beneath, path: str) -> list[str]:
    """What lies in a folder, in order."""
    fd = root.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return sorted(os.listdir(fd))
    finally:
        os.close(fd)


def opened(root: Beneath, path: str) -> BinaryIO:
    """The bytes of a file, which is not waited for where it is a pipe by now; a symlink is not followed."""
    file = os.fdopen(root.open(path, os.O_RDONLY | os.O_NONBLOCK, last=False), "rb")
    return with_holes(cast("BinaryIO", file))


def mounted_owner(ids: Ids, owner: Owner) -> Owner:
    """Whose something that is mounted is inside: where there is one id only, ours is root's, and all others are nobody's."""
    if ids.mode != "single":
        return owner
    return (0 if owner[0] == os.geteuid() else NOBODY, 0 if owner[1] == os.getegid() else NOBODY)


def give_mounted(sidecar: Sidecar, fd: int, name: bytes, path: str, owner: Owner) -> None:
    """Make what is mounted somebody's. Where there is one id only it stays ours; Conflict for one outside our range."""
    if not sidecar.given(fd, name, owner) and sidecar.ids.mode != "single":
        raise Conflict(
            f"{path} cannot belong to {owner[0]}:{owner[1]}: you have no such id, and nothing is noted beside what is mounted"
        )


@contextmanager
def beside(fd: int) -> Iterator[bytes]:
    """A name in a folder under which something can be made; what is still there at the end goes."""
    temporary = _TEMPORARY + os.urandom(8).hex().encode()
    try:
        yield temporary
    finally:
        with suppress(FileNotFoundError):  # nor can it be removed where it could not be made
            remove_at(fd, temporary)


def take_name(fd: int, temporary: bytes, name: bytes) -> None:
    """What was made in a folder gets its name there, whatever has it now."""
    try:
        os.rename(temporary, name, src_dir_fd=fd, dst_dir_fd=fd)
    except NotADirectoryError:  # a folder in place of a file
        os.unlink(name, dir_fd=fd)
        os.rename(temporary, name, src_dir_fd=fd, dst_dir_fd=fd)


def pour_into(fd: int, temporary: bytes, to_fd: int, name: bytes) -> None:
    """A file that has to stay, since it is mounted, gets the content of one that was made."""
    into = os.open(name, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=to_fd)
    with open(into, "wb") as out, open(os.open(temporary, os.O_RDONLY | os.O_CLOEXEC, dir_fd=fd), "rb") as made:
        shutil.copyfileobj(made, out)
        out.flush()
        os.fsync(into)
