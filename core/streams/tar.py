"""Tar headers and where their bytes lie, fast; a tar writer.

``walk`` is the hot loop of the whole product. It looks at 512 bytes a member,
parses the size and no other number, and jumps; so it does **not** sum every
header. It does sum those whose text it acts upon (extended headers) and those
without the ``ustar`` magic; the others are for its caller to check, in a batch
over ``Member.block``, by ``Header.of`` or by ``checksum_ok``.

Forms that are read: v7, ustar, GNU (long names, base-256 numbers, sparse), PAX
(sparse 0.0, 0.1 and 1.0), as POSIX pax and the GNU tar manual describe them.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, cast

from layertui.core.errors import Damaged, LimitExceeded, Truncated
from layertui.core.streams import pax
from layertui.core.streams.ahead import Ahead, as_tape
from layertui.core.streams.part import Part, Sparse
from layertui.core.streams.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.streams.progress import Progress

BLOCK = 512
REGULAR, HARDLINK, SYMLINK, CHAR, BLOCK_DEVICE, DIRECTORY, FIFO = b"0", b"1", b"2", b"3", b"4", b"5", b"6"

_OLD_REGULAR, _CONTIGUOUS, _GNU_SPARSE = b"\0", b"7", b"S"
_PLAIN_TYPES = (REGULAR, _OLD_REGULAR, _CONTIGUOUS, _GNU_SPARSE)
_LONG_NAME, _LONG_LINK, _GLOBAL, _SPARSE = b"LKgS"
_SPECIAL = frozenset(b"LKxXgS")
_MAGICS = frozenset((b"ustar\0", b"ustar "))
_ZEROS = bytes(BLOCK)
# Size digits and what ends them, type, first byte of link, magic, first byte of prefix.
_LOOK = struct.Struct("124x11sB20xBB99x6s82xB166x")
# What one extended header may take in memory.
_MOST_EXTENDED = 8 << 20


class Member(NamedTuple):
    """One member as ``walk`` finds it; ``Header.of`` decodes the rest."""

    name: bytes  # as written, a trailing "/" kept; long forms resolved
    link: bytes
    block: bytes  # the header
    size: int  # stored bytes of the content; 0 where the type has none
    offset: int  # where they begin
    pax: dict[bytes, bytes] | None  # the records that count for this member


def number(text: bytes) -> int:
    """A number field: octal between blanks and NULs, or base-256; an empty one is 0."""
    if text and text[0] & 0x80:
        value = int.from_bytes(text, "big")
        # Below the mark lies a two's complement.
        sign = 1 << (8 * len(text) - 2)
        return (value & (sign - 1)) - (value & sign)
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


def walk(raw: BinaryIO, progress: Progress | None = None) -> Iterator[Member]:
    """The members of an uncompressed tar, in order, without their bodies.

    Starts where ``raw`` stands; jumps over bodies if ``raw`` can seek, reads
    through them otherwise, and then on to the end of the stream, so that a
    verifying reader below gets to see all of it. ``Member.offset`` is a
    position in ``raw`` (in what was read of it, if it cannot seek). A tar
    may lack its trailer and its last padding, and what follows the trailer
    does not matter.
    """
    ahead = Ahead(raw, progress)
    position = offset = ahead.position
    buffer, start, limit, size = b"", position, -1, 0
    shared: pax.Records = {}
    extension: _Extension | None = None
    look = _LOOK.unpack_from
    make = cast("Callable[[type[Member], tuple[object, ...]], Member]", tuple.__new__)
    while True:
        at = position - start
        if at > limit:
            buffer = ahead.load(position)
            start, limit, at = position, len(buffer) - BLOCK, 0
            if limit < 0:
                _check_end(ahead, buffer, offset + size)
                break
        block = buffer[at : at + BLOCK]
        cut = block.find(0)
        if cut == 0 and block == _ZEROS:
            break
        digits, terminator, kind, has_link, magic, has_prefix = look(block)
        name = block[:cut] if 0 <= cut < 100 else block[:100]
        if has_prefix or magic not in _MAGICS:
            name = _uncommon_name(ahead, position, block, name)
        link = block[157:257].partition(b"\0")[0] if has_link else b""
        try:
            # A field without terminator, in base 256, blank or wrong takes the long way.
            size = int(digits, 8) if terminator < 33 else -1
        except ValueError:
            size = -1
        if size < 0:
            size = _size(ahead, position, block)
        offset = position + BLOCK
        if kind != 48:
            if 49 <= kind <= 54:
                size = 0
            elif kind in _SPECIAL:
                extension = extension or _Extension(dict(shared))
                if kind != _SPARSE:
                    extension.take(kind, _extended_body(ahead, block, offset, size), shared)
                    position = offset + (size + 511 & -512)
                    continue
        if extension is None:
            position = offset + (size + 511 & -512)
            yield make(Member, (name, link, block, size, offset, None))
            continue
        try:
            member = extension.applied(ahead, Member(name, link, block, size, offset, None))
        except ValueError:
            raise Damaged(f"{ahead.name}: the extended header of {_shown(name)} makes no sense") from None
        offset, size = member.offset, member.size
        position = offset + (size + 511 & -512)
        extension = _Extension(dict(shared)) if shared else None
        yield member
    if extension is not None and extension.pending:
        raise Truncated(f"{ahead.name}: the tar ends after an extended header, without the member it belongs to")
    ahead.finish()


def contents(raw: BinaryIO, progress: Progress | None = None) -> Iterator[tuple[Member, BinaryIO]]:
    """The members with their contents, holes of sparse files filled; each reader is good until the next member is asked for.

    For one pass over a stream that cannot seek; of a file, ``content_of`` gives readers that last.
    """
    tape = as_tape(raw)
    for member in walk(tape, progress):
        yield member, content_of(tape, member)


def content_of(raw: BinaryIO, member: Member) -> BinaryIO:
    """What a member of this tar holds, holes of a sparse file filled. Seekable if ``raw`` is; closing it leaves ``raw`` open."""
    if isinstance(raw, Window):
        stored = cast("BinaryIO", raw.window(member.offset, member.size))
    else:
        stored = cast("BinaryIO", Part(raw, member.offset, member.size))
    sparse = pax.sparse_map(member.pax, member.size) if member.pax and member.block[156:157] in _PLAIN_TYPES else None
    return stored if sparse is None else cast("BinaryIO", Sparse(stored, *sparse))


def content_total(raw: BinaryIO, progress: Progress | None = None) -> int:
    """The bytes of all regular files; of several members of one name the last counts."""
    sizes: dict[bytes, int] = {}
    for member in walk(raw, progress):
        name, _, block, size, _, records = member
        if block[156] != 48 and block[156:157] not in _PLAIN_TYPES:
            size = 0
        elif records and pax.SPARSE_SIZE in records and pax.SPARSE_MAP in records:
            size = int(records[pax.SPARSE_SIZE])
        sizes[name.removeprefix(b"./")] = size
    return sum(sizes.values())


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
            raise Damaged(f"the tar header of {_shown(name)} is damaged: its checksum is wrong")
        kind = block[156:157]
        if kind in _PLAIN_TYPES:
            # The seventh edition had no type for folders.
            kind = DIRECTORY if kind == _OLD_REGULAR and name.endswith(b"/") else REGULAR
        is_device = kind in (CHAR, BLOCK_DEVICE)
        header = cls(
            name,
            kind,
            number(block[100:108]) & 0o7777,
            number(block[108:116]),
            number(block[116:124]),
            _text(block[265:297]) if block[257:262] == b"ustar" else "",
            _text(block[297:329]) if block[257:262] == b"ustar" else "",
            size,
            number(block[136:148]),
            0,
            link,
            number(block[329:337]) if is_device else 0,
            number(block[337:345]) if is_device else 0,
        )
        if records:
            header._apply(records)
        return header

    def _apply(self, records: pax.Records) -> None:
        self.uid = _decimal(records.get(b"uid"), self.uid)
        self.gid = _decimal(records.get(b"gid"), self.gid)
        self.uname = _text(records.get(b"uname")) or self.uname
        self.gname = _text(records.get(b"gname")) or self.gname
        if text := records.get(b"mtime"):
            self.mtime, self.mtime_ns = pax.parse_time(text) or (0, 0)
        self.xattrs = pax.xattrs_of(records)
        if self.type == REGULAR and (found := pax.sparse_map(records, self.size)):
            self.sparse, self.size = found


class _Extension:
    """What extended headers say about the member that follows them."""

    __slots__ = ("link", "name", "pending", "records")

    def __init__(self, records: pax.Records) -> None:
        self.name = b""
        self.link = b""
        self.records = records
        self.pending = False

    def take(self, kind: int, body: bytes, shared: pax.Records) -> None:
        if kind == _GLOBAL:
            records = pax.parse_records(body)
            # One size for all members that follow would be the end of the tar.
            records.pop(b"size", None)
            shared.update(records)
            self.records = {**records, **self.records} if self.pending else {**self.records, **records}
            return
        self.pending = True
        if kind == _LONG_NAME:
            self.name = body.partition(b"\0")[0]
        elif kind == _LONG_LINK:
            self.link = body.partition(b"\0")[0]
        else:
            self.records |= pax.parse_records(body)

    def applied(self, ahead: Ahead, member: Member) -> Member:
        """The member with all that was said about it."""
        records, (name, link, block, size, offset, _) = self.records, member
        kind = block[156:157]
        has_body = not REGULAR < kind < _CONTIGUOUS
        if has_body and (text := records.get(b"size")):
            size = int(text)
        end = offset + size
        if kind == _GNU_SPARSE:
            offset = _gnu_sparse(ahead, block, offset, records)
            end = offset + size
        elif has_body and pax.is_sparse_1_0(records):
            offset = _sparse_1_0(ahead, offset, end, records)
        if size < 0 or offset > end:
            raise ValueError("a negative size")
        name = self.name or records.get(pax.SPARSE_NAME) or records.get(b"path") or name
        link = self.link or records.get(b"linkpath") or link
        return Member(name, link, block, end - offset, offset, records or None)


def _gnu_sparse(ahead: Ahead, block: bytes, offset: int, records: pax.Records) -> int:
    """Read the map of an old GNU sparse file, which may go on in blocks of its own; where the content begins."""
    numbers: list[int] = []
    real_size = number(block[483:495])
    at, count, more = 386, 4, 482
    while True:
        for entry in range(at, at + 24 * count, 24):
            length = number(block[entry + 12 : entry + 24])
            if length:
                numbers += number(block[entry : entry + 12]), length
        if not block[more]:
            break
        block = ahead.take(offset, BLOCK)
        offset += BLOCK
        at, count, more = 0, 21, 504
        if len(numbers) > 2 * pax.MOST_PIECES:
            raise ValueError("too many pieces")
    records[pax.SPARSE_MAP] = pax.map_text(numbers)
    records[pax.SPARSE_SIZE] = b"%d" % real_size
    return offset


def _sparse_1_0(ahead: Ahead, offset: int, end: int, records: pax.Records) -> int:
    """Read the map at the head of a sparse file's body (a count and its numbers, a line each); where the content begins."""
    head: list[bytes] = []
    lines, wanted = 0, 1
    while lines < wanted:
        if offset >= end:
            raise ValueError("the map has no end")
        head.append(ahead.take(offset, BLOCK))
        offset += BLOCK
        lines += head[-1].count(b"\n")
        if wanted == 1 and lines:
            pieces = int(b"".join(head).partition(b"\n")[0])
            if not 0 <= pieces <= pax.MOST_PIECES:
                raise ValueError("too many pieces")
            wanted = 1 + 2 * pieces
    records[pax.SPARSE_MAP] = pax.map_text([int(line) for line in b"".join(head).split(b"\n", wanted)[1:wanted]])
    records[pax.SPARSE_SIZE] = records.get(b"GNU.sparse.realsize", b"")
    return offset


