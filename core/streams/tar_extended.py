"""What stands before a member and counts for it: PAX records, GNU long names, maps of sparse files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.errors import Truncated
from layertui.core.streams import pax
from layertui.core.streams.tar_header import BLOCK, CONTIGUOUS, GNU_SPARSE, REGULAR, Member, number

if TYPE_CHECKING:
    from layertui.core.streams.ahead import Ahead

LONG_NAME, LONG_LINK, GLOBAL = b"LKg"
# No disk holds more, and no file position either.
MOST_BYTES = 1 << 62


class Extension:
    """What extended headers say about the member that follows them."""

    __slots__ = ("link", "name", "pending", "records")

    def __init__(self, records: pax.Records) -> None:
        self.name = b""
        self.link = b""
        self.records = records
        self.pending = False

    def take(self, kind: int, body: bytes, shared: pax.Records) -> None:
        if kind == GLOBAL:
            records = pax.parse_records(body)
            # One size for all members that follow would be the end of the tar.
            records.pop(b"size", None)
            shared.update(records)
            self.records = {**records, **self.records} if self.pending else {**self.records, **records}
            return
        self.pending = True
        if kind == LONG_NAME:
            self.name = body.partition(b"\0")[0]
        elif kind == LONG_LINK:
            self.link = body.partition(b"\0")[0]
        else:
            self.records |= pax.parse_records(body)

    def applied(self, ahead: Ahead, member: Member) -> Member:
        """The member with all that was said about it."""
        records, (name, link, block, size, offset, _) = self.records, member
        kind = block[156:157]
        has_body = not REGULAR < kind < CONTIGUOUS
        if has_body and (text := records.get(b"size")):
            size = int(text)
        end = offset + size
        if kind == GNU_SPARSE:
            offset = _gnu_sparse(ahead, block, offset, records)
            end = offset + size
        elif has_body and pax.is_sparse_1_0(records):
            offset = _sparse_1_0(ahead, offset, end, records)
        name = self.name or records.get(pax.SPARSE_NAME) or records.get(b"path") or name
        link = self.link or records.get(b"linkpath") or link
        if not 0 <= size < MOST_BYTES or offset > end:
            raise ValueError("a size that cannot be")
        if b"\0" in name or b"\0" in link:
            # One reader would stop at the NUL, the next would not.
            raise ValueError("a name with a NUL in it")
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
        block = _block(ahead, offset)
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
        head.append(_block(ahead, offset))
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


def _block(ahead: Ahead, offset: int) -> bytes:
    block = ahead.take(offset, BLOCK)
    if len(block) < BLOCK:
        raise Truncated(f"{ahead.name}: the tar is cut off inside the map of a sparse file")
    return block
