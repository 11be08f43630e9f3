"""Members of a layer, and a layer of them: whatever a tar can hold."""

import bz2
import gzip
import io
import lzma
import sys
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Compression = Literal["none", "gzip", "zstd", "bzip2", "xz"]
MTIME = 1_767_323_045  # 2026-01-02T03:04:05Z in seconds


@dataclass(frozen=True)
class Item:
    """One member of a layer tar: its header, and its bytes where it is a file."""

    header: tarfile.TarInfo
    content: bytes = b""


def _item(
    path: str,
    kind: bytes,
    *,
    content: bytes = b"",
    mode: int,
    uid: int = 0,
    gid: int = 0,
    uname: str = "",
    gname: str = "",
    mtime: float = MTIME,
    link: str = "",
    dev: tuple[int, int] = (0, 0),
    xattrs: Mapping[str, bytes] | None = None,
    pax: Mapping[str, str] | None = None,
) -> Item:
    header = tarfile.TarInfo(path)
    header.type, header.mode, header.uid, header.gid = kind, mode, uid, gid
    header.uname, header.gname, header.mtime, header.linkname = uname, gname, mtime, link
    header.devmajor, header.devminor = dev
    header.size = len(content)
    header.pax_headers = dict(pax or {})
    for name, value in (xattrs or {}).items():
        header.pax_headers[f"SCHILY.xattr.{name}"] = value.decode("utf-8", "surrogateescape")
    return Item(header, content)


def file(path: str, content: bytes | str = b"", *, mode: int = 0o644, **fields: Any) -> Item:
    """Make a regular file; `fields`: uid gid uname gname mtime xattrs pax."""
    body = content.encode() if isinstance(content, str) else content
    return _item(path, tarfile.REGTYPE, content=body, mode=mode, **fields)


def folder(path: str, *, mode: int = 0o755, **fields: Any) -> Item:
    """Make a folder; tarfile writes its trailing slash."""
    return _item(path.rstrip("/") or ".", tarfile.DIRTYPE, mode=mode, **fields)


def symlink(path: str, target: str, **fields: Any) -> Item:
    """Make a symbolic link to `target`, as written."""
    return _item(path, tarfile.SYMTYPE, link=target, mode=0o777, **fields)


def hardlink(path: str, target: str, *, mode: int = 0o644, **fields: Any) -> Item:
    """Make a second name of the file `target`, a path in the same tar or in a layer below."""
    return _item(path, tarfile.LNKTYPE, link=target, mode=mode, **fields)


def char(path: str, major: int, minor: int, *, mode: int = 0o666, **fields: Any) -> Item:
    """Make a character device."""
    return _item(path, tarfile.CHRTYPE, dev=(major, minor), mode=mode, **fields)


def block(path: str, major: int, minor: int, *, mode: int = 0o660, **fields: Any) -> Item:
    """Make a block device."""
    return _item(path, tarfile.BLKTYPE, dev=(major, minor), mode=mode, **fields)


def fifo(path: str, *, mode: int = 0o644, **fields: Any) -> Item:
    """Make a named pipe."""
    return _item(path, tarfile.FIFOTYPE, mode=mode, **fields)


def whiteout(path: str, **fields: Any) -> Item:
    """Mark `path` as removed from the layers below."""
    parent, _, name = path.rpartition("/")
    return file(f"{parent}/.wh.{name}".lstrip("/"), mode=0, **fields)


def opaque(path: str, **fields: Any) -> Item:
    """Mark the folder `path` as emptied of what the layers below have in it."""
    return file(f"{path.strip('/')}/.wh..wh..opq".lstrip("/"), mode=0, **fields)


def layer(entries: Iterable[Item], *, form: int = tarfile.PAX_FORMAT, trailer: bool = True) -> bytes:
    """Write the entries as a layer tar, in their order.

    `form` is one of tarfile's formats (USTAR_FORMAT, GNU_FORMAT, PAX_FORMAT). Without `trailer` the tar ends
    with its last body: no zero blocks.
    """
    out = io.BytesIO()
    end = 0
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape") as tar:
        for entry in entries:
            tar.addfile(entry.header, io.BytesIO(entry.content) if entry.content else None)
            end = tar.offset
    return out.getvalue() if trailer else out.getvalue()[:end]


def compressed(content: bytes, how: Compression) -> bytes:
    """Compress bytes, deterministically."""
    match how:
        case "none":
            return content
        case "gzip":
            return gzip.compress(content, 6, mtime=0)
        case "zstd":
            return zstd.compress(content, 3)
        case "bzip2":
            return bz2.compress(content)
        case "xz":
            return lzma.compress(content)
