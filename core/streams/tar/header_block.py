"""Parses and writes one tar header block: name, numbers, checksum (POSIX ustar, the GNU tar manual)."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, NamedTuple, cast

from layertui.core.errors import Damaged
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 512
REGULAR, HARDLINK, SYMLINK, CHAR, BLOCK_DEVICE, DIRECTORY, FIFO = b"0", b"1", b"2", b"3", b"4", b"5", b"6"
OLD_REGULAR, CONTIGUOUS, GNU_SPARSE = b"\0", b"7", b"S"
PLAIN_TYPES = (REGULAR, OLD_REGULAR, CONTIGUOUS, GNU_SPARSE)
MAGICS = frozenset((b"ustar\0", b"ustar "))


class Member(NamedTuple):
    """One member as ``walk`` finds it; ``Header.of`` decodes the rest."""

    name: bytes  # as stored, with a trailing "/"; long names resolved
    link: bytes
    block: bytes  # the header
    size: int  # stored bytes of the content; 0 for types without content
    offset: int  # where the content begins
    pax: dict[bytes, bytes] | None  # the records that apply to this member


Step = tuple[bytes, int, int, Member | None]
"""Header, size and offset of a member as in `Member`; and the Member if there were extended headers."""

make_member = cast("Callable[[type[Member], tuple[object, ...]], Member]", tuple.__new__)


def plain_member(block: bytes, size: int, offset: int) -> Member:
    """The member of a header without extended headers."""
    return make_member(Member, (plain_name(block), plain_link(block), block, size, offset, None))


def plain_link(block: bytes) -> bytes:
    """The link target in a header."""
    return block[157:257].partition(b"\0")[0] if block[157] else b""


def plain_name(block: bytes) -> bytes:
    """The name in a header, after the prefix if there is one."""
    cut = block.find(0)
    name = block[:cut] if 0 <= cut < 100 else block[:100]
    if not block[345] or block[257:263] not in MAGICS:
        return name
    # The GNU format keeps times where ustar has the prefix, and some writers gave
    # a ustar header the GNU magic: a time begins with a digit or the mark of base
    # 256, or is blank.
    if block[257:263] != b"ustar\0" and (block[345] in b"01234567 \0" or block[345] & 0x80):
        return name
    # Star keeps times in the last bytes, and has its own magic at the very end.
    prefix = block[345 : 476 if block.endswith(b"tar\0") else 500].partition(b"\0")[0]
    return prefix + b"/" + name if prefix else name


def number(text: bytes) -> int:
    """A numeric field: octal between blanks and NULs, or base-256; an empty one is 0. Raises Damaged."""
    if text and text[0] & 0x80:
        value = int.from_bytes(text, "big")
        # After the mark follows a two's complement number.
        sign = 1 << (8 * len(text) - 2)
        return bounded((value & (sign - 1)) - (value & sign))
    try:
        return int(text.rstrip(b"\0 "), 8)
    except ValueError:
        digits = text.partition(b"\0")[0].strip()
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        raise Damaged(tr("a tar header has {text!r} where a number belongs", text=text)) from None


def checksum(block: bytes) -> int:
    """The sum of the header's bytes, with the checksum field counted as blanks."""
    # The lower half of Adler-32 is the sum plus one, modulo 65521, which 512 bytes
    # of a header do not reach. Fifteen times as fast as sum().
    adler = zlib.adler32
    total = (adler(block[:256]) & 0xFFFF) + (adler(block[256:]) & 0xFFFF) - (adler(block[148:156]) & 0xFFFF)
    return total - 1 + 8 * 0x20


def checksum_ok(block: bytes) -> bool:
    """Whether the header's checksum is right; the sum of signed bytes of some old writers is accepted too."""
    field = block[148:156]
    try:
        # Six digits, a NUL and a blank, as nearly all writers write it.
        recorded = int(field[:6], 8) if field.endswith(b"\0 ") else number(field)
    except (ValueError, Damaged):
        return False
    total = checksum(block)
    if total == recorded:
        return True
    negative = sum(byte > 127 for byte in block[:148]) + sum(byte > 127 for byte in block[156:])
    return total - 256 * negative == recorded


def bounded(value: int) -> int:
    """The value. Raises Damaged where it has more than 64 bits."""
    # numpy columns and the kernel's offsets have 64 bits.
    if -(1 << 63) <= value < 1 << 63:
        return value
    raise Damaged(tr("a tar header has a number of more than 64 bits"))


def shown(name: bytes) -> str:
    return repr(name[:200].decode("utf-8", "surrogateescape"))


def looks_like_member(block: bytes) -> bool:
    """Whether a block can be a header, as far as its own bytes show: a file's content may look the same."""
    return block[257:263] in MAGICS and checksum_ok(block)
