"""A tar header: its fields, its numbers, its sum (POSIX ustar, the GNU tar manual)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast

from layertui.core.errors import Damaged
from layertui.core.streams import pax

if TYPE_CHECKING:
    from collections.abc import Callable

BLOCK = 512
REGULAR, HARDLINK, SYMLINK, CHAR, BLOCK_DEVICE, DIRECTORY, FIFO = b"0", b"1", b"2", b"3", b"4", b"5", b"6"
OLD_REGULAR, CONTIGUOUS, GNU_SPARSE = b"\0", b"7", b"S"
PLAIN_TYPES = (REGULAR, OLD_REGULAR, CONTIGUOUS, GNU_SPARSE)
MAGICS = frozenset((b"ustar\0", b"ustar "))


class Member(NamedTuple):
    """One member as ``walk`` finds it; ``Header.of`` decodes the rest."""

    name: bytes  # as written, a trailing "/" kept; long forms resolved
    link: bytes
    block: bytes  # the header
    size: int  # stored bytes of the content; 0 where the type has none
    offset: int  # where they begin
    pax: dict[bytes, bytes] | None  # the records that count for this member


Step = tuple[bytes, int, int, Member | None]
"""Header, size and offset of a member as in `Member`; and the Member, where extended headers said more."""

make_member = cast("Callable[[type[Member], tuple[object, ...]], Member]", tuple.__new__)


def plain_member(block: bytes, size: int, offset: int) -> Member:
    """The member that a header alone makes, with no extended header before it."""
    return make_member(Member, (plain_name(block), plain_link(block), block, size, offset, None))


def plain_link(block: bytes) -> bytes:
    """What a header says the member is a link to."""
    return block[157:257].partition(b"\0")[0] if block[157] else b""


def plain_name(block: bytes) -> bytes:
    """The name in a header, with the prefix field before it where there is one."""
    cut = block.find(0)
    name = block[:cut] if 0 <= cut < 100 else block[:100]
    if not block[345] or block[257:263] not in MAGICS:
        return name
    # GNU's own format keeps times where ustar has the prefix. Some writers
    # gave its magic to a ustar header all the same: a time begins with a digit
    # or with the mark of base 256, or is blank.
    if block[257:263] != b"ustar\0" and (block[345] in b"01234567 \0" or block[345] & 0x80):
        return name
    # Star keeps times in the last bytes, and says so at the very end.
    prefix = block[345 : 476 if block.endswith(b"tar\0") else 500].partition(b"\0")[0]
    return prefix + b"/" + name if prefix else name


def number(text: bytes) -> int:
    """A number field: octal between blanks and NULs, or base-256; an empty one is 0."""
    if text and text[0] & 0x80:
        value = int.from_bytes(text, "big")
        # Below the mark lies a two's complement.
        sign = 1 << (8 * len(text) - 2)
        return _bounded((value & (sign - 1)) - (value & sign))
    try:
        return int(text.rstrip(b"\0 "), 8)
    except ValueError:
        digits = text.partition(b"\0")[0].strip()
    try:
        return int(digits, 8) if digits else 0
    except ValueError:
        raise Damaged(f"a tar header has {text!r} where a number belongs") from None


def checksum(block: bytes) -> int:
    """The sum of the header's bytes, its own field taken as blanks."""
    # The lower half of Adler-32 is the sum plus one, modulo 65521, which half
    # a block cannot reach. Fifteen times as fast as sum().
    adler = zlib.adler32
    total = (adler(block[:256]) & 0xFFFF) + (adler(block[256:]) & 0xFFFF) - (adler(block[148:156]) & 0xFFFF)
    return total - 1 + 8 * 0x20


def checksum_ok(block: bytes) -> bool:
    """Whether the header's sum is right; one of signed bytes counts too, as some old writers made them."""
    field = block[148:156]
    try:
        # Six digits, a NUL and a blank, as nearly all writers have it.
        recorded = int(field[:6], 8) if field.endswith(b"\0 ") else number(field)
    except (ValueError, Damaged):
        return False
    total = checksum(block)
    if total == recorded:
        return True
    negative = sum(byte > 127 for byte in block[:148]) + sum(byte > 127 for byte in block[156:])
    return total - 256 * negative == recorded


@dataclass(slots=True)
class Header:
    """A member's header, decoded. Not frozen: a tar of 800,000 members makes as many, one after another."""

    name: bytes
    type: bytes = REGULAR
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    uname: str = ""
    gname: str = ""
    size: int = 0  # of the content; for a sparse file with its holes
    mtime: int = 0
    mtime_ns: int = 0
    link: bytes = b""
    devmajor: int = 0
    devminor: int = 0
    xattrs: dict[str, bytes] = field(default_factory=dict)
    sparse: pax.SparseMap | None = None

    @classmethod
    def of(cls, member: Member) -> Header:
        """Decode a member that ``walk`` found; Damaged if the header's sum or a number is wrong."""
        name, link, block, size, _, records = member
        if not checksum_ok(block):
            raise Damaged(f"the tar header of {shown(name)} is damaged: its checksum is wrong")
        try:
            header = cls._decoded(name, link, block, size)
            if records:
                header._apply(records)  # noqa: SLF001  it is our own
        except Damaged as error:
            raise Damaged(f"{shown(name)}: {error}") from None
        return header

    @classmethod
    def _decoded(cls, name: bytes, link: bytes, block: bytes, size: int) -> Header:
        kind = block[156:157]
        if kind in PLAIN_TYPES:
            # The seventh edition had no type for folders.
            kind = DIRECTORY if kind == OLD_REGULAR and name.endswith(b"/") else REGULAR
        is_device = kind in (CHAR, BLOCK_DEVICE)
        is_old = block[257:262] != b"ustar"
        return cls(
            name,
            kind,
            number(block[100:108]) & 0o7777,
            number(block[108:116]),
            number(block[116:124]),
            "" if is_old else _text(block[265:297]),
            "" if is_old else _text(block[297:329]),
            size,
            number(block[136:148]),
            0,
            link,
            number(block[329:337]) if is_device else 0,
            number(block[337:345]) if is_device else 0,
        )

    def _apply(self, records: pax.Records) -> None:
        self.uid = _decimal(records.get(b"uid"), self.uid)
        self.gid = _decimal(records.get(b"gid"), self.gid)
        self.uname = _text(records.get(b"uname")) or self.uname
        self.gname = _text(records.get(b"gname")) or self.gname
        if text := records.get(b"mtime"):
            seconds, self.mtime_ns = pax.parse_time(text) or (0, 0)
            self.mtime = _bounded(seconds)
        self.xattrs = pax.xattrs_of(records)
        if self.type == REGULAR and (found := pax.sparse_map(records, self.size)):
            self.sparse, self.size = found


def _decimal(text: bytes | None, otherwise: int) -> int:
    if not text:
        return otherwise
    try:
        return _bounded(int(text))
    except ValueError:
        return 0


def _bounded(value: int) -> int:
    # Columns, kernels and the rest of the world have 64 bits.
    if -(1 << 63) <= value < 1 << 63:
        return value
    raise Damaged("a tar header has a number of more than 64 bits")


def _text(field: bytes | None) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape") if field else ""


def shown(name: bytes) -> str:
    return repr(name[:200].decode("utf-8", "surrogateescape"))
