"""Lists and unpacks the entries of a zip file within limits (APPNOTE.TXT); the standard library has none for hostile ones."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.bounds import bounds
from layertui.core.errors import Damaged

if TYPE_CHECKING:
    from collections.abc import Iterator

_END = struct.Struct("<4s4H2IH")  # end of central directory
_END64 = struct.Struct("<4sQ2H2I4Q")
_ENTRY = struct.Struct("<4s6H3I5H2I")  # an entry of the central directory
_LOCAL = struct.Struct("<4s5H3I2H")
_COMMENT = 1 << 16  # bytes at most
_STORED, _DEFLATED = 0, 8
_IS_64 = 0xFFFFFFFF


class ZipEntry(NamedTuple):
    """One entry: its name, and where and how it is stored."""

    name: bytes
    method: int
    stored: int
    at: int
    """Where its local header begins."""


def zip_entries(content: bytes) -> Iterator[ZipEntry]:
    """The entries of a zip file, whatever lies before it. Raises Damaged when it comes to what is none."""
    end = content.rfind(b"PK\5\6", max(len(content) - _COMMENT - _END.size, 0))
    if end < 0 or end + _END.size > len(content):
        raise Damaged("it is no zip file, or cut off")
    *_, size, offset, _ = _END.unpack_from(content, end)
    locator = content.rfind(b"PK\6\6", max(end - _COMMENT, 0), end)
    if offset == _IS_64 and locator >= 0 and locator + _END64.size <= len(content):
        *_, size, offset = _END64.unpack_from(content, locator)
        end = locator
    before = end - size - offset  # a script, for instance, that starts it
    at = before + offset
    if before < 0 or at < 0:
        raise Damaged("the directory of the zip file is not where its end says")
    for _ in range(bounds().entries):
        if at + _ENTRY.size > end:
            return
        fields = _ENTRY.unpack_from(content, at)
        if fields[0] != b"PK\1\2":
            raise Damaged("the directory of the zip file is damaged")
        name, extra, comment = fields[10:13]
        at += _ENTRY.size
        yield ZipEntry(content[at : at + name], fields[4], fields[8], before + fields[16])
        at += name + extra + comment


def unpack_entry(content: bytes, entry: ZipEntry, most: int) -> bytes:
    """An entry's content. Raises Damaged if it is cut off, stored in another way, or larger than `most` bytes."""
    if not 0 <= entry.at <= len(content) - _LOCAL.size:
        raise Damaged("an entry of the zip file lies outside of it")
    fields = _LOCAL.unpack_from(content, entry.at)
    start = entry.at + _LOCAL.size + fields[9] + fields[10]
    raw = memoryview(content)[start : start + entry.stored]
    if fields[0] != b"PK\3\4" or len(raw) < entry.stored:
        raise Damaged("an entry of the zip file is cut off")
    if entry.method == _STORED:
        found = bytes(raw[: most + 1])
    elif entry.method == _DEFLATED:
        try:
            found = zlib.decompressobj(-15).decompress(raw, most + 1)
        except zlib.error:
            raise Damaged("an entry of the zip file is damaged") from None
    else:
        raise Damaged(f"an entry of the zip file is stored by method {entry.method}")
    if len(found) > most:
        raise Damaged(f"an entry of the zip file is larger than {most} bytes")
    return found
