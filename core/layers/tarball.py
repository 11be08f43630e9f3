"""A layer tar read into a LayerTable, and the bytes of its entries.

The walk over the headers is Python's, one step a member; what they say is read by columns, a batch of headers at a time. One by one
go only members that need it: links and devices, names that are not plain, markers, what has extended headers.
"""

from __future__ import annotations

import io
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, cast

import numpy as np

from layertui.core.errors import LimitExceeded
from layertui.core.layers import headers
from layertui.core.layers.arrange import Arrivals, arrange
from layertui.core.layers.columns import Column
from layertui.core.layers.entry import Entry, Kind
from layertui.core.layers.markers import PREFIX as MARKER
from layertui.core.layers.markers import marker
from layertui.core.layers.table import (
    MOST_PATH,
    OPAQUE,
    SPARSE,
    LayerTable,
    check_bounds,
    normalize,
    pack_device,
    pack_xattrs,
)
from layertui.core.oci import json
from layertui.core.streams.part import Part, Sparse
from layertui.core.streams.tar import BLOCK, Header, Member, number, plain_member, steps

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.streams.progress import Progress
    from layertui.core.streams.tar import Step

_BATCH = 2048  # a megabyte of headers: enough for numpy to pay, little enough to stay near the processor
_KINDS = np.full(256, Kind.FILE, np.uint8)
_KINDS[list(b"23456")] = (Kind.SYMLINK, Kind.CHAR, Kind.BLOCK, Kind.DIR, Kind.FIFO)
_PLAIN = np.zeros(256, bool)  # types of members that have no more to say than columns hold
_PLAIN[list(b"057")] = True
_USTAR = b"ustar"


def read_table(raw: BinaryIO, progress: Progress | None = None) -> LayerTable:
    """The table of an uncompressed layer tar, read to its end.

    Raises Damaged or Truncated for a tar that is not whole, UnsafePath for a name that leads
    outside the root, LimitExceeded for one too big to be looked into.
    """
    reader = _Reader()
    members = steps(raw, progress)
    while batch := list(islice(members, _BATCH)):
        reader.take(batch)
    return reader.table()


