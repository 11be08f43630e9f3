"""A live folder, a container's own layer, as a LayerTable; and the bytes of its entries.

It is read as an overlay's upper folder is left by the kernel, whiteouts and all; `.wh.` files are understood too, for
systems where no others can be made. No symlink is followed. The container may run meanwhile: what vanishes between two
looks was not there.
"""

import os
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from layertui.core.errors import Damaged, as_storage_error, storage_error
from layertui.core.layers.at import xattrs_at
from layertui.core.layers.beneath import Beneath
from layertui.core.layers.entry import Entry, Kind
from layertui.core.layers.markers import is_whiteout, marker, overlay_xattr, portable_xattrs
from layertui.core.layers.noted import noted_owner
from layertui.core.layers.owned import lifted
from layertui.core.layers.table import OPAQUE, WHITED, LayerTable, TableBuilder
from layertui.core.streams.progress import Progress

Owner = tuple[int, int]

KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIR,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFCHR: Kind.CHAR,
    stat.S_IFBLK: Kind.BLOCK,
    stat.S_IFIFO: Kind.FIFO,
}  # a socket is nothing without the process that listens: it has no place in a layer


@dataclass(frozen=True, slots=True)
class Owners:
    """What is known of owners beyond what the disk says.

    `mapped` turns an owner on disk into one inside the container's user namespace. `kept` has by path the owners of what
    could not be given to them. `below` says whose a path is in the lower layers: asked for what overlay copied up, which on
    the disk of a user with a single id is that user's, whoever owns it below.
    """

    mapped: Callable[[int, int], Owner] | None = None
    kept: Mapping[str, Owner] | None = None
    below: Callable[[str], Owner | None] | None = None

    def of(self, path: bytes, status: os.stat_result, xattrs: Mapping[str, bytes]) -> Owner:
        """The owner of a path inside the container; what is noted on a file counts where the disk says nobody else."""
        text = "/" + path.decode("utf-8", "surrogateescape")
        if self.kept is not None and text in self.kept:
            return self.kept[text]
        owner = (status.st_uid, status.st_gid)
        if self.mapped is not None:
            owner = self.mapped(*owner)
        if owner != (0, 0):
            return owner
        if (noted := noted_owner(xattrs)) is not None:
            return noted
        if self.below is not None and overlay_xattr(xattrs, "origin") is not None:
            return self.below(text) or owner
        return owner


class Found(NamedTuple):
    """One name in a folder, looked at."""

    path: bytes
    status: os.stat_result
    link: bytes
    xattrs: dict[str, bytes]


def read_folder(
    upper: Path,
    owners: Owners | None = None,
    progress: Progress | None = None,
    *,
    emptied: Collection[bytes] = (),
    skipped: Collection[bytes] = (),
) -> LayerTable:
    """The table of a container's own layer. Raises StorageError for what cannot be read.

    Paths without a leading slash: of the folders `emptied` the content is left out, and of those `skipped` all.
    """
    reader = _Reader(owners or Owners(), progress, emptied, skipped)
    with as_storage_error(upper), Beneath(upper, symlinks=False) as root:
        reader.read(root)
    return reader.table.build()


