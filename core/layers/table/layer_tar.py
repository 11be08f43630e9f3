"""Reads a layer tar into a layer table (image-spec layer.md), and opens its files.

Python walks over the headers, one step per member; their fields are decoded as columns, in batches. Only some members
are parsed one by one: links and devices, unusual names, whiteouts, and members with extended headers.
"""

from __future__ import annotations

import io
from contextlib import suppress
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from layertui.core.bounds import bounds, exceeded
from layertui.core.fs.file_window import Window
from layertui.core.language.texts import tr
from layertui.core.layers.table import header_columns
from layertui.core.layers.table.columns import Column
from layertui.core.layers.table.entry import Entry, Kind
from layertui.core.layers.table.header_sweep import sweep
from layertui.core.layers.table.layer_table import (
    OPAQUE,
    SPARSE,
    LayerTable,
    check_table,
    pack_device,
    pack_xattrs,
)
from layertui.core.layers.table.path_keys import normalize
from layertui.core.layers.table.tree_order import Arrivals, arrange
from layertui.core.layers.table.whiteouts import PREFIX as MARKER
from layertui.core.layers.table.whiteouts import marker
from layertui.core.oci import strict_json
from layertui.core.streams.tar.member_content import MemberContent, SparseContent
from layertui.core.streams.tar.tar_contents import BLOCK, Header, Member, number, plain_member, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from layertui.core.progress import Progress
    from layertui.core.streams.tar.tar_contents import Step

_SMALL = 1 << 13  # mean bytes of a member with its header, up to which contents are read with the headers
_MANY = 1 << 20  # bytes
_SOME = 256  # members around an unusual one
_BATCH = 2048  # a megabyte of headers: enough for numpy to be faster, few enough to stay in the CPU's cache
_KINDS = np.full(256, Kind.FILE, np.uint8)
_KINDS[list(b"23456")] = (Kind.SYMLINK, Kind.CHAR, Kind.BLOCK, Kind.DIR, Kind.FIFO)
_PLAIN = np.zeros(256, bool)  # types of members that the columns hold completely
_PLAIN[list(b"057")] = True
_USTAR = b"ustar"
_PLAIN_NAME = 256  # bytes of a header's name fields


def read_piece(tar: Window, start: int, end: int, progress: Progress | None = None) -> LayerTable | None:
    """The table of a tar from ``start`` to ``end``, if members begin at both; else None. Raises as `read_table`."""
    with tar.window(0, end) as piece:
        piece.seek(start)
        reader = _TarReader()
        last = _read(reader, cast("BinaryIO", piece), progress)
    # If no member has an extended header, there is no global header that would apply to the pieces after it.
    if end < tar.size and (last is None or last[3] is not None or last[2] + (last[1] + BLOCK - 1 & -BLOCK) != end):
        return None
    return reader.table()


def read_table(raw: BinaryIO, progress: Progress | None = None) -> LayerTable:
    """The table of an uncompressed layer tar, read to its end.

    Raises Damaged or Truncated for a tar that is damaged, UnsafePath for a name that leads
    outside the root, LimitExceeded for one that exceeds `Bounds`.
    """
    reader = _TarReader()
    _read(reader, raw, progress)
    return reader.table()


def _read(reader: _TarReader, raw: BinaryIO, progress: Progress | None) -> Step | None:
    """Have a reader take all members; returns the last one."""
    members, last = steps(raw, progress), None
    # Some tars know where their headers are: then few are looked for step by step, where one is unusual.
    knows = hasattr(raw, "header_columns")
    batch = list(islice(members, 1 if knows else _BATCH))
    while batch:
        reader.take_steps(batch)
        last = batch[-1]
        batch = _swept(reader, raw, members, batch) or list(islice(members, _SOME if knows else _BATCH))
    return last


def _swept(
    reader: _TarReader, raw: BinaryIO, members: Generator[Step, int | None, None], batch: list[Step]
) -> list[Step]:
    """Take the small files after a batch, many at once. Returns the steps after them, or none if there were no such files."""
    _, size, offset, member = batch[-1]
    header_columns_of = getattr(raw, "header_columns", None)
    if member is not None or (
        header_columns_of is None and (not isinstance(raw, Window) or offset - batch[0][2] > len(batch) * _SMALL)
    ):
        return []
    end = start = offset + (size + BLOCK - 1 & -BLOCK)
    for found in header_columns_of(start) if header_columns_of is not None else sweep(cast("Window", raw), start):
        if len(found.sizes):
            reader.take(found.fields, found.sizes, found.bodies)
            end = found.end
    if end == start:
        return []
    # The member that ended the sweep is unusual, and alone or one of many.
    more = 0 if end - start > _MANY else (_SOME if header_columns_of is not None else _BATCH) - 1
    with suppress(StopIteration):  # the end of the tar
        return [members.send(end), *islice(members, more)]
    return []


