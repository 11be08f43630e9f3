"""Unpacks one layer into a folder, never outside it.

Layers are untrusted. No path of theirs is passed to a system call: each name is opened in its folder, by descriptor,
without following a symlink (`fs/dir_fd_cache.py`); a symlink in the place of a folder is replaced by a folder.
"""

import io
import os
import stat
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import BinaryIO, TypeVar

from layertui.core.errors import Damaged, LimitExceeded
from layertui.core.fs.copy_range import copy_range
from layertui.core.fs.dir_fd import remove_at, xattrs_at
from layertui.core.fs.dir_fd_cache import DirFdCache
from layertui.core.fs.overlay.override_xattrs import owner_override
from layertui.core.language.texts import tr
from layertui.core.layers.stack.view import View
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.path_keys import normalize, path_of
from layertui.core.layers.table.tar_entry import entry_of, header_of
from layertui.core.layers.table.whiteouts import Marker, marker, portable_xattrs
from layertui.core.layers.write.metadata_writer import ApplyResult, MetadataWriter
from layertui.core.streams.tar.tar_contents import (
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    FIFO,
    HARDLINK,
    SYMLINK,
    Header,
)

T = TypeVar("T")
MOST_NAME = 255  # bytes; the limit of Linux's file systems
IMPLIED = Header(b"", DIRECTORY, 0o755)  # a folder that no member lists and no lower layer has


