"""Parses members with extended headers: PAX records, GNU long names, sparse maps, and old or unusual formats."""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import TYPE_CHECKING

from layertui.core.bounds import check
from layertui.core.errors import Damaged, Truncated
from layertui.core.language.texts import tr
from layertui.core.streams.tar import pax_records
from layertui.core.streams.tar.header_block import (
    BLOCK,
    CONTIGUOUS,
    GNU_SPARSE,
    MAGICS,
    REGULAR,
    Member,
    Step,
    checksum_ok,
    make_member,
    number,
    plain_link,
    plain_name,
    shown,
)

if TYPE_CHECKING:
    from layertui.core.streams.read_ahead import BufferedTar

LONG_NAME, LONG_LINK, GLOBAL = b"LKg"
_EXTENDED = frozenset(b"LKxXg")
_LONG = frozenset(b"LK")
_SPARSE = ord(GNU_SPARSE)
# More than any disk or file offset holds.
_MOST_BYTES = 1 << 62
_ZEROS = bytes(BLOCK)
# The digits of the size and what ends them, the type, the magic.
LOOK = struct.Struct("124x11sB20xB100x6s249x")
# GNU long names of the same length have the same header block.
_is_sound = lru_cache(256)(checksum_ok)


def member_at(
    ahead: BufferedTar, position: int, block: bytes, body_end: int, shared: pax_records.Records
) -> Step | None:
    """The member at ``position`` that ``block`` begins, in any format; None at the end of the tar.

    ``body_end`` is the end of the previous body; a global header adds to ``shared``, which applies to all members that follow.
    Raises Damaged, Truncated.
    """
    extension = Extension(dict(shared)) if shared else None
    together = 0
    while len(block) == BLOCK and block != _ZEROS:
        if block[257:263] not in MAGICS and not checksum_ok(block):
            raise Damaged(
                tr("{name}: no tar header where one belongs, at byte {position}", name=ahead.name, position=position)
            )
        kind, size, offset = block[156], _size(ahead, position, block), position + BLOCK
        if kind in _EXTENDED:
            together += size
            check(
                "header",
                together,
                tr(
                    "{name}: extended headers of {together:,} bytes before one member",
                    name=ahead.name,
                    together=together,
                ),
            )
            extension = extension or Extension(dict(shared))
            extension.take(kind, _extended_body(ahead, block, offset, size), shared)
            body_end = offset + size
            position = offset + (size + 511 & -512)
            block = ahead.take(position, BLOCK)
            continue
        # V7 tar had no type for folders: a slash at the end marks one.
        if 49 <= kind <= 54 or (kind == 0 and plain_name(block).endswith(b"/")):
            size = 0
        if extension is None and kind != _SPARSE:
            return block, size, offset, None
        try:
            member = (extension or Extension({})).applied(ahead, block, size, offset)
        except ValueError:
            raise Damaged(
                tr(
                    "{name}: the extended header of {plain_name} makes no sense",
                    name=ahead.name,
                    plain_name=shown(plain_name(block)),
                )
            ) from None
        return block, member.size, member.offset, member
    if len(block) < BLOCK:
        check_end(ahead, block, body_end)
    if extension is not None and extension.pending:
        raise Truncated(
            tr("{name}: the tar ends after an extended header, without the member it belongs to", name=ahead.name)
        )
    return None


def weight_of(member: Member) -> int:
    """About how many bytes of memory a member with extended headers takes."""
    return len(member.name) + len(member.link) + (pax_records.weight(member.pax) if member.pax else 0)


def long_named(buffer: bytes, at: int) -> tuple[bytes, int, int] | None:
    """An ordinary member under a GNU long name: the name, its size as a regular file, and where its body begins in the buffer.

    None for anything else, and if the buffer has not all of it: then `member_at` reads it.
    """
    try:
        length = int(buffer[at + 124 : at + 135], 8)
        header = at + BLOCK + (length + 511 & -BLOCK)
        digits, terminator, kind, magic = LOOK.unpack_from(buffer, header)
        size = int(digits, 8)
    except (ValueError, struct.error):
        return None
    name = buffer[at + BLOCK : at + BLOCK + length].partition(b"\0")[0]
    ordinary = terminator < 33 and 48 <= kind <= 54 and magic in MAGICS and size >= 0
    if not (name and ordinary and buffer[at + 135] < 33 and _is_sound(buffer[at : at + BLOCK])):
        return None
    return name, size if kind == 48 else 0, header + BLOCK


def _size(ahead: BufferedTar, position: int, block: bytes) -> int:
    try:
        size = number(block[124:136])
    except Damaged:
        size = -1
    # Some writers left garbage here for folders and links; it is not used.
    if not 0 <= size < _MOST_BYTES and not 49 <= block[156] <= 54:
        raise Damaged(
            tr("{name}: the tar header at byte {position} has an invalid size", name=ahead.name, position=position)
        )
    return max(size, 0)


