"""Tar headers and where their bytes lie, fast; a tar writer.

``steps`` is the hot loop of the whole product. It looks at 512 bytes a member,
parses the size and nothing else, and jumps; so it does **not** sum every
header. It does sum those whose text it acts upon (extended headers) and those
without the ``ustar`` magic; the others are for its caller to check, in a batch
over ``Member.block``, by ``Header.of`` or by ``checksum_ok``.

Forms that are read: v7, ustar, GNU (long names, base-256 numbers, sparse), PAX
(sparse 0.0, 0.1 and 1.0), as POSIX pax and the GNU tar manual describe them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import Damaged, LimitExceeded, Truncated
from layertui.core.streams import pax
from layertui.core.streams.ahead import Ahead, Tape, as_tape
from layertui.core.streams.part import Part, Sparse
from layertui.core.streams.tar_extended import MOST_BYTES, Extension
from layertui.core.streams.tar_header import (
    BLOCK,
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    FIFO,
    HARDLINK,
    PLAIN_TYPES,
    REGULAR,
    SYMLINK,
    Header,
    Member,
    checksum_ok,
    number,
    shown,
)
from layertui.core.streams.tar_writer import Writer
from layertui.core.streams.window import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.streams.progress import Progress

# This file is the door: what others need of tars they import from here.
__all__ = [
    "BLOCK",
    "BLOCK_DEVICE",
    "CHAR",
    "DIRECTORY",
    "FIFO",
    "HARDLINK",
    "REGULAR",
    "SYMLINK",
    "Header",
    "Member",
    "Writer",
    "checksum_ok",
    "content_of",
    "content_total",
    "contents",
    "number",
    "plain_member",
    "steps",
    "walk",
]

_SPARSE = ord("S")
_SPECIAL = frozenset(b"LKxXgS")
_MAGICS = frozenset((b"ustar\0", b"ustar "))
_ZEROS = bytes(BLOCK)
# Size digits and what ends them, type, magic.
_LOOK = struct.Struct("124x11sB20xB100x6s249x")
# What one extended header may take in memory.
_MOST_EXTENDED = 8 << 20
_make = cast("Callable[[type[Member], tuple[object, ...]], Member]", tuple.__new__)

Step = tuple[bytes, int, int, Member | None]
"""Header, size and offset of a member as in `Member`; and the Member, where extended headers said more."""


def walk(raw: BinaryIO, progress: Progress | None = None) -> Iterator[Member]:
    """The members of an uncompressed tar, in order, without their bodies.

    Starts where ``raw`` stands; jumps over bodies if ``raw`` can seek, reads
    through them otherwise, and then on to the end of the stream, so that a
    verifying reader below gets to see all of it. ``Member.offset`` is a
    position in ``raw`` (in what was read of it, if it cannot seek). A tar
    may lack its trailer and its last padding, and what follows the trailer
    does not matter.
    """
    for block, size, offset, member in steps(raw, progress):
        yield member or plain_member(block, size, offset)


def steps(raw: BinaryIO, progress: Progress | None = None) -> Iterator[Step]:  # noqa: PLR0915  a call costs 60 ns here
    """As ``walk`` does, one step a member, with what a header's text says left for later: for who reads many at once."""
    ahead = Ahead(raw, progress)
    position = offset = ahead.position
    buffer, start, limit, size = b"", position, -1, 0
    shared: pax.Records = {}
    extension: Extension | None = None
    look = _LOOK.unpack_from
    while True:
        at = position - start
        if at > limit:
            buffer = ahead.load(position)
            start, limit, at = position, len(buffer) - BLOCK, 0
            if limit < 0:
                _check_end(ahead, buffer, offset + size)
                break
        block = buffer[at : at + BLOCK]
        digits, terminator, kind, magic = look(block)
        try:
            # A field without terminator, in base 256, blank or wrong takes the long way.
            size = int(digits, 8) if terminator < 33 else -1
        except ValueError:
            if block == _ZEROS:
                break
            size = -1
        if magic not in _MAGICS and not checksum_ok(block):
            raise Damaged(f"{ahead.name}: no tar header where one belongs, at byte {position}")
        if size < 0:
            size = _size(ahead, position, block)
        offset = position + BLOCK
        if kind != 48:
            if 49 <= kind <= 54 or (kind == 0 and _name(block).endswith(b"/")):  # the seventh edition's folders too
                size = 0
            elif kind in _SPECIAL:
                extension = extension or Extension(dict(shared))
                if kind != _SPARSE:
                    extension.take(kind, _extended_body(ahead, block, offset, size), shared)
                    position = offset + (size + 511 & -512)
                    continue
        if extension is None:
            position = offset + (size + 511 & -512)
            yield block, size, offset, None
            continue
        plain = plain_member(block, size, offset)
        try:
            member = extension.applied(ahead, plain)
        except ValueError:
            raise Damaged(f"{ahead.name}: the extended header of {shown(plain.name)} makes no sense") from None
        offset, size = member.offset, member.size
        position = offset + (size + 511 & -512)
        extension = Extension(dict(shared)) if shared else None
        yield block, size, offset, member
    if extension is not None and extension.pending:
        raise Truncated(f"{ahead.name}: the tar ends after an extended header, without the member it belongs to")
    ahead.finish()