class LayerWriter:
    """Unpacks one layer into a folder.

    `pending` has the final attributes of each folder that was made or changed; None for one that no member lists.
    """

    def __init__(self, root: int, dir_fds: DirFdCache, below: View | None, *, keeps_owners: bool, merges: bool) -> None:
        self.root, self.dir_fds, self.below, self.merges = root, dir_fds, below, merges
        self.keeps_owners = keeps_owners
        self.sources = DirFdCache(root)  # for the targets of hard links: elsewhere, but near each other
        self.applied = ApplyResult()
        self.pending: dict[bytes, Header | None] = {}
        self.hidden: list[Marker] = []
        self.replaced: set[bytes] = set()  # folders that replaced a non-folder of this layer
        self.metadata = MetadataWriter(self.applied, keeps_owners=keeps_owners, merges=merges)
        self._makers: dict[bytes, Callable[[int, bytes, bytes, Header, BinaryIO], None]] = {
            DIRECTORY: self._folder,
            SYMLINK: self._symlink,
            HARDLINK: self._hardlink,
            CHAR: self._device,
            BLOCK_DEVICE: self._device,
            FIFO: self._fifo,
        }

    def take(self, header: Header, content: BinaryIO) -> None:
        """Write one member of the tar; members come in order. Raises LimitExceeded."""
        key = normalize(header.name)
        found = marker(key)
        if found is not None:
            self.hidden.append(found)
        elif not key:
            self.pending[b""] = header
        else:
            parts = key.split(b"\0")
            if len(key) > MOST_NAME and max(map(len, parts)) > MOST_NAME:
                raise LimitExceeded(
                    tr(
                        "a name in a layer is longer than {most_name:,} bytes; longer ones are shown, not written",
                        most_name=MOST_NAME,
                    )
                )
            if self.merges:
                self.remember(parts)
            folder = self.dir_fds.enter(parts[:-1], self.imply)
            self._makers.get(header.type, self._file)(folder, parts[-1], key, header, content)

    def imply(self, folder: int, path: Sequence[bytes]) -> None:
        """Make an implied folder."""
        key = b"\0".join(path)
        self._make_folder(folder, path[-1], key)
        self.pending[key] = None

    def finish(self) -> None:
        """Set the final attributes of the folders, children first."""
        for key in sorted(self.pending, reverse=True):
            header = self.pending[key] or IMPLIED
            parts = key.split(b"\0") if key else []
            if (parent := self.dir_fds.find(parts[:-1])) is None:
                continue  # a later member replaced it
            with suppress(FileNotFoundError, NotADirectoryError):
                flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                fd = os.open(parts[-1] if parts else b".", flags, dir_fd=parent)
                try:
                    self.metadata.open_file(fd, key, header)
                finally:
                    os.close(fd)

    def _folder(self, folder: int, name: bytes, key: bytes, header: Header, _: BinaryIO) -> None:
        self._make_folder(folder, name, key)
        self.pending[key] = header

    def _make_folder(self, folder: int, name: bytes, key: bytes) -> None:
        try:
            os.mkdir(name, 0o700, dir_fd=folder)
        except FileExistsError:
            if stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                return
            self.remove(folder, name, key)
            self.replaced.add(key)
            os.mkdir(name, 0o700, dir_fd=folder)

    def _file(self, folder: int, name: bytes, key: bytes, header: Header, content: BinaryIO) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = self._replace(folder, name, key, lambda: os.open(name, flags, 0o600, dir_fd=folder))
        try:
            copy_range(content, fd, header.size, header.sparse)
            self.metadata.open_file(fd, key, header)
        finally:
            os.close(fd)

    def _symlink(self, folder: int, name: bytes, key: bytes, header: Header, _: BinaryIO) -> None:
        self._replace(folder, name, key, lambda: os.symlink(header.link, name, dir_fd=folder))
        self.metadata.name(folder, name, key, header)

    def _fifo(self, folder: int, name: bytes, key: bytes, header: Header, _: BinaryIO) -> None:
        self._replace(folder, name, key, lambda: os.mkfifo(name, 0o600, dir_fd=folder))
        self.metadata.name(folder, name, key, header)

    def _device(self, folder: int, name: bytes, key: bytes, header: Header, _: BinaryIO) -> None:
        kind = stat.S_IFCHR if header.type == CHAR else stat.S_IFBLK
        numbers = header.devmajor, header.devminor
        try:
            _refuse_whiteout(header)
            self._replace(folder, name, key, lambda: os.mknod(name, kind | 0o600, os.makedev(*numbers), dir_fd=folder))
        except (PermissionError, OverflowError):
            self.remove(folder, name, key)
            self.applied.devices[path_of(key)] = entry_of(header, key)
        else:
            self.metadata.name(folder, name, key, header)

    def _hardlink(self, folder: int, name: bytes, key: bytes, header: Header, _: BinaryIO) -> None:
        target = normalize(header.link)
        if target == key:
            return
        if target.startswith(key + b"\0"):
            raise Damaged(tr("{path_of!r} in a layer is a hard link to what lies inside it", path_of=path_of(key)))
        if (device := self.applied.devices.get(path_of(target))) is not None:
            self.remove(folder, name, key)
            self.applied.devices[path_of(key)] = device
            return
        *above, source_name = target.split(b"\0")
        source = self.sources.find(above)
        if source is None or not exists(source, source_name):
            self._copy_up(target, key)
            source = self.sources.find(above)
            folder = self.dir_fds.enter(key.split(b"\0")[:-1], self.imply)
        try:
            self._replace(
                folder,
                name,
                key,
                lambda: os.link(source_name, name, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False),
            )
        except PermissionError:
            raise Damaged(
                tr(
                    "{path_of!r} in a layer is a hard link to the folder {path_of2!r}",
                    path_of=path_of(key),
                    path_of2=path_of(target),
                )
            ) from None

    def _copy_up(self, target: bytes, key: bytes) -> None:
        """Copy a file that only lower layers have, so that a hard link can name it; as overlay does."""
        found = self.below.get(path_of(target)) if self.below is not None else None
        if self.below is None or found is None or found.kind is Kind.DIR:
            raise Damaged(
                tr(
                    "{path_of!r} in a layer is a hard link to {path_of2!r}, where no file is",
                    path_of=path_of(key),
                    path_of2=path_of(target),
                )
            )
        parts = target.split(b"\0")
        folder = self.dir_fds.enter(parts[:-1], self.imply)
        header = header_of(found)
        content = self.below.stack.open(found) if found.kind is Kind.FILE else io.BytesIO()
        self._makers.get(header.type, self._file)(folder, parts[-1], target, header, content)

    def _replace(self, folder: int, name: bytes, key: bytes, make: Callable[[], T]) -> T:
        """Make a file under a name, after removing what has the name."""
        try:
            return make()
        except FileExistsError:
            self.remove(folder, name, key)
            return make()

    def remove(self, folder: int, name: bytes, key: bytes) -> None:
        """Remove a name, with everything below it."""
        remove_at(folder, name)
        parts = key.split(b"\0")
        self.dir_fds.forget(parts)
        self.sources.forget(parts)
        self.applied.devices.pop(path_of(key), None)

    def remember(self, parts: Sequence[bytes]) -> None:
        """Record the attributes of the folders above a path before they change."""
        for depth in range(len(parts)):
            key = b"\0".join(parts[:depth])
            if key in self.pending:
                continue
            if (fd := self.dir_fds.find(parts[:depth])) is None:
                return
            status = os.fstat(fd)
            seconds, ns = divmod(status.st_mtime_ns, 10**9)
            xattrs = xattrs_at(fd, b".")
            uid, gid = owner_override(xattrs) or ((status.st_uid, status.st_gid) if self.keeps_owners else (0, 0))
            self.pending[key] = Header(
                b"", DIRECTORY, stat.S_IMODE(status.st_mode), uid, gid, mtime=seconds, mtime_ns=ns,
                xattrs=portable_xattrs(xattrs),
            )  # fmt: skip


def exists(folder: int, name: bytes) -> bool:
    """Whether a folder has this name."""
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _refuse_whiteout(header: Header) -> None:
    if (header.type, header.devmajor, header.devminor) == (CHAR, 0, 0):
        raise PermissionError(tr("overlay would take a character device 0:0 for a whiteout"))