def _extended_body(ahead: BufferedTar, block: bytes, offset: int, size: int) -> bytes:
    """The body of an extended header. Raises Damaged if the header's own checksum is wrong."""
    if not (_is_sound(block) if block[156] in _LONG else checksum_ok(block)):
        raise Damaged(
            tr(
                "{name}: the tar header at byte {offset} is damaged: its checksum is wrong",
                name=ahead.name,
                offset=offset - BLOCK,
            )
        )
    body = ahead.take(offset, size)
    if len(body) < size:
        raise Truncated(tr("{name}: the tar is cut off inside an extended header", name=ahead.name))
    return body


def check_end(ahead: BufferedTar, rest: bytes, body_end: int) -> None:
    """Check a missing block: fine at the end of a member, Truncated inside one."""
    if not ahead.reaches(body_end):
        raise Truncated(tr("{name}: the tar is cut off inside a file", name=ahead.name))
    if rest.strip(b"\0"):
        raise Truncated(tr("{name}: the tar is cut off inside a header", name=ahead.name))


class Extension:
    """What extended headers say about the member that follows."""

    __slots__ = ("link", "name", "pending", "records")

    def __init__(self, records: pax_records.Records) -> None:
        self.name = b""
        self.link = b""
        self.records = records
        self.pending = False

    def take(self, kind: int, body: bytes, shared: pax_records.Records) -> None:
        if kind == GLOBAL:
            records = pax_records.with_meaning(pax_records.parse_records(body))
            # One size for all following members would make no sense.
            records.pop(b"size", None)
            shared.update(records)
            check(
                "global_header",
                pax_records.weight(shared),
                tr("global headers of a tar say too much of all its members"),
            )
            self.records = {**records, **self.records} if self.pending else {**self.records, **records}
            return
        self.pending = True
        if kind == LONG_NAME:
            self.name = body.partition(b"\0")[0]
        elif kind == LONG_LINK:
            self.link = body.partition(b"\0")[0]
        else:
            self.records |= pax_records.with_meaning(pax_records.parse_records(body))

    def applied(self, ahead: BufferedTar, block: bytes, size: int, offset: int) -> Member:
        """The member of a header, with the extended headers applied. Raises ValueError."""
        records, end = self.records, offset + size
        name, link = self.name, self.link
        if records or block[156] == _SPARSE:
            size, offset, end = self._body(ahead, block, size, offset)
            name = name or records.get(pax_records.SPARSE_NAME) or records.get(b"path") or b""
            link = link or records.get(b"linkpath") or b""
        name, link = name or plain_name(block), link or plain_link(block)
        if not 0 <= size < _MOST_BYTES or offset > end:
            raise ValueError(tr("an invalid size"))
        if b"\0" in name or b"\0" in link:
            # Some readers would stop at the NUL, others not.
            raise ValueError(tr("a name with a NUL in it"))
        return make_member(Member, (name, link, block, end - offset, offset, records or None))

    def _body(self, ahead: BufferedTar, block: bytes, size: int, offset: int) -> tuple[int, int, int]:
        """The size of the file; and where its stored content begins and ends, after the map of a sparse file."""
        records, kind = self.records, block[156:157]
        has_body = not REGULAR < kind < CONTIGUOUS
        if has_body and (text := records.get(b"size")):
            size = int(text)
        end = offset + size
        if kind == GNU_SPARSE:
            offset = _gnu_sparse(ahead, block, offset, records)
            end = offset + size
        elif has_body and pax_records.is_sparse_1_0(records):
            offset = _sparse_1_0(ahead, offset, end, records)
        return size, offset, end


def _gnu_sparse(ahead: BufferedTar, block: bytes, offset: int, records: pax_records.Records) -> int:
    """Read the map of an old GNU sparse file, which may continue in further blocks; returns where the content begins."""
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
        block = _block(ahead, offset)
        offset += BLOCK
        at, count, more = 0, 21, 504
        if len(numbers) > 2 * pax_records.MOST_PIECES:
            raise ValueError(tr("too many pieces"))
    records[pax_records.SPARSE_MAP] = pax_records.map_text(numbers)
    records[pax_records.SPARSE_SIZE] = b"%d" % real_size
    return offset


def _sparse_1_0(ahead: BufferedTar, offset: int, end: int, records: pax_records.Records) -> int:
    """Read the map at the head of a sparse file's body (a count, then numbers, one per line); returns where the content begins."""
    head: list[bytes] = []
    lines, wanted = 0, 1
    while lines < wanted:
        if offset >= end:
            raise ValueError(tr("the map has no end"))
        head.append(_block(ahead, offset))
        offset += BLOCK
        lines += head[-1].count(b"\n")
        if wanted == 1 and lines:
            pieces = int(b"".join(head).partition(b"\n")[0])
            if not 0 <= pieces <= pax_records.MOST_PIECES:
                raise ValueError(tr("too many pieces"))
            wanted = 1 + 2 * pieces
    records[pax_records.SPARSE_MAP] = pax_records.map_text(
        [int(line) for line in b"".join(head).split(b"\n", wanted)[1:wanted]]
    )
    records[pax_records.SPARSE_SIZE] = records.get(b"GNU.sparse.realsize", b"")
    return offset


def _block(ahead: BufferedTar, offset: int) -> bytes:
    block = ahead.take(offset, BLOCK)
    if len(block) < BLOCK:
        raise Truncated(tr("{name}: the tar is cut off inside the map of a sparse file", name=ahead.name))
    return block
