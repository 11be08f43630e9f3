"""A decoded tar header: all fields of a member, including those from its extended headers."""

from __future__ import annotations

from dataclasses import dataclass, field

from layertui.core.errors import Damaged
from layertui.core.language.texts import tr
from layertui.core.streams.tar import pax_records
from layertui.core.streams.tar.header_block import (
    BLOCK_DEVICE,
    CHAR,
    DIRECTORY,
    OLD_REGULAR,
    PLAIN_TYPES,
    REGULAR,
    Member,
    bounded,
    checksum_ok,
    number,
    shown,
)


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
    sparse: pax_records.SparseMap | None = None

    @classmethod
    def of(cls, member: Member) -> Header:
        """Decode a member found by ``walk``. Raises Damaged if the header's checksum or a number is wrong."""
        name, link, block, size, _, records = member
        if not checksum_ok(block):
            raise Damaged(tr("the tar header of {name} is damaged: its checksum is wrong", name=shown(name)))
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
            # V7 tar had no type for folders: a slash at the end marks one.
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

    def _apply(self, records: pax_records.Records) -> None:
        self.uid = _decimal(records.get(b"uid"), self.uid)
        self.gid = _decimal(records.get(b"gid"), self.gid)
        self.uname = _text(records.get(b"uname")) or self.uname
        self.gname = _text(records.get(b"gname")) or self.gname
        if text := records.get(b"mtime"):
            seconds, self.mtime_ns = pax_records.parse_time(text) or (0, 0)
            self.mtime = bounded(seconds)
        self.xattrs = pax_records.xattrs_of(records)
        if self.type == REGULAR and (found := pax_records.sparse_map(records, self.size)):
            self.sparse, self.size = found


def _decimal(text: bytes | None, otherwise: int) -> int:
    if not text:
        return otherwise
    try:
        return bounded(int(text))
    except ValueError:
        return 0


def _text(field: bytes | None) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape") if field else ""