def _extended_body(ahead: Ahead, block: bytes, offset: int, size: int) -> bytes:
    """The body of an extended header, whose own header must be sound."""
    if not checksum_ok(block):
        raise Damaged(f"{ahead.name}: the tar header at byte {offset - BLOCK} is damaged: its checksum is wrong")
    if size > _MOST_EXTENDED:
        raise LimitExceeded(f"{ahead.name}: an extended header has {size} bytes; at most {_MOST_EXTENDED} are read")
    body = ahead.take(offset, size)
    if len(body) < size:
        raise Truncated(f"{ahead.name}: the tar is cut off inside an extended header")
    return body


def _uncommon_name(ahead: Ahead, position: int, block: bytes, name: bytes) -> bytes:
    """A name with the prefix field before it, where this is one; blocks without magic must prove to be headers."""
    magic = block[257:263]
    if magic not in _MAGICS:
        if not checksum_ok(block):
            raise Damaged(f"{ahead.name}: no tar header where one belongs, at byte {position}")
        return name
    # GNU's own format keeps times where ustar has the prefix. Some writers
    # gave its magic to a ustar header all the same: a time begins with a digit
    # or with the mark of base 256, or is blank.
    if magic != b"ustar\0" and (block[345] in b"01234567 \0" or block[345] & 0x80):
        return name
    prefix = block[345:500].partition(b"\0")[0]
    return prefix + b"/" + name if prefix else name


