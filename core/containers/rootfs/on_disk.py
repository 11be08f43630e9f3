"""Reads and replaces an entry of a folder on disk, as a container sees it.

For roots whose folders are the files that the container sees: of a running container, where the kernel has merged the
layers, and of the mounts of a stopped one.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, cast

from layertui.core.containers.model.id_ranges import Ids
from layertui.core.containers.rootfs.container_root import FileStatus, Owner, inode_of
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.errors import Conflict
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.dir_fd import make_empty_at, remove_at
from layertui.core.fs.path_handle import PathHandle
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_folder import KINDS
from layertui.core.layers.table.whiteouts import PREFIX
from layertui.core.streams.tar.member_content import with_holes

TEMPORARY = b".layertui-"
_NO_SUCH_NAME = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
NOBODY = 65534  # the kernel's overflow ID, for owners outside the user namespace


def status_at(fd: int, name: bytes, sidecar: Sidecar) -> FileStatus:
    """What a name in a folder is; a symlink is not followed; with the owner on disk."""
    with PathHandle(fd, name) as held:
        what = held.status
        link = os.fsdecode(held.readlink()) if stat.S_ISLNK(what.st_mode) else None
        return status_of(what, link, sidecar.xattrs(what, held.xattrs()))


def status_of(what: os.stat_result, link: str | None, xattrs: dict[str, bytes]) -> FileStatus:
    """The status of a file as the container sees it: kind, mode and inode of `what`, owner and xattrs as given."""
    kind = KINDS.get(stat.S_IFMT(what.st_mode), Kind.FIFO)
    mode, dev = stat.S_IMODE(what.st_mode), (os.major(what.st_rdev), os.minor(what.st_rdev))
    return FileStatus(kind, mode, what.st_uid, what.st_gid, link, xattrs, what.st_mtime_ns, dev, inode_of(what))


def names_in(root: Beneath, path: str) -> list[str]:
    """The names in a folder, sorted."""
    fd = root.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return sorted(os.listdir(fd))
    finally:
        os.close(fd)


def open_on_disk(root: Beneath, path: str) -> BinaryIO:
    """Open a regular file. Raises Damaged if something else is there by now, which is not opened."""
    return with_holes(cast("BinaryIO", os.fdopen(root.open_file(path), "rb")))


def mounted_owner(ids: Ids, owner: Owner) -> Owner:
    """The owner of a mounted file inside the container: with one ID only, ours is root's, and all others are those of the user `nobody`."""
    if ids.mode != "single":
        return owner
    return (0 if owner[0] == os.geteuid() else NOBODY, 0 if owner[1] == os.getegid() else NOBODY)


def chown_mounted(sidecar: Sidecar, held: PathHandle, path: str, owner: Owner) -> None:
    """Set the owner of a mounted file. With one ID only it stays ours; raises Conflict for an ID outside our range."""
    if not sidecar.given(held, owner) and sidecar.ids.mode != "single":
        raise Conflict(
            tr(
                "{path} cannot belong to {owner}:{owner2}: you have no such id, and nothing is noted beside what is mounted",
                path=path,
                owner=owner[0],
                owner2=owner[1],
            )
        )


@contextmanager
def open_staged(fd: int) -> Iterator[bytes]:
    """A temporary name in a folder for a new file; what still has it at the end is removed."""
    temporary = TEMPORARY + os.urandom(8).hex().encode()
    try:
        yield temporary
    finally:
        with suppress(FileNotFoundError):  # nor can it be removed if it could not be made
            remove_at(fd, temporary)


def take_name(fd: int, temporary: bytes, name: bytes) -> None:
    """Give a new file in a folder its name, replacing what has it."""
    try:
        os.rename(temporary, name, src_dir_fd=fd, dst_dir_fd=fd)
    except NotADirectoryError:  # a folder is replaced by a file
        os.unlink(name, dir_fd=fd)
        os.rename(temporary, name, src_dir_fd=fd, dst_dir_fd=fd)


def replace_content(fd: int, made: bytes, to_fd: int, name: bytes, path: str) -> None:
    """Copy the content of a new file to a file that has to stay, since it is mounted at `path`.

    Raises Conflict if something else than a file was made.
    """
    with PathHandle(fd, made) as source, PathHandle(to_fd, name) as target:
        if not stat.S_ISREG(source.status.st_mode):
            raise Conflict(
                tr("{path} is mounted, and only another file's content can take its content's place", path=path)
            )
        with open(source.open(), "rb") as content, open(target.open(os.O_WRONLY | os.O_TRUNC), "wb") as out:
            shutil.copyfileobj(content, out)
            out.flush()
            os.fsync(out.fileno())


# -- whiteouts as files, `.wh.NAME`, for users and file systems without devices; of a name of more than 251 bytes there can be none


def has_whiteout_file(fd: int, name: bytes) -> bool:
    """Whether anything has the name of the whiteout of `name`: a container may have put anything there."""
    try:
        os.stat(PREFIX + name, dir_fd=fd, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_SUCH_NAME:
            raise
        return False
    return True


def make_whiteout_file(fd: int, name: bytes) -> None:
    """Hide what lower layers have at `name`. OSError where the name is too long for that."""
    make_empty_at(fd, PREFIX + name)


def remove_whiteout_file(fd: int, name: bytes) -> None:
    """Remove that of `name`; none is no error."""
    try:
        os.unlink(PREFIX + name, dir_fd=fd)
    except OSError as error:
        if error.errno not in _NO_SUCH_NAME:
            raise
