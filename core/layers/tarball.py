"""A layer tar read into a LayerTable, and the bytes of its entries.

The walk over the headers is Python's, one step a member; their numbers are read a batch at a time.
"""

from __future__ import annotations

import io
from array import array
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np

from layertui.core.errors import Damaged
from layertui.core.layers.arrange import Arrivals, arrange
from layertui.core.layers.columns import Column
from layertui.core.layers.entry import Entry, Kind
from layertui.core.layers.markers import PREFIX as MARKER
from layertui.core.layers.markers import marker
from layertui.core.layers.table import OPAQUE, SPARSE, LayerTable, normalize, pack_device, pack_xattrs
from layertui.core.oci import json
from layertui.core.streams.part import Part, Sparse
from layertui.core.streams.tar import Header, number, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.streams.progress import Progress
    from layertui.core.streams.tar import Member

_BATCH = 4096
_KINDS = {ord(flag): kind for flag, kind in zip("234567", (3, 4, 5, 2, 6, 1), strict=True)}
# Looking a member of an enum up costs more than all else that a step of the walk does.
_FILE, _DIR, _SYMLINK, _DEVICES = int(Kind.FILE), int(Kind.DIR), int(Kind.SYMLINK), (int(Kind.CHAR), int(Kind.BLOCK))
_HARDLINK, _SPARSE = ord("1"), ord("S")
_USTAR = b"ustar"


def read_table(raw: BinaryIO, progress: Progress | None = None) -> LayerTable:
    """The table of an uncompressed layer tar, read to its end.

    Raises Damaged or Truncated for a tar that is not whole, UnsafePath for a name that leads
    outside the root.
    """
    reader = _Reader()
    for member in walk(raw, progress):
        reader.take(member)
    return reader.table()