def _size(ahead: Ahead, position: int, block: bytes) -> int:
    try:
        size = number(block[124:136])
    except Damaged:
        size = -1
    # Folders and links have been seen with rubbish here, which does not matter.
    if size < 0 and not 49 <= block[156] <= 54:
        raise Damaged(f"{ahead.name}: the tar header at byte {position} has no proper size")
    return max(size, 0)


def _check_end(ahead: Ahead, rest: bytes, body_end: int) -> None:
    """Nothing more can be read: at the end of a member, or too early?"""
    if not ahead.reaches(body_end):
        raise Truncated(f"{ahead.name}: the tar is cut off inside a file")
    if rest.strip(b"\0"):
        raise Truncated(f"{ahead.name}: the tar is cut off inside a header")


def _decimal(text: bytes | None, otherwise: int) -> int:
    if not text:
        return otherwise
    try:
        return int(text)
    except ValueError:
        return 0


def _text(field: bytes | None) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape") if field else ""


def _shown(name: bytes) -> str:
    return repr(name[:200].decode("utf-8", "backslashreplace"))


class Writer:
    """Writes a tar: ustar where a header fits, PAX records before it where not.

    The same headers and contents give the same bytes. ``close`` writes the
    trailer and leaves ``out`` open.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._write = out.write

    def add(self, header: Header, content: BinaryIO | bytes | None = None) -> None:
        """Write one member; ``content`` has to give exactly ``header.size`` bytes."""
        head = _head(header)
        size = header.size if header.type == REGULAR else 0
        if size <= _SMALL:
            body = b"" if not size or content is None else content if isinstance(content, bytes) else content.read(size)
            if len(body) != size:
                raise _too_short(header, len(body))
            self._write(b"".join((head, body, _ZEROS[: -size & 511])) if size else head)
            return
        self._write(head)
        self._pour(header, content)
        self._write(_ZEROS[: -size & 511])

    def close(self) -> None:
        """Write the trailer, two blocks of zeros."""
        self._write(bytes(2 * BLOCK))

    def _pour(self, header: Header, content: BinaryIO | bytes | None) -> None:
        if content is None or isinstance(content, bytes):
            if len(content or b"") != header.size:
                raise _too_short(header, len(content or b""))
            self._write(content or b"")
            return
        left = header.size
        while left:
            piece = content.read(min(left, _CHUNK))
            if not piece:
                raise _too_short(header, header.size - left)
            self._write(piece)
            left -= len(piece)


def _too_short(header: Header, count: int) -> Truncated:
    return Truncated(f"{_shown(header.name)}: has {count} bytes where its header says {header.size}")


_SMALL, _CHUNK = 64 << 10, 1 << 20
_USTAR = struct.Struct("100s8s8s8s12s12s8ss100s8s32s32s8s8s155s12x")
_MAGIC_AND_VERSION = b"ustar\x0000"
# What seven and eleven octal digits cannot say any more.
_ID_END, _BIG_END = 1 << 21, 1 << 33


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
        records.append((b"mtime", pax.format_time(mtime, header.mtime_ns)))
        mtime = mtime if 0 <= mtime < _BIG_END else 0
    if header.xattrs:
        records += [pax.xattr_record(key, value) for key, value in sorted(header.xattrs.items())]
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
    return _extended_head(name, records) + _summed(block) if records else _summed(block)


def _split(name: bytes) -> tuple[bytes, bytes]:
    """A long name as prefix and name of a ustar header; two times nothing where it does not fit."""
    # The slash that parts them is not stored; a slash at the end is a folder's own.
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
    # PAX has no record for devices; base 256 is what all readers take.
    return b"%07o" % value if 0 <= value < _ID_END else (value + (1 << 63)).to_bytes(8, "big")


def _summed(block: bytes) -> bytes:
    return b"%b%06o\0 %b" % (block[:148], checksum(block), block[156:])


def _extended_head(name: bytes, records: list[tuple[bytes, bytes]]) -> bytes:
    body = pax.format_records(records)
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
    return _summed(block) + body + _ZEROS[: -len(body) & 511]
