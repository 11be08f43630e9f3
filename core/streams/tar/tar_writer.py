"""Writes tars: ustar headers where they suffice, otherwise PAX records (POSIX pax)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.errors import Truncated
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.streams.tar import pax_records
from layertui.core.streams.tar.decoded_header import Header
from layertui.core.streams.tar.header_block import (
    BLOCK,
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    REGULAR,
    checksum,
    shown,
)

if TYPE_CHECKING:
    from layertui.core.progress import Progress

_ZEROS = bytes(BLOCK)
_SMALL, _CHUNK = 64 << 10, 1 << 20
_USTAR = struct.Struct("100s8s8s8s12s12s8ss100s8s32s32s8s8s155s12x")
_MAGIC_AND_VERSION = b"ustar\x0000"
# The largest numbers of seven and eleven octal digits.
_ID_END, _BIG_END = 1 << 21, 1 << 33


class TarWriter:
    """Writes a tar: ustar headers where they suffice, else PAX records.

    The same headers and contents give the same bytes. ``close`` writes the trailer and
    leaves ``out`` open. ``progress`` counts the contents in pieces, and a block per
    member: writing one large file can be cancelled, too.
    """

    def __init__(self, out: BinaryIO, progress: Progress | None = None) -> None:
        self._write = out.write
        self._progress = progress

    def add(self, header: Header, content: BinaryIO | bytes | None = None) -> None:
        """Write one member; ``content`` must have exactly ``header.size`` bytes."""
        head = _head(header)
        size = header.size if header.type == REGULAR else 0
        if size <= _SMALL:
            body = content if isinstance(content, bytes) else b"" if content is None else read_fully(content.read, size)
            if size and len(body) != size:
                raise _too_short(header, len(body))
            self._write(b"".join((head, body, _ZEROS[: -size & 511])) if size else head)
            self._count(BLOCK + size)
            return
        self._write(head)
        self._count(BLOCK)
        self._write_content(header, content)
        self._write(_ZEROS[: -size & 511])

    def close(self) -> None:
        """Write the trailer, two blocks of zeros."""
        self._write(bytes(2 * BLOCK))

    def _write_content(self, header: Header, content: BinaryIO | bytes | None) -> None:
        if content is None or isinstance(content, bytes):
            if len(content or b"") != header.size:
                raise _too_short(header, len(content or b""))
            self._write(content or b"")
            self._count(header.size)
            return
        left = header.size
        while left:
            piece = content.read(min(left, _CHUNK))
            if not piece:
                raise _too_short(header, header.size - left)
            self._write(piece)
            self._count(len(piece))
            left -= len(piece)

    def _count(self, count: int) -> None:
        if self._progress is not None:
            self._progress.advance(count)


def _too_short(header: Header, count: int) -> Truncated:
    return Truncated(
        tr(
            "{name}: has {count:,} bytes where its header says {size:,}",
            name=shown(header.name),
            count=count,
            size=header.size,
        )
    )


def _head(header: Header) -> bytes:
    """The blocks before a member's content."""
    kind, name, link = header.type, header.name, header.link
    records: list[tuple[bytes, bytes]] = []
    if kind == DIRECTORY and not name.endswith(b"/"):
        name += b"/"
    prefix, short = b"", name
    if len(name) > 100 or not name.isascii():
        prefix, short = _split(name)
        if not short:
            records.append((b"path", name))
            short = name[:100]
    if len(link) > 100 or not link.isascii():
        records.append((b"linkpath", link))
    uname, gname = _owner(b"uname", header.uname, records), _owner(b"gname", header.gname, records)
    uid = _fitting(b"uid", header.uid, _ID_END, records)
    gid = _fitting(b"gid", header.gid, _ID_END, records)
    size = _fitting(b"size", header.size, _BIG_END, records) if kind == REGULAR else 0
    mtime = header.mtime
    if header.mtime_ns or not 0 <= mtime < _BIG_END:
        records.append((b"mtime", pax_records.format_time(mtime, header.mtime_ns)))
        mtime = mtime if 0 <= mtime < _BIG_END else 0
    if header.xattrs:
        records += [pax_records.xattr_record(key, value) for key, value in sorted(header.xattrs.items())]
    is_device = kind in (CHAR, BLOCK_DEVICE)
    block = _USTAR.pack(
        short,
        b"%07o" % (header.mode & 0o7777),
        b"%07o" % uid,
        b"%07o" % gid,
        b"%011o" % size,
        b"%011o" % mtime,
        b"        ",
        kind,
        link,
        _MAGIC_AND_VERSION,
        uname,
        gname,
        _device(header.devmajor) if is_device else b"0000000",
        _device(header.devminor) if is_device else b"0000000",
        prefix,
    )
    return _extended_head(name, records) + _with_checksum(block) if records else _with_checksum(block)


def _split(name: bytes) -> tuple[bytes, bytes]:
    """A long name split into prefix and name of a ustar header; both empty if it does not fit."""
    # The slash between them is not stored; a slash at the end belongs to a folder.
    slash = name.rfind(b"/", 0, min(156, len(name) - 1))
    if slash <= 0 or len(name) - slash > 101 or not name.isascii():
        return b"", b""
    return name[:slash], name[slash + 1 :]


def _owner(key: bytes, name: str, records: list[tuple[bytes, bytes]]) -> bytes:
    if not name:
        return b""
    text = name.encode("utf-8", "surrogateescape")
    if len(text) > 32 or not name.isascii():
        records.append((key, text))
    return text


def _fitting(key: bytes, value: int, end: int, records: list[tuple[bytes, bytes]]) -> int:
    if 0 <= value < end:
        return value
    records.append((key, b"%d" % value))
    return 0


def _device(value: int) -> bytes:
    # PAX has no record for devices; all readers accept base 256.
    return b"%07o" % value if 0 <= value < _ID_END else (value + (1 << 63)).to_bytes(8, "big")


def _with_checksum(block: bytes) -> bytes:
    return b"%b%06o\0 %b" % (block[:148], checksum(block), block[156:])


def _extended_head(name: bytes, records: list[tuple[bytes, bytes]]) -> bytes:
    body = pax_records.format_records(records)
    last = name.rstrip(b"/").rpartition(b"/")[2]
    nothing = b"0000000"
    block = _USTAR.pack(
        b"PaxHeaders/" + last[:80],
        b"0000644",
        nothing,
        nothing,
        b"%011o" % len(body),
        b"%011o" % 0,
        b"        ",
        b"x",
        b"",
        _MAGIC_AND_VERSION,
        b"",
        b"",
        nothing,
        nothing,
        b"",
    )
    return _with_checksum(block) + body + _ZEROS[: -len(body) & 511]
