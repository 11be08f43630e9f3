"""The public functions to read and write tars.

Formats that are read: v7, ustar, GNU (long names, base-256 numbers, sparse), PAX (sparse 0.0, 0.1 and 1.0), as
described by POSIX pax and the GNU tar manual.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.bounds import bounds, exceeded
from layertui.core.fs.file_window import Window
from layertui.core.language.texts import tr
from layertui.core.streams.read_ahead import ForwardReader, forward_reader
from layertui.core.streams.tar import pax_records
from layertui.core.streams.tar.decoded_header import Header
from layertui.core.streams.tar.header_block import (
    BLOCK,
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    FIFO,
    HARDLINK,
    PLAIN_TYPES,
    REGULAR,
    SYMLINK,
    Member,
    Step,
    checksum_ok,
    looks_like_member,
    number,
    plain_member,
)
from layertui.core.streams.tar.member_content import MemberContent, SparseContent
from layertui.core.streams.tar.member_sizes import content_sizes
from layertui.core.streams.tar.member_steps import steps, too_much, walk
from layertui.core.streams.tar.tar_writer import TarWriter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.progress import Progress

# Other packages import from here; code that only walks headers and needs a fast start imports the modules below.
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
    "TarWriter",
    "checksum_ok",
    "content_of",
    "content_sizes",
    "contents",
    "looks_like_member",
    "number",
    "plain_member",
    "steps",
    "walk",
]


def contents(raw: BinaryIO, progress: Progress | None = None) -> Iterator[tuple[Member, BinaryIO]]:
    """The members with their contents, holes of sparse files filled; a reader is valid until the next member is requested.

    Raises LimitExceeded for more members, or more stored bytes, than `Bounds` allows.

    For one pass over a stream that cannot seek; for a file, ``content_of`` gives readers that stay valid.
    """
    tape, name = forward_reader(raw), str(getattr(raw, "name", "the tar"))
    most_entries, most_bytes, stored = bounds().entries, bounds().unpacked, 0
    for entries, member in enumerate(walk(tape, progress), 1):
        stored += member.size if member.block[156:157] in PLAIN_TYPES else 0
        if entries > most_entries:
            raise too_much(name, entries, 0)
        if stored > most_bytes:
            raise exceeded("unpacked", tr("{name}: its files have {stored:,} bytes", name=name, stored=stored))
        yield member, content_of(tape, member)


def content_of(raw: BinaryIO, member: Member) -> BinaryIO:
    """A member's content, holes of a sparse file filled. Seekable if ``raw`` is; closing it leaves ``raw`` open."""
    if isinstance(raw, Window):
        stored = cast("BinaryIO", raw.window(member.offset, member.size))
    else:
        stored = cast(
            "BinaryIO", MemberContent(raw, member.offset, member.size, seekable=not isinstance(raw, ForwardReader))
        )
    sparse = (
        pax_records.sparse_map(member.pax, member.size) if member.pax and member.block[156:157] in PLAIN_TYPES else None
    )
    return stored if sparse is None else cast("BinaryIO", SparseContent(stored, *sparse))