def plain_member(block: bytes, size: int, offset: int) -> Member:
    """The member that a header alone makes, with no extended header before it."""
    link = block[157:257].partition(b"\0")[0] if block[157] else b""
    return _make(Member, (_name(block), link, block, size, offset, None))


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
        stored = cast("BinaryIO", Part(raw, member.offset, member.size, seekable=not isinstance(raw, Tape)))
    sparse = pax.sparse_map(member.pax, member.size) if member.pax and member.block[156:157] in PLAIN_TYPES else None
    return stored if sparse is None else cast("BinaryIO", Sparse(stored, *sparse))


def content_total(raw: BinaryIO, progress: Progress | None = None) -> int:
    """The bytes of all regular files; of several members of one name the last counts."""
    sizes: dict[bytes, int] = {}
    for member in walk(raw, progress):
        name, _, block, size, _, records = member
        if block[156] != 48 and block[156:157] not in PLAIN_TYPES:
            size = 0
        elif records and (sparse := pax.sparse_map(records, size)):
            size = sparse[1]
        sizes[name.removeprefix(b"./")] = size
    return sum(sizes.values())


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


def _name(block: bytes) -> bytes:
    """The name in a header, with the prefix field before it where there is one."""
    cut = block.find(0)
    name = block[:cut] if 0 <= cut < 100 else block[:100]
    if not block[345] or block[257:263] not in _MAGICS:
        return name
    # GNU's own format keeps times where ustar has the prefix. Some writers
    # gave its magic to a ustar header all the same: a time begins with a digit
    # or with the mark of base 256, or is blank.
    if block[257:263] != b"ustar\0" and (block[345] in b"01234567 \0" or block[345] & 0x80):
        return name
    # Star keeps times in the last bytes, and says so at the very end.
    prefix = block[345 : 476 if block.endswith(b"tar\0") else 500].partition(b"\0")[0]
    return prefix + b"/" + name if prefix else name


def _size(ahead: Ahead, position: int, block: bytes) -> int:
    try:
        size = number(block[124:136])
    except Damaged:
        size = -1
    # Folders and links have been seen with rubbish here, which does not matter.
    if not 0 <= size < MOST_BYTES and not 49 <= block[156] <= 54:
        raise Damaged(f"{ahead.name}: the tar header at byte {position} has no proper size")
    return max(size, 0)


def _check_end(ahead: Ahead, rest: bytes, body_end: int) -> None:
    """Nothing more can be read: at the end of a member, or too early?"""
    if not ahead.reaches(body_end):
        raise Truncated(f"{ahead.name}: the tar is cut off inside a file")
    if rest.strip(b"\0"):
        raise Truncated(f"{ahead.name}: the tar is cut off inside a header")
