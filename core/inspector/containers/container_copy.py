"""Copies between a container and the host, by `docker cp`'s rules; a stream is a tar.

Into a container everything goes as a tar, made here with the name that the rules give, and put into one folder: whether the
container runs or not is the writable layer's matter. What comes from the host is root's inside, unless owners are to be kept.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.bounds import check
from layertui.core.errors import Conflict, NotFound, as_storage_error, storage_error
from layertui.core.fs.atomic import make_folder
from layertui.core.fs.beneath import FOLDER
from layertui.core.fs.descent import STEP, FoundFile, open_regular, read_link, walk
from layertui.core.fs.symlink_walk import MOST_LINKS
from layertui.core.inspector.names.file_input import require_stream
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.tar.member_content import with_holes
from layertui.core.streams.tar.tar_contents import DIRECTORY, FIFO, HARDLINK, REGULAR, SYMLINK, Header, TarWriter

if TYPE_CHECKING:
    from layertui.core.engines.file_protocols import Sight, WritableLayer
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress


def copy_out(
    view: View,
    path: str,
    dest: str | Path | BinaryIO,
    *,
    asked: str | None = None,
    archive: bool,
    follow: bool,
    progress: Progress,
) -> tuple[str, ...]:
    """A path of a view to the host, or as a tar to a stream; devices are left out, and named.

    `asked` is how the path was spelled, where `path` is what that leads to. Raises Conflict.
    """
    from layertui.core.layers.write.extract import extract
    from layertui.core.layers.write.flatten import flatten

    path = path if path.startswith("/") else f"/{path}"
    asked = asked or path
    if isinstance(dest, (str, Path)):
        progress.begin(tr("copying {asked}", asked=asked))
        return extract(
            view, path, dest, asked=asked, follow=follow, keep_owners=archive, chroot=True, progress=progress
        )
    slash = asked.endswith(("/", "/."))
    entry = view.resolve(path, follow=follow or slash, chroot=True)
    if slash and entry.kind is not Kind.DIR:
        raise Conflict(tr("{asked}: is not a folder", asked=asked))
    # `/folder/.` means what lies in it; `/link/` keeps the name that was asked for.
    flatten(view, dest, progress, entry.path, os.path.basename(asked.rstrip("/")) if slash else None)
    return ()


def copy_in(
    view: View | Sight,
    writable_layer: WritableLayer,
    source: str | Path | BinaryIO,
    path: str,
    *,
    archive: bool,
    follow: bool,
    spool: Path | None,
    progress: Progress,
) -> None:
    """A path of the host, or the tar of a stream, into a container that sees `view`. Raises Conflict, NotFound."""
    path = path if path.startswith("/") else f"/{path}"
    if not isinstance(source, (str, Path)):
        require_stream(source)
        writable_layer.put_tar(source, _folder(view, path))
        return
    given = os.fspath(source)
    with as_storage_error(given):
        followed = follow or given.endswith(("/", "/."))
        status = os.stat(given) if followed else os.lstat(given)
    if stat.S_IFMT(status.st_mode) in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK):
        raise Conflict(tr("{given}: is a device or a socket, and not copied", given=given))
    is_folder = stat.S_ISDIR(status.st_mode)
    if not is_folder and given.endswith(("/", "/.")):
        raise NotFound(tr("{given}: is not a folder", given=given))
    folder, name = _landing(view, path, given, is_folder=is_folder)
    if spool is not None:
        make_folder(spool, durable=False)
    # The temporary file has no name that an error could give.
    with as_storage_error(), tempfile.TemporaryFile(dir=spool) as tar:
        progress.begin(tr("copying {given}", given=given))
        packing = _Packing(cast("BinaryIO", tar), keep_owners=archive, progress=progress)
        packing.add(os.path.realpath(given) if followed else given, name)
        packing.close()
        tar.seek(0)
        writable_layer.put_tar(cast("BinaryIO", tar), folder)


def _folder(view: View | Sight, path: str) -> str:
    """The folder that a path of the container leads to."""
    entry = view.resolve(path, chroot=True)
    if entry.kind is not Kind.DIR:
        raise Conflict(tr("{path}: is not a folder, and a tar is put into one", path=path))
    return entry.path


def _landing(view: View | Sight, path: str, source: str, *, is_folder: bool) -> tuple[str, str]:
    """The folder of the container that the copy goes into, and its name there; no name for contents alone."""
    try:
        entry = view.resolve(path, chroot=True)
    except NotFound:
        return _new(view, _beyond_links(view, path), is_folder=is_folder)
    if entry.kind is Kind.DIR:
        only_contents = source.endswith("/.") or source == "." or os.path.basename(os.path.abspath(source)) == ""
        return entry.path, "" if only_contents else os.path.basename(os.path.abspath(source))
    if is_folder:
        raise Conflict(tr("{path}: is not a folder, and a folder cannot take its place", path=path))
    if path.endswith(("/", "/.")):
        raise NotFound(tr("{path}: is not a folder", path=path))
    folder, _, name = entry.path.rpartition("/")
    return folder or "/", name


def _new(view: View | Sight, path: str, *, is_folder: bool) -> tuple[str, str]:
    """Where nothing is yet: the folder above must be there."""
    if path.endswith("/") and not is_folder:
        raise NotFound(tr("{path}: no such folder in the container", path=path))
    above, _, name = path.rstrip("/").rpartition("/")
    if name in ("", ".", ".."):
        raise NotFound(tr("{path}: no such folder in the container", path=path))
    return _folder(view, above or "/"), name


def _beyond_links(view: View | Sight, path: str) -> str:
    """Where a link points that leads to nothing yet: what is copied onto it lands there."""
    for _ in range(MOST_LINKS):
        try:
            entry = view.resolve(path, follow=False, chroot=True)
        except NotFound:
            return path
        if entry.link is None:
            return path
        if path.endswith(("/", "/.")):
            raise NotFound(tr("{path}: no such folder in the container", path=path))
        path = os.path.join(entry.path.rpartition("/")[0] or "/", entry.link)
    raise NotFound(tr("{path}: too many levels of symbolic links", path=path))


class _Packing:
    """A path of the host on its way into a tar."""

    def __init__(self, out: BinaryIO, *, keep_owners: bool, progress: Progress) -> None:
        self._writer = TarWriter(out, progress)
        self._keep_owners = keep_owners
        self._bytes = 0
        self._linked: dict[tuple[int, int], bytes] = {}  # the first name of each file that has several

    def close(self) -> None:
        self._writer.close()

    def add(self, top: str, name: str) -> None:
        """A path and all below it, under a name; without one, only what lies below.

        Others may be able to write there: what was looked at is what is packed, whatever they put in its place meanwhile.
        """
        above, last = os.path.split(top)
        with _opened(above or ".", FOLDER) as folder:
            own = os.fsencode(last or ".")
            found = FoundFile(folder, own, [], os.stat(own, dir_fd=folder, follow_symlinks=False))
            if name:
                self._add(found, os.fsencode(name), top)
            if stat.S_ISDIR(found.status.st_mode):
                with _opened(own, STEP, folder) as inside:
                    self._add_below(inside, top, os.fsencode(name))

    def _add_below(self, folder: int, top: str, name: bytes) -> None:
        try:
            for found in walk(folder, top):
                path = found.path
                self._add(found, b"/".join((name, path)) if name else path, os.path.join(top, os.fsdecode(path)))
        except OSError as error:
            raise storage_error(error, os.path.join(top, os.fsdecode(error.filename or ""))) from error

    def _add(self, found: FoundFile, name: bytes, path: str) -> None:
        status = found.status
        first = self._linked.setdefault((status.st_dev, status.st_ino), name) if status.st_nlink > 1 else name
        if first is not name and not stat.S_ISDIR(status.st_mode):
            header = self._header(status, name)
            header.type, header.link, header.size = HARDLINK, first, 0
            self._writer.add(header)
        elif stat.S_ISREG(status.st_mode):
            with as_storage_error(path), open_regular(found.folder, found.name, status, path) as file:
                self._add_file(file, name, path)
        elif stat.S_ISLNK(status.st_mode):
            header = self._header(status, name)
            header.type, header.link = SYMLINK, read_link(found, path)
            self._writer.add(header)
        elif stat.S_ISDIR(status.st_mode):
            header = self._header(status, name + b"/")
            header.type = DIRECTORY
            self._writer.add(header)
        elif stat.S_ISFIFO(status.st_mode):
            header = self._header(status, name)
            header.type = FIFO
            self._writer.add(header)
        # A socket is nothing without its process, and a device not the host's to give.

    def _add_file(self, file: BinaryIO, name: bytes, path: str) -> None:
        header = self._header(os.fstat(file.fileno()), name)
        self._bytes += header.size
        check("unpacked", self._bytes, tr("what is to be copied has {bytes:,} bytes and more", bytes=self._bytes))
        with with_holes(file) as content:
            self._writer.add(header, content)

    def _header(self, status: os.stat_result, name: bytes) -> Header:
        seconds, ns = divmod(status.st_mtime_ns, 10**9)
        owner = (status.st_uid, status.st_gid) if self._keep_owners else (0, 0)
        size = status.st_size if stat.S_ISREG(status.st_mode) else 0
        return Header(name, REGULAR, stat.S_IMODE(status.st_mode), *owner, size=size, mtime=seconds, mtime_ns=ns)


@contextmanager
def _opened(path: str | bytes, flags: int, folder: int | None = None) -> Iterator[int]:
    fd = os.open(path, flags, dir_fd=folder)
    try:
        yield fd
    finally:
        os.close(fd)
