"""Iterates over the members of a tar.

``steps`` is the hottest loop of the program. For each member it looks at 512 bytes, parses only the size, and skips the
content. Members in any but the ordinary format are left to ``member_at``. Checksums are verified only for headers whose
content is used here (extended headers) and for those without the ``ustar`` magic. The caller verifies the others: in a
batch over ``Member.block``, by ``Header.of`` or by ``checksum_ok``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.bounds import bounds, exceeded
from layertui.core.language.texts import tr
from layertui.core.streams.read_ahead import BufferedTar
from layertui.core.streams.tar.extended_members import LOOK, check_end, member_at, weight_of
from layertui.core.streams.tar.header_block import BLOCK, MAGICS, Member, Step, plain_member

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from layertui.core.errors import LimitExceeded
    from layertui.core.progress import Progress
    from layertui.core.streams.tar import pax_records


def walk(raw: BinaryIO, progress: Progress | None = None) -> Iterator[Member]:
    """The members of an uncompressed tar, in order, without their bodies.

    Starts at the position of ``raw``; seeks over bodies if ``raw`` is seekable, reads
    through them otherwise, and then on to the end of the stream, so that a verifying
    reader below verifies all of it. ``Member.offset`` is a position in ``raw`` (for one
    that cannot seek, the count of bytes read). A tar may lack its trailer and its last
    padding; what follows the trailer is ignored.
    """
    for block, size, offset, member in steps(raw, progress):
        yield member or plain_member(block, size, offset)


def steps(raw: BinaryIO, progress: Progress | None = None) -> Generator[Step, int | None, None]:
    """Like ``walk``, one step per member, without decoding the header's text: for callers that decode many at once.

    A caller that has parsed further members itself sends the position of the next header, in answer to a step without
    a Member, and gets that one.
    """
    ahead = BufferedTar(raw, progress)
    position = offset = ahead.position
    buffer, start, limit, size = b"", position, -1, 0
    shared: pax_records.Records = {}
    weight, most_names = 0, bounds().names
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
            # Ordinary headers are parsed inline, since a call costs 60 ns; base 256, blank or invalid fields are not.
            found = int(digits, 8) if terminator < 33 and 48 <= kind <= 54 and magic in MAGICS and not shared else -1
        except ValueError:
            found = -1
        if found >= 0:
            size = found if kind == 48 else 0
            offset = position + BLOCK
            position = offset + (size + 511 & -512)
            found_by_others = yield block, size, offset, None
            if found_by_others is not None:
                position, offset, size = found_by_others, found_by_others, 0
            continue
        step = member_at(ahead, position, block, offset + size, shared)
        if step is None:
            break
        _, size, offset, member = step
        if member is not None and (weight := weight + weight_of(member)) > most_names:
            raise too_much(ahead.name, 0, weight)
        position = offset + (size + 511 & -512)
        found_by_others = yield step
        if found_by_others is not None:
            position, offset, size = found_by_others, found_by_others, 0
    ahead.finish()


def too_much(name: str, entries: int, names: int) -> LimitExceeded:
    if entries > bounds().entries:
        return exceeded("entries", tr("{name} has too many entries", name=name))
    return exceeded("names", tr("{name} has names and attributes of {names:,} bytes", name=name, names=names))