class _Reader:
    """Collects members; `table` arranges them."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.kinds = bytearray()
        self.sizes, self.bodies, self.owner = array("q"), array("q"), array("q")
        self.owners: dict[bytes, int] = {}
        self.names: dict[tuple[str, str], int] = {}
        self.blocks: list[bytes] = []
        self.batches: list[Column] = []
        self.special: dict[int, Header] = {}
        self.flags: dict[int, int] = {}
        self.links: dict[int, bytes] = {}
        self.hardlinks: dict[int, bytes] = {}
        self.devices: dict[int, bytes] = {}
        self.members = 0
        self.root_opaque = False

    def take(self, member: Member) -> None:
        """One member of the tar, in its order."""
        name, link, block, size, offset, pax = member
        if b"./" in name or b"//" in name or name[:1] == b"/" or name[-1:] == b".":
            key = normalize(name)
        else:
            key = name.rstrip(b"/").replace(b"/", b"\0")
        if MARKER in key and self._is_marker(key, block):
            return
        if not key:
            return
        at = len(self.keys)
        flag = block[156]
        kind = _KINDS.get(flag, _FILE)
        if kind != _FILE:
            size, offset = 0, -1
            if kind == _SYMLINK:
                self.links[at] = link
            elif kind in _DEVICES:
                self.devices[at] = pack_device((number(block[329:337]), number(block[337:345])))
        elif flag == _HARDLINK:
            self.hardlinks[at] = normalize(link)
            size, offset = 0, -1
        elif flag == 0 and name[-1:] == b"/":  # the seventh edition had no type for folders
            kind, size, offset = _DIR, 0, -1
        if pax or flag == _SPARSE:
            self.special[at] = Header.of(member)
        names = block[265:329] if block[257:262] == _USTAR else b""
        owner = self.owners.get(names)
        if owner is None:
            owner = self.owners[names] = self._owner(_text(names[:32]), _text(names[32:]))
        self._put(key, kind, size, offset, owner, block)
        self.members += 1

    def _owner(self, uname: str, gname: str) -> int:
        return self.names.setdefault((uname, gname), len(self.names))

    def _put(self, key: bytes, kind: int, size: int, offset: int, owner: int, block: bytes) -> None:
        self.keys.append(key)
        self.kinds.append(kind)
        self.sizes.append(size)
        self.bodies.append(offset)
        self.owner.append(owner)
        self.blocks.append(block)
        if len(self.blocks) == _BATCH:
            self._flush()

    def _is_marker(self, key: bytes, block: bytes) -> bool:
        """Take a whiteout or opaque marker; False for a name that merely holds ``.wh.``."""
        found = marker(key)
        if found is None:
            return False
        if found.hides == OPAQUE and not found.key:
            self.root_opaque = True
        elif found.hides:
            self.flags[len(self.keys)] = found.hides
            kind = Kind.PLACE if found.hides == OPAQUE else Kind.WHITEOUT
            self._put(found.key, kind, 0, -1, self._owner("", ""), block)
        return True

    def _flush(self) -> None:
        if self.blocks:
            first = len(self.keys) - len(self.blocks)
            self.batches.append(_numbers(self.blocks, first, self.special, self.keys))
            self.blocks = []

    def table(self) -> LayerTable:
        """The table of all members taken."""
        self._flush()
        none = np.empty((4, 0), np.int64)
        mode, uid, gid, mtime = np.concatenate([none, *self.batches], axis=1)
        count = len(self.keys)
        flags, mtime_ns = np.zeros(count, np.uint8), np.zeros(count, np.int32)
        flags[list(self.flags)] = list(self.flags.values())
        size_of, owner = np.array(self.sizes), np.array(self.owner)
        xattrs: dict[int, bytes] = {}
        maps: dict[int, bytes] = {}
        for at, header in self.special.items():
            mode[at], uid[at], gid[at] = header.mode & 0o7777, header.uid, header.gid
            mtime[at], mtime_ns[at] = header.mtime, header.mtime_ns
            owner[at] = self._owner(header.uname, header.gname)
            if header.xattrs:
                xattrs[at] = pack_xattrs(header.xattrs)
            if header.sparse is not None:
                size_of[at], flags[at] = header.size, flags[at] | SPARSE
                maps[at] = json.dumps([self.sizes[at], [list(piece) for piece in header.sparse]])
        return arrange(
            Arrivals(
                keys=self.keys,
                kind=np.frombuffer(bytes(self.kinds), np.uint8).copy(),
                flags=flags,
                mode=mode & 0o7777,
                uid=uid,
                gid=gid,
                size_of=size_of,
                mtime=mtime,
                mtime_ns=mtime_ns,
                body=np.array(self.bodies),
                owner=owner,
                owners=list(self.names),
                links=self.links,
                hardlinks=self.hardlinks,
                xattrs=xattrs,
                devices=self.devices,
                maps=maps,
                members=self.members,
                root_opaque=self.root_opaque,
            )
        )


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


# Columns of a header block: mode, uid, gid, mtime; see POSIX pax, "ustar Interchange Format".
_FIELDS = ((100, 108), (108, 116), (116, 124), (136, 148))
_CHECKSUM = (148, 156)


def _numbers(blocks: list[bytes], first: int, special: dict[int, Any], keys: list[bytes]) -> Column:
    """Mode, uid, gid and mtime of a batch of headers, four rows; their checksums are checked.

    What is not plain octal is read one by one.
    """
    batch = np.frombuffer(b"".join(blocks), np.uint8).reshape(-1, 512)
    _check(batch, blocks, first, keys)
    found = np.empty((4, len(blocks)), np.int64)
    for row, (start, end) in enumerate(_FIELDS):
        found[row], odd = _octal(batch[:, start:end])
        for at in np.flatnonzero(odd).tolist():
            if first + at not in special:
                found[row, at] = number(blocks[at][start:end])
    return found


def _octal(field: Column) -> tuple[Column, Column]:
    """The octal numbers in rows of characters, and which rows are not plain octal."""
    value = np.zeros(len(field), np.int64)
    odd = np.zeros(len(field), bool)
    ended = np.zeros(len(field), bool)
    for column in np.ascontiguousarray(field.T):
        digit = column ^ np.uint8(0x30)
        is_digit = digit < 8
        value = np.where(is_digit & ~ended, (value << 3) | digit, value)
        ended |= column == 0
        odd |= ~is_digit & (column != 0) & (column != 0x20) & ~ended
    # A blank between digits would have been skipped: no writer does so, but look.
    return value, odd


def _check(batch: Column, blocks: list[bytes], first: int, keys: list[bytes]) -> None:
    """Raise Damaged where a header's checksum is wrong."""
    start, end = _CHECKSUM
    stored, odd = _octal(batch[:, start:end])
    # 64-bit words hold four sums of byte pairs at most 64 * 510 each: no carry into the next.
    words = batch.view(np.uint64)
    mask = np.uint64(0x00FF00FF00FF00FF)
    lanes = ((words & mask) + ((words >> np.uint64(8)) & mask)).sum(axis=1, dtype=np.uint64)
    total = sum((lanes >> np.uint64(16 * lane)) & np.uint64(0xFFFF) for lane in range(4))
    total = total.astype(np.int64) - batch[:, start:end].sum(axis=1, dtype=np.int64) + 8 * 0x20
    for at in np.flatnonzero(odd | (stored != total)).tolist():
        block = blocks[at]
        rest = block[:start] + b" " * 8 + block[end:]
        signed = sum(byte - 256 if byte > 127 else byte for byte in rest)
        if number(block[start:end]) not in (int(total[at]), signed):
            name = keys[first + at].replace(b"\0", b"/").decode(errors="backslashreplace")
            raise Damaged(f"the tar header of {name!r} has a wrong checksum")


class TarballContent:
    """The bytes of a layer tar's entries, by seeking in it. ``table`` is its table, or gets it."""

    def __init__(self, table: LayerTable | Callable[[], LayerTable], open_tar: Callable[[], BinaryIO]) -> None:
        self._table, self._open = table, open_tar

    def open_tar(self) -> BinaryIO:
        """The whole tar, seekable: for who reads many entries."""
        return self._open()

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file, seekable."""
        table = self._table if isinstance(self._table, LayerTable) else self._table()
        body, size = int(table.body[entry.row]), int(table.size_of[entry.row])
        packed = table.maps.get(entry.row) if table.flags[entry.row] & SPARSE else None
        if packed is None:
            return io.BufferedReader(Part(self._open(), body, size, owned=True))
        stored, pieces = json.loads(packed)
        part = Part(self._open(), body, stored, owned=True)
        holes = Sparse(cast("BinaryIO", part), tuple((start, length) for start, length in pieces), size)
        return io.BufferedReader(holes)