class _Reader:
    """Looks at everything in a folder, in tree order."""

    def __init__(
        self, owners: Owners, progress: Progress | None, emptied: Collection[bytes], skipped: Collection[bytes]
    ) -> None:
        self.table = TableBuilder()
        self._owners, self._progress, self._emptied, self._skipped = owners, progress, emptied, skipped
        self._names: dict[tuple[int, int], bytes] = {}  # the first name of each inode that has several

    def read(self, root: Beneath) -> None:
        """Add all that lies in the folder to the table."""
        waiting = [self._look_into(root, b"", xattrs_at(root.fd, b"."))]
        while waiting:
            found = next(waiting[-1], None)
            if found is None:
                waiting.pop()
                continue
            if self._progress is not None:
                self._progress.advance()
            self._take(found)
            if stat.S_ISDIR(found.status.st_mode) and found.path not in self._emptied:
                with suppress(FileNotFoundError):
                    waiting.append(self._look_into(root, found.path, found.xattrs))

    def _look_into(self, root: Beneath, folder: bytes, xattrs: Mapping[str, bytes]) -> Iterator[Found]:
        """What lies directly in a folder, sorted, but for its markers: these go into the table at once."""
        try:
            return iter(self._listed(root, folder, xattrs))
        except PermissionError as error:
            try:
                with lifted(root, folder):
                    return iter(self._listed(root, folder, None))
            except PermissionError:
                raise storage_error(error, os.path.join(root.name, os.fsdecode(folder))) from error

    def _listed(self, root: Beneath, folder: bytes, xattrs: Mapping[str, bytes] | None) -> list[Found]:
        fd = root.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # Where the folder was shut, so were its attributes.
            opaque = overlay_xattr(xattrs_at(fd, b".") if xattrs is None else xattrs, "opaque")
            if opaque == b"y":
                self.table.opaque(folder)
            return self._entries(fd, folder, by_xattr=opaque == b"x")
        finally:
            os.close(fd)

    def _entries(self, fd: int, folder: bytes, *, by_xattr: bool) -> list[Found]:
        seen = []
        for name in sorted(map(os.fsencode, os.listdir(fd))):
            with suppress(FileNotFoundError):
                found = _look_at(fd, name, folder + b"/" + name if folder else name)
                if found.path not in self._skipped and not self._is_marker(found, by_xattr=by_xattr):
                    seen.append(found)
        return seen

    def _is_marker(self, found: Found, *, by_xattr: bool) -> bool:
        if is_whiteout(found.status, found.xattrs, by_xattr=by_xattr):
            self.table.whiteout(found.path)
            return True
        try:
            written = marker(found.path.replace(b"/", b"\0"))
        except Damaged:
            return True  # a container may name a file as it likes; a layer cannot hold this one
        if written is None:
            return False
        if written.hides == WHITED:
            self.table.whiteout(written.key.replace(b"\0", b"/"))
        elif written.hides == OPAQUE:
            self.table.opaque(written.key.replace(b"\0", b"/"))
        return True

    def _take(self, found: Found) -> None:
        path, status, link, xattrs = found
        kind = KINDS.get(stat.S_IFMT(status.st_mode))
        if kind is None:
            return
        uid, gid = self._owners.of(path, status, xattrs)
        attributes: dict[str, Any] = {
            "mode": stat.S_IMODE(status.st_mode),
            "uid": uid,
            "gid": gid,
            "size": status.st_size if kind is Kind.FILE else 0,
            "mtime": status.st_mtime_ns // 10**9,
            "mtime_ns": status.st_mtime_ns % 10**9,
            "xattrs": portable_xattrs(xattrs),
        }
        if kind is not Kind.DIR and status.st_nlink > 1:
            first = self._names.setdefault((status.st_dev, status.st_ino), path)
            if first != path:
                self.table.hardlink(path, first, **attributes)
                return
        dev = (os.major(status.st_rdev), os.minor(status.st_rdev)) if kind in (Kind.CHAR, Kind.BLOCK) else (0, 0)
        self.table.add(path, kind, link=link, dev=dev, **attributes)


def _look_at(fd: int, name: bytes, path: bytes) -> Found:
    status = os.stat(name, dir_fd=fd, follow_symlinks=False)
    link = os.readlink(name, dir_fd=fd) if stat.S_ISLNK(status.st_mode) else b""
    return Found(path, status, link, xattrs_at(fd, name))


class FolderContent:
    """The bytes of a folder's entries, as they are now."""

    def __init__(self, upper: Path) -> None:
        self._upper = upper

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file, seekable. Raises Damaged where it is no file any more."""
        try:
            with Beneath(self._upper, symlinks=False) as root:
                fd = _open_file(root, os.fsencode(entry.path))
        except OSError as error:
            raise storage_error(error, entry.path) from error
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise Damaged(f"{entry.path} is no regular file any more; look again")
        return cast("BinaryIO", os.fdopen(fd, "rb"))


def _open_file(root: Beneath, path: bytes) -> int:
    # Not to wait for the writer of a pipe that took the file's place meanwhile.
    flags = os.O_RDONLY | os.O_NONBLOCK
    try:
        return root.open(path, flags, last=False)
    except PermissionError:
        with lifted(root, path):
            return root.open(path, flags, last=False)
