"""Lists and unpacks the entries of a zip file within limits (APPNOTE.TXT); the standard library has none for hostile ones."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from layertui.core.bounds import bounds, exceeded
from layertui.core.errors import Damaged, LimitExceeded
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.streams.compress import decompressed, inflated
from layertui.core.streams.tar.member_content import MemberContent

if TYPE_CHECKING:
    from collections.abc import Iterator

_END = struct.Struct("<4s4H2IH")  # end of central directory
_END64 = struct.Struct("<4sQ2H2I4Q")
_ENTRY = struct.Struct("<4s6H3I5H2I")  # an entry of the central directory
_LOCAL = struct.Struct("<4s5H3I2H")
_EXTRA = struct.Struct("<HH")
_COMMENT = 1 << 16  # bytes at most
_CHUNK = 1 << 18
_STORED, _DEFLATED = 0, 8
_WITH_MAGIC = (12, 93, 95)  # bzip2, zstd, xz: known by their first bytes
_IS_64 = 0xFFFFFFFF
_UNIX = 3
_ENCRYPTED = 1


class ZipEntry(NamedTuple):
    """One entry: its name, and where and how it is stored."""

    name: bytes
    method: int
    stored: int
    at: int
    """Where its local header begins."""
    size: int
    """Bytes that it unpacks to, as the directory says."""
    mode: int | None
    """Mode with the file's type as in stat(2); None if it was not made on Unix."""
    time: tuple[int, int]
    """Date and time as DOS wrote them."""
    encrypted: bool


def zip_entries(stream: BinaryIO, size: int) -> Iterator[ZipEntry]:
    """The entries of a zip file of `size` bytes, whatever lies before it. Raises Damaged when it comes to what is none.

    The stream's position may change between two entries.
    """
    before, at, end = _directory(stream, size)
    most = bounds().entries
    held, base = b"", at
    count = 0
    while at + _ENTRY.size <= end:
        if count == most:
            raise exceeded("entries", tr("the zip file has more than {most:,} entries", most=most))
        if at - base + _ENTRY.size + 3 * 0xFFFF > len(held) and base + len(held) < end:
            stream.seek(at)
            held, base = read_fully(stream.read, min(_CHUNK, end - at)), at
        if len(held) - (at - base) < _ENTRY.size:
            raise Damaged(tr("the directory of the zip file is cut off"))
        fields = _ENTRY.unpack_from(held, at - base)
        if fields[0] != b"PK\1\2":
            raise Damaged(tr("the directory of the zip file is damaged"))
        yield _entry(fields, held, at - base + _ENTRY.size, before)
        at += _ENTRY.size + sum(fields[10:13])
        count += 1


def _directory(stream: BinaryIO, size: int) -> tuple[int, int, int]:
    """What lies before the zip file, and where its directory begins and ends."""
    tail_at = max(size - _COMMENT - _END.size - _END64.size, 0)
    stream.seek(tail_at)
    tail = read_fully(stream.read, size - tail_at)
    found = tail.rfind(b"PK\5\6", max(len(tail) - _COMMENT - _END.size, 0))
    if found < 0 or found + _END.size > len(tail):
        raise Damaged(tr("it is no zip file, or cut off"))
    *_, length, offset, _ = _END.unpack_from(tail, found)
    locator = tail.rfind(b"PK\6\6", 0, found)
    if _IS_64 in (offset, length) and locator >= 0 and locator + _END64.size <= len(tail):
        *_, length, offset = _END64.unpack_from(tail, locator)
        found = locator
    end = tail_at + found
    before = end - length - offset  # a script, for instance, that starts it
    if before < 0 or before + offset < 0:
        raise Damaged(tr("the directory of the zip file is not where its end says"))
    return before, before + offset, end


def _entry(fields: tuple[int, ...], held: bytes, at: int, before: int) -> ZipEntry:
    _, made_by, _, flags, method, time, date, _, stored, size, name, extra, _, _, _, attributes, start = fields
    if _IS_64 in (stored, size, start):
        stored, size, start = _wide(held[at + name : at + name + extra], stored, size, start)
    mode = attributes >> 16 if made_by >> 8 == _UNIX and attributes >> 16 else None
    return ZipEntry(
        held[at : at + name], method, stored, before + start, size, mode, (date, time), bool(flags & _ENCRYPTED)
    )


def _wide(extra: bytes, stored: int, size: int, start: int) -> tuple[int, int, int]:
    """The numbers that need 64 bits, from the extra field of an entry."""
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if kind == 1:
            wide = iter(struct.unpack_from(f"<{min(length, len(extra) - at) // 8}Q", extra, at))
            size = next(wide, size) if size == _IS_64 else size
            stored = next(wide, stored) if stored == _IS_64 else stored
            start = next(wide, start) if start == _IS_64 else start
        at += length
    return stored, size, start


def open_entry(stream: BinaryIO, entry: ZipEntry) -> BinaryIO:
    """An entry's content, to be read once. Raises Damaged if it is encrypted, stored in another way or not there.

    Reading raises Damaged, Truncated and LimitExceeded. Closing it leaves the stream open.
    """
    stream.seek(max(entry.at, 0))
    local = read_fully(stream.read, _LOCAL.size)
    if entry.at < 0 or len(local) < _LOCAL.size:
        raise Damaged(tr("an entry of the zip file lies outside of it"))
    fields = _LOCAL.unpack(local)
    if fields[0] != b"PK\3\4":
        raise Damaged(tr("an entry of the zip file is not where its directory says"))
    if entry.encrypted:
        raise Damaged(tr("an entry of the zip file is encrypted"))
    start = entry.at + _LOCAL.size + fields[9] + fields[10]
    raw = cast("BinaryIO", MemberContent(stream, start, entry.stored))
    if entry.method == _STORED:
        return raw
    if entry.method == _DEFLATED:
        return inflated(raw)
    if entry.method in _WITH_MAGIC:
        return decompressed(raw)
    raise Damaged(tr("an entry of the zip file is stored by method {method}", method=entry.method))


def unpack_entry(stream: BinaryIO, entry: ZipEntry, most: int) -> bytes:
    """An entry's content. Raises Damaged if it is cut off, stored in another way, or larger than `most` bytes."""
    try:
        found = read_fully(open_entry(stream, entry).read, most + 1)
    except LimitExceeded as error:
        raise Damaged(str(error)) from None
    if len(found) > most:
        raise Damaged(tr("an entry of the zip file is larger than {most:,} bytes", most=most))
    return found
