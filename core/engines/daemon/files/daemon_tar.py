"""The members of tars that a daemon makes of a container's paths: by path, one by one, as rows of a table."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

from layertui.core.engines.daemon.files.container_archive import not_there
from layertui.core.errors import Damaged, as_storage_error
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.streams.tar.tar_contents import (
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    FIFO,
    HARDLINK,
    REGULAR,
    SYMLINK,
    Header,
    contents,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.engines.daemon.files.container_archive import ContainerArchive
    from layertui.core.layers.table.entry import Entry
    from layertui.core.layers.table.table_builder import TableBuilder
    from layertui.core.progress import Progress

_IN_MEMORY = 4 << 20
_CHUNK = 1 << 20
_KINDS = {
    REGULAR: Kind.FILE,
    DIRECTORY: Kind.DIR,
    SYMLINK: Kind.SYMLINK,
    CHAR: Kind.CHAR,
    BLOCK_DEVICE: Kind.BLOCK,
    FIFO: Kind.FIFO,
}


class FoundMember(NamedTuple):
    """One member of a tar that a daemon made."""

    path: bytes
    """Its path in the container, without a slash at either end."""
    header: Header
    content: BinaryIO
    offset: int
    """Where its content begins in the tar."""


def found_members(tar: BinaryIO, path: str, progress: Progress | None = None) -> Iterator[FoundMember]:
    """The members of the tar that a daemon made of `path`, a hard link with the path that it leads to.

    Damaged for a member that lies elsewhere, LimitExceeded for too much.
    """
    top = os.fsencode(path.strip("/"))
    for member, content in contents(tar, progress):
        header = Header.of(member)
        if header.sparse is not None:
            raise Damaged(tr("the daemon's tar of {path} has a sparse file, which no daemon writes", path=path))
        if header.type == HARDLINK:
            header.link = _at(header.link, top)
        yield FoundMember(_at(header.name, top), header, content, member.offset)


def _at(name: bytes, path: bytes) -> bytes:
    """The path of a member in the container: its name begins with the last one of the path, or with a slash in its place."""
    parts = [part for part in name.split(b"/") if part not in (b"", b".")]
    if b".." in parts:
        raise Damaged(
            tr("the daemon's tar of /{path} has a member {name!r}", path=os.fsdecode(path), name=os.fsdecode(name))
        )
    # The tar of `/`, and Podman's of a volume in a container that does not run, begin with a slash.
    return b"/".join(filter(None, (path, *(parts[1:] if path and not name.startswith(b"/") else parts))))


def first_member(tar: BinaryIO, path: str) -> FoundMember:
    """What is at the path itself; its content can be read until the tar is read on. NotFound for a tar without members."""
    found = next(found_members(tar, path), None)
    if found is None:
        raise not_there(path)
    return found


def add_member(table: TableBuilder, path: bytes, header: Header, offset: int = -1) -> None:
    """Add a member to a layer's table; `offset` is where its content begins, if that is to be read from the tar."""
    attributes: dict[str, Any] = {
        "mode": header.mode,
        "uid": header.uid,
        "gid": header.gid,
        "mtime": header.mtime,
        "mtime_ns": header.mtime_ns,
        "uname": header.uname,
        "gname": header.gname,
        "xattrs": header.xattrs,
    }
    if header.type == HARDLINK:
        table.hardlink(path, header.link, **attributes)
        return
    kind = _KINDS.get(header.type)
    if kind is not None:
        size, dev = header.size if kind is Kind.FILE else 0, (header.devmajor, header.devminor)
        table.add(path, kind, size=size, link=header.link, dev=dev, body=offset, **attributes)


class ArchiveContent:
    """The bytes of a container's files, each asked for when it is opened."""

    def __init__(self, archive: ContainerArchive) -> None:
        self._archive = archive

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file, seekable: its bytes are kept in memory, or many of them in a file without a name.

        NotFound where it is gone, or has become something else.
        """
        path = os.fsencode(entry.path.strip("/"))
        asked = _askable(entry.path)
        with self._archive.tar(asked) as tar:
            for found in found_members(tar, asked):
                if found.path == path:
                    if found.header.type != REGULAR:
                        break
                    return _kept(found.content)
        raise not_there(entry.path)


def _askable(path: str) -> str:
    """The path, or the nearest folder above it whose name is UTF-8: not every daemon finds others."""
    while any("\udc80" <= character <= "\udcff" for character in path):
        path = path.rpartition("/")[0] or "/"
    return path


def _kept(content: BinaryIO) -> BinaryIO:
    kept = tempfile.SpooledTemporaryFile(_IN_MEMORY)
    try:
        with as_storage_error():
            while piece := content.read(_CHUNK):
                kept.write(piece)
            kept.seek(0)
    except BaseException:
        kept.close()
        raise
    return cast("BinaryIO", kept)