class _TarReader:
    """Collects members; `table` arranges them."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.batches: list[Column] = []
        self.names: dict[tuple[str, str], int] = {("", ""): 0}
        self.special: dict[int, tuple[int, ...]] = {}
        self.xattrs: dict[int, bytes] = {}
        self.maps: dict[int, bytes] = {}
        self.sizes: dict[int, int] = {}  # of sparse files, holes counted
        self.links: dict[int, bytes] = {}
        self.hardlinks: dict[int, bytes] = {}
        self.devices: dict[int, bytes] = {}
        self.markers = self.name_bytes = 0
        self.longest = bounds().path
        self.root_opaque = False

    def take_steps(self, batch: list[Step]) -> None:
        """Take some members of the tar, in order."""
        blocks, sizes, bodies, extended = zip(*batch, strict=True)
        fields = np.frombuffer(b"".join(blocks), np.uint8).reshape(-1, BLOCK)
        said = {at: member for at, member in enumerate(extended) if member is not None}
        self.take(fields, np.array(sizes, np.int64), np.array(bodies, np.int64), said)

    def take(
        self, fields: Column, sizes: Column, bodies: Column, said: Mapping[int, Member] = MappingProxyType({})
    ) -> None:
        """The same by columns; ``said`` are those with extended headers."""
        keys, odd = header_columns.keys(fields)
        if self.longest < _PLAIN_NAME:
            _check_path(max(keys, key=len), self.longest)
        odd |= ~_PLAIN[fields[:, 156]]
        members = {at: _plain_member(fields, sizes, bodies, at) for at in np.flatnonzero(odd).tolist()}
        members |= said
        for at, member in members.items():
            keys[at] = _key(member.name, self.longest)
        header_columns.check(fields, keys)
        hides = self._markers(members, keys)
        if not all(keys):  # the root, and markers without a meaning, make no entries
            kept = [at for at, key in enumerate(keys) if key]
            if kept:
                left = {at: said[was] for at, was in enumerate(kept) if was in said}
                self.take(fields[kept], sizes[kept], bodies[kept], left)
            return
        first = len(self.keys)
        self.keys += keys
        self.name_bytes += sum(map(len, keys))
        check_table(tr("a layer has"), len(self.keys), self.name_bytes)
        columns = np.empty((len(_COLUMNS), len(keys)), np.int64)
        kind, flags, mode, uid, gid, size, mtime, body, owner = columns
        kind[:], flags[:], size[:], body[:] = _KINDS[fields[:, 156]], 0, sizes, bodies
        owner[:] = self._owners(fields)
        header_columns.numbers(fields, mode, uid, gid, mtime, but={at for at, member in members.items() if member.pax})
        for at, member in members.items():
            if at in hides:
                kind[at], flags[at], owner[at] = Kind.PLACE if hides[at] == OPAQUE else Kind.WHITEOUT, hides[at], 0
            else:
                kind[at] = self._one(first + at, member, Kind(int(kind[at])))
        folded = (kind != Kind.FILE) | (fields[:, 156] == ord("1"))
        size[folded], body[folded] = 0, -1
        self.markers += len(hides)
        self.batches.append(columns)

    def _markers(self, members: dict[int, Member], keys: list[bytes]) -> dict[int, int]:
        """What each marker hides; its key becomes that of what it hides, or empty if it hides nothing."""
        hides: dict[int, int] = {}
        for at in members:
            found = marker(keys[at]) if MARKER in keys[at] else None
            if found is None:
                continue
            keys[at] = found.key if found.hides else b""
            if found.hides == OPAQUE and not found.key:
                self.root_opaque = True
            elif found.hides:
                hides[at] = found.hides
        return hides

    def _one(self, at: int, member: Member, kind: Kind) -> Kind:
        """Store what the columns do not hold of one member; returns its kind."""
        name, link, block, size, _, pax = member
        flag = block[156:157]
        if kind is Kind.SYMLINK:
            self.links[at] = link
        elif kind in (Kind.CHAR, Kind.BLOCK):
            self.devices[at] = pack_device((number(block[329:337]), number(block[337:345])))
        elif flag == b"1":
            self.hardlinks[at] = normalize(link)
        elif flag == b"\0" and name[-1:] == b"/":  # V7 tar had no type for folders
            kind = Kind.DIR
        if pax or flag == b"S":
            self._say(at, Header.of(member), size)
        return kind

    def _say(self, at: int, header: Header, stored: int) -> None:
        """Store what extended headers say of a member; packed at once, since Python objects take many times as much memory."""
        owner = self.names.setdefault((header.uname, header.gname), len(self.names))
        self.special[at] = (header.mode & 0o7777, header.uid, header.gid, header.mtime, owner, header.mtime_ns)
        if header.xattrs:
            self.xattrs[at] = pack_xattrs(header.xattrs)
        if header.sparse is not None:
            self.maps[at] = strict_json.dumps([stored, [list(piece) for piece in header.sparse]])
            self.sizes[at] = header.size

    def _owners(self, fields: Column) -> Column:
        """An index into ``names`` for each header: neighbours usually have the same owner."""
        named = np.ascontiguousarray(fields[:, 257:329]).view(
            np.uint64
        )  # with the magic before them: without it there are no names
        new = np.flatnonzero(np.concatenate([[True], (named[1:] != named[:-1]).any(axis=1)]))
        found = []
        for text in map(bytes, fields[new, 257:329]):
            owner = (_text(text[8:40]), _text(text[40:])) if text[:5] == _USTAR else ("", "")
            found.append(self.names.setdefault(owner, len(self.names)))
        return np.repeat(found, np.diff(new, append=len(fields)))

    def table(self) -> LayerTable:
        """The table of all members taken."""
        none = np.empty((len(_COLUMNS), 0), np.int64)
        columns = dict(zip(_COLUMNS, np.concatenate([none, *self.batches], axis=1), strict=True))
        self.batches.clear()
        mtime_ns = np.zeros(len(self.keys), np.int32)
        if self.special:
            rows = np.fromiter(self.special, np.int64, len(self.special))
            *said, fractions = np.array(list(self.special.values()), np.int64).T
            for name, values in zip(("mode", "uid", "gid", "mtime", "owner"), said, strict=True):
                columns[name][rows] = values
            mtime_ns[rows] = fractions
        for at, size in self.sizes.items():
            columns["size_of"][at] = size
            columns["flags"][at] |= SPARSE
        columns["mode"] &= 0o7777
        return arrange(
            Arrivals(
                keys=self.keys,
                **columns,
                mtime_ns=mtime_ns,
                owners=list(self.names),
                links=self.links,
                hardlinks=self.hardlinks,
                xattrs=self.xattrs,
                devices=self.devices,
                maps=self.maps,
                members=len(self.keys) - self.markers,
                root_opaque=self.root_opaque,
            )
        )


_COLUMNS = ("kind", "flags", "mode", "uid", "gid", "size_of", "mtime", "body", "owner")


def _plain_member(fields: Column, sizes: Column, bodies: Column, at: int) -> Member:
    return plain_member(fields[at].tobytes(), int(sizes[at]), int(bodies[at]))


def _check_path(name: bytes, most: int) -> None:
    if len(name) > most:
        start = name[:40].decode(errors="backslashreplace")
        raise exceeded("path", tr("a path in a layer, {start!r}…, has {name:,} bytes", start=start, name=len(name)))


def _key(name: bytes, most: int) -> bytes:
    _check_path(name, most)
    return normalize(name)


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


class TarballContent:
    """The contents of a layer tar's entries, by seeking in it. ``table`` is its table, or a function that returns it.

    ``open_tar`` opens the tar to be read in sequence; ``open_anywhere``, if another function is better for it, at random offsets.
    """

    def __init__(
        self,
        table: LayerTable | Callable[[], LayerTable],
        open_tar: Callable[[], BinaryIO],
        open_anywhere: Callable[[], BinaryIO] | None = None,
    ) -> None:
        self._table, self._open, self._open_anywhere = table, open_tar, open_anywhere or open_tar

    def by(self, table: LayerTable) -> TarballContent:
        """The same tar by another table of it."""
        return TarballContent(table, self._open, self._open_anywhere)

    def open_tar(self) -> BinaryIO:
        """The whole tar, seekable: for callers that read many entries."""
        return self._open()

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file, seekable."""
        table = self._table if isinstance(self._table, LayerTable) else self._table()
        body, size = int(table.body[entry.row]), int(table.size_of[entry.row])
        packed = table.maps.get(entry.row) if table.flags[entry.row] & SPARSE else None
        if packed is None:
            return io.BufferedReader(MemberContent(self._open_anywhere(), body, size, owned=True))
        stored, pieces = strict_json.loads_trusted(packed)
        part = MemberContent(self._open_anywhere(), body, stored, owned=True)
        holes = SparseContent(cast("BinaryIO", part), tuple((start, length) for start, length in pieces), size)
        return io.BufferedReader(holes)
