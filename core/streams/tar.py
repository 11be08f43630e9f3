"""Tar headers and where their bytes lie, fast; a tar writer.

``steps`` is the hot loop of the whole product. It looks at 512 bytes a member,
parses the size and nothing else, and jumps; ``content_total`` does the same for
who wants one number. Members of other than ordinary form both leave to
``member_at``. No header is summed but those whose text is acted upon (extended
headers) and those without the ``ustar`` magic; the others are for the caller to
check, in a batch over ``Member.block``, by ``Header.of`` or by ``checksum_ok``.

Forms that are read: v7, ustar, GNU (long names, base-256 numbers, sparse), PAX
(sparse 0.0, 0.1 and 1.0), as POSIX pax and the GNU tar manual describe them.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.streams import pax
from layertui.core.streams.ahead import Ahead, Tape, as_tape
from layertui.core.streams.part import Part, Sparse
from layertui.core.streams.tar_extended import LONG_NAME as _LONG_NAME
from layertui.core.streams.tar_extended import LOOK, check_end, long_named, member_at
from layertui.core.streams.tar_header import (
    BLOCK,
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    FIFO,
    HARDLINK,
    MAGICS,
    PLAIN_TYPES,
    REGULAR,
    SYMLINK,
    Header,
    Member,
    Step,
    checksum_ok,
    number,
    plain_member,
    plain_name,
)
from layertui.core.streams.tar_writer import Writer
from layertui.core.streams.window import Window

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    "Step",
    "Writer",
    "checksum_ok",
    "content_of",
    "content_sizes",
    "content_total",
    "contents",
    "looks_like_member",
    "number",
    "plain_member",
    "steps",
    "walk",
]

# Name, size digits and what ends them, type, magic, the first byte of the name's prefix.
_LOOK_AT_NAME = struct.Struct("100s24x11sB20xB100x6s82xB166x")


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


def steps(raw: BinaryIO, progress: Progress | None = None) -> Iterator[Step]:
    """As ``walk`` does, one step a member, with what a header's text says left for later: for who reads many at once."""
    ahead = Ahead(raw, progress)
    position = offset = ahead.position
    buffer, start, limit, size = b"", position, -1, 0
    shared: pax.Records = {}
    look = LOOK.unpack_from
    while True:
        at = position - start
        if at > limit:
            buffer = ahead.load(position)
            start, limit, at = position, len(buffer) - BLOCK, 0
            if limit < 0:
                check_end(ahead, buffer, offset + size)
                break
        block = buffer[at : at + BLOCK]
        digits, terminator, kind, magic = look(block)
        try:
            # What is ordinary is read here, since a call costs 60 ns; a field in base 256, blank or wrong is not.
            found = int(digits, 8) if terminator < 33 and 48 <= kind <= 54 and magic in MAGICS and not shared else -1
        except ValueError:
            found = -1
        if found >= 0:
            size = found if kind == 48 else 0
            offset = position + BLOCK
            position = offset + (size + 511 & -512)
            yield block, size, offset, None
            continue
        step = member_at(ahead, position, block, offset + size, shared)
        if step is None:
            break
        _, size, offset, _ = step
        position = offset + (size + 511 & -512)
        yield step
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
        stored = cast("BinaryIO", Part(raw, member.offset, member.size, seekable=not isinstance(raw, Tape)))
    sparse = pax.sparse_map(member.pax, member.size) if member.pax and member.block[156:157] in PLAIN_TYPES else None
    return stored if sparse is None else cast("BinaryIO", Sparse(stored, *sparse))


def content_total(raw: BinaryIO, progress: Progress | None = None) -> int:
    """The bytes of all regular files; of several members of one name the last counts."""
    return sum(content_sizes(raw, progress)[0].values())


def content_sizes(
    raw: BinaryIO, progress: Progress | None = None, until: int | None = None
) -> tuple[dict[bytes, int], int | None]:
    """What has which name, in bytes of regular files; of several members of one name the last counts.

    With `until`, it stops at the first member that begins there or beyond, whose position it gives: what follows is as if it
    were a tar of its own. Where a global header counts for what follows it does not stop.
    """
    sizes: dict[bytes, int] = {}
    ahead = Ahead(raw, progress)
    position = offset = ahead.position
    buffer, start, limit, size = b"", position, -1, 0
    shared: pax.Records = {}
    look = _LOOK_AT_NAME.unpack_from
    # As `steps`, which takes twice the time: it cuts out headers and hands them over, of which nobody asks for here.
    while True:
        at = position - start
        if at > limit:
            if until is not None and position >= until and not shared:
                return sizes, position
            buffer = ahead.load(position)
            start, limit, at = position, len(buffer) - BLOCK, 0
            if limit < 0:
                check_end(ahead, buffer, offset + size)
                break
            if until is not None and start < until:
                limit = min(limit, until - start - 1)
        name, digits, terminator, kind, magic, prefix = look(buffer, at)
        try:
            found = int(digits, 8) if terminator < 33 and 48 <= kind <= 54 and magic in MAGICS and not shared else -1
        except ValueError:
            found = -1
        if found >= 0:
            size = found if kind == 48 else 0
            offset = position + BLOCK
            position = offset + (size + 511 & -512)
            name = plain_name(buffer[at : at + BLOCK]) if prefix else name.partition(b"\0")[0]
            sizes[name.removeprefix(b"./")] = size
            continue
        if kind == _LONG_NAME and not shared and (named := long_named(buffer, at)):
            name, size, body = named
            offset = start + body
            position = offset + (size + 511 & -512)
            sizes[name.removeprefix(b"./")] = size
            continue
        step = member_at(ahead, position, buffer[at : at + BLOCK], offset + size, shared)
        if step is None:
            break
        block, size, offset, member = step
        position = offset + (size + 511 & -512)
        name = member.name if member else plain_name(block)
        sizes[name.removeprefix(b"./")] = _content_size(step)
    ahead.finish()
    return sizes, None


def looks_like_member(block: bytes) -> bool:
    """Whether a block can be a header, by all that a block can say of itself: the content of a file may look so too."""
    return block[257:263] in MAGICS and checksum_ok(block)


def _content_size(step: Step) -> int:
    """The bytes of a member that is a regular file, holes of a sparse one among them; else 0."""
    block, size, _, member = step
    if block[156:157] not in PLAIN_TYPES:
        return 0
    sparse = pax.sparse_map(member.pax, size) if member and member.pax else None
    return sparse[1] if sparse else size