class _Reader:
    """Collects members; `table` arranges them."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.batches: list[Column] = []
        self.names: dict[tuple[str, str], int] = {("", ""): 0}
        self.special: dict[int, Header] = {}
        self.links: dict[int, bytes] = {}
        self.hardlinks: dict[int, bytes] = {}
        self.devices: dict[int, bytes] = {}
        self.markers = self.name_bytes = 0
        self.root_opaque = False

    def take(self, batch: list[Step]) -> None:
        """Some members of the tar, in its order."""
        blocks, sizes, bodies, extended = zip(*batch, strict=True)
        fields = np.frombuffer(b"".join(blocks), np.uint8).reshape(-1, BLOCK)
        keys, odd = headers.keys(fields)
        odd |= ~_PLAIN[fields[:, 156]]
        members = {at: extended[at] or plain_member(*batch[at][:3]) for at in np.flatnonzero(odd).tolist()}
        members |= {at: member for at, member in enumerate(extended) if member is not None}
        for at, member in members.items():
            keys[at] = _key(member.name)
        headers.check(fields, keys)
        hides = self._markers(members, keys)
        if not all(keys):  # the root, and what means nothing: no entries
            kept = [step for step, key in zip(batch, keys, strict=True) if key]
            if kept:
                self.take(kept)
            return
        first = len(self.keys)
        self.keys += keys
        self.name_bytes += sum(map(len, keys))
        check_bounds("a layer has", len(self.keys), self.name_bytes)
        columns = np.empty((len(_COLUMNS), len(batch)), np.int64)
        kind, flags, mode, uid, gid, size, mtime, body, owner = columns
        kind[:], flags[:], size[:], body[:] = _KINDS[fields[:, 156]], 0, sizes, bodies
        owner[:] = self._owners(fields)
        headers.numbers(fields, mode, uid, gid, mtime, but={at for at, member in members.items() if member.pax})
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
        """What markers hide; their keys become those of what they hide, or empty where they mean nothing."""
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
        """What the columns do not hold of one member; its kind."""
        name, link, block, _, _, pax = member
        flag = block[156:157]
        if kind is Kind.SYMLINK:
            self.links[at] = link
        elif kind in (Kind.CHAR, Kind.BLOCK):
            self.devices[at] = pack_device((number(block[329:337]), number(block[337:345])))
        elif flag == b"1":
            self.hardlinks[at] = normalize(link)
        elif flag == b"\0" and name[-1:] == b"/":  # the seventh edition had no type for folders
            kind = Kind.DIR
        if pax or flag == b"S":
            self.special[at] = Header.of(member)
        return kind

    def _owners(self, fields: Column) -> Column:
        """An index into ``names`` for each header: neighbours mostly have the same owner."""
        named = np.ascontiguousarray(fields[:, 257:329]).view(np.uint64)  # with the magic before: without it, no names
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
        xattrs: dict[int, bytes] = {}
        maps: dict[int, bytes] = {}
        for at, header in self.special.items():
            owner = self.names.setdefault((header.uname, header.gname), len(self.names))
            found = (header.mode & 0o7777, header.uid, header.gid, header.mtime, owner)
            for name, value in zip(("mode", "uid", "gid", "mtime", "owner"), found, strict=True):
                columns[name][at] = value
            mtime_ns[at] = header.mtime_ns
            if header.xattrs:
                xattrs[at] = pack_xattrs(header.xattrs)
            if header.sparse is not None:
                maps[at] = json.dumps([int(columns["size_of"][at]), [list(piece) for piece in header.sparse]])
                columns["size_of"][at] = header.size
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
                xattrs=xattrs,
                devices=self.devices,
                maps=maps,
                members=len(self.keys) - self.markers,
                root_opaque=self.root_opaque,
            )
        )


_COLUMNS = ("kind", "flags", "mode", "uid", "gid", "size_of", "mtime", "body", "owner")


def _key(name: bytes) -> bytes:
    if len(name) > MOST_PATH:
        start = name[:40].decode(errors="backslashreplace")
        raise LimitExceeded(f"a path in a layer has {len(name)} bytes, at most {MOST_PATH} are looked at: {start!r}…")
    if b"./" in name or b"//" in name or name[:1] == b"/" or name[-1:] == b".":
        return normalize(name)
    return name.rstrip(b"/").replace(b"/", b"\0")


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "surrogateescape")


class TarballContent:
    """The bytes of a layer tar's entries, by seeking in it. ``table`` is its table, or gets it.

    ``open_tar`` opens the tar to be read forward; ``open_anywhere``, if it is another thing, to be read here and there.
    """

    def __init__(
        self,
        table: LayerTable | Callable[[], LayerTable],
        open_tar: Callable[[], BinaryIO],
        open_anywhere: Callable[[], BinaryIO] | None = None,
    ) -> None:
        self._table, self._open, self._open_anywhere = table, open_tar, open_anywhere or open_tar

    def open_tar(self) -> BinaryIO:
        """The whole tar, seekable: for who reads many entries."""
        return self._open()

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file, seekable."""
        table = self._table if isinstance(self._table, LayerTable) else self._table()
        body, size = int(table.body[entry.row]), int(table.size_of[entry.row])
        packed = table.maps.get(entry.row) if table.flags[entry.row] & SPARSE else None
        if packed is None:
            return io.BufferedReader(Part(self._open_anywhere(), body, size, owned=True))
        stored, pieces = json.loads(packed)
        part = Part(self._open_anywhere(), body, stored, owned=True)
        holes = Sparse(cast("BinaryIO", part), tuple((start, length) for start, length in pieces), size)
        return io.BufferedReader(holes)
