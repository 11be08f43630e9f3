"""The entries of one layer as columns, in tree order.

Tree order: paths are compared component by component, as bytes, so that each folder's subtree is one range of rows,
``row`` to ``end[row]``. A path is identified here by its *key*: relative, its components joined by NUL, because such
keys sort in tree order as plain bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from layertui.core.bounds import check
from layertui.core.language.texts import tr
from layertui.core.layers.table.columns import Column, blob, read_columns, write_columns
from layertui.core.layers.table.entry import NO_XATTRS, Change, Entry, Kind
from layertui.core.layers.table.path_keys import path_of
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

IMPLIED = 1  # a folder that no member lists, only files in it
OPAQUE = 2  # hides what lower layers have inside this folder
WHITED = 4  # hides what lower layers have at this path and below
HARDLINK = 8  # another name of an inode; the first name is at `target`, or in a lower layer
SPARSE = 16  # stored as a map and its pieces; see `sparse`

NEVER = 2**30  # a layer number that no layer has

_FORMAT = 1


def check_table(what: str, entries: int, names: int) -> None:
    """Raise LimitExceeded for more entries, or more bytes of names, than `Bounds` allows."""
    check("entries", entries, tr("{what} too many entries", what=what))
    check("names", names, tr("{what} names and attributes of {names:,} bytes", what=what, names=names))


def check_content(size: float) -> None:
    """Raise LimitExceeded if files have more bytes together than may be written.

    A sparse file's map may claim millions of times what is stored.
    """
    check("unpacked", size, tr("the files have {size:,.0f} bytes", size=size))


class SparseColumn:
    """Bytes that only some rows have: links, extended attributes, device numbers.

    ``rows`` (int32, ascending) are the rows that have some; those of the n-th are ``pieces`` (uint8) from ``offsets[n]`` to
    ``offsets[n + 1]`` (int64, one item more than ``rows``).
    """

    __slots__ = ("offsets", "pieces", "rows")

    def __init__(self, rows: Column, offsets: Column, pieces: Column) -> None:
        self.rows, self.offsets, self.pieces = rows, offsets, pieces

    @classmethod
    def of(cls, values: Mapping[int, bytes]) -> SparseColumn:
        """A column with ``values``, by row."""
        rows = sorted(values)
        ends = np.cumsum([0, *(len(values[row]) for row in rows)])
        return cls(np.array(rows, np.int32), ends, blob([values[row] for row in rows]))

    def get(self, row: int) -> bytes | None:
        """The bytes of ``row``, or None."""
        # searchsorted would copy the whole column for a number of another type.
        at = int(self.rows.searchsorted(self.rows.dtype.type(row)))
        if at == len(self.rows) or self.rows[at] != row:
            return None
        return self.pieces[self.offsets[at] : self.offsets[at + 1]].tobytes()

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class LayerTable:
    """The entries of one layer, as columns.

    One item per row, in tree order, except in `names`, `name_ends` and the sparse columns. Integers are signed and of the
    smallest of 8, 16, 32 or 64 bits that fits all of a column (`columns.narrow`), unless documented otherwise: the same
    column of two layers may have different dtypes.
    """

    names: Column
    """uint8: the last components of all paths, concatenated."""
    name_ends: Column
    """The end of each row's name in `names`; it begins at the end of the one before."""
    depth: Column
    """The number of components of the path, 1 at the top."""
    parent: Column
    """The row of the parent folder, -1 at the top."""
    end: Column
    """The row after the last one of the subtree."""
    kind: Column
    """uint8: a `Kind`."""
    flags: Column
    """uint8: IMPLIED, OPAQUE, WHITED, HARDLINK, SPARSE, added up."""
    mode: Column
    """Permission bits with setuid, setgid and sticky, without the type."""
    uid: Column
    gid: Column
    size_of: Column
    """Bytes of a regular file, with the holes of a sparse one; else 0."""
    mtime: Column
    """Seconds since 1970."""
    mtime_ns: Column
    """Nanoseconds of the time, 0 to 999,999,999."""
    body: Column
    """Where the content begins, in bytes of the uncompressed tar; -1 without content."""
    target: Column
    """The row of a hard link's inode; -1 if it is not a hard link, or its inode is in a lower layer."""
    owner: Column
    """An index into `owners`."""
    links: SparseColumn
    """The target of a symlink, as stored; of a hard link into a lower layer the key of its inode."""
    xattrs: SparseColumn
    """As packed by `pack_xattrs`."""
    devices: SparseColumn
    """As packed by `pack_device`."""
    maps: SparseColumn
    """For a sparse file, JSON: stored bytes, and offset and length of each piece."""
    owners: tuple[tuple[str, str], ...]
    """Names of user and group."""
    members: int
    """Members of the tar, without markers and without the root."""
    size: int
    """Bytes of the regular files, each inode once."""
    root_opaque: bool
    """Whether the layer hides everything of the lower layers."""

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def path_bytes(self) -> int:
        """The bytes of all keys; those of a folder are part of all keys below it."""
        if not len(self):
            return 0
        below = self.end.astype(np.int64) - np.arange(len(self))
        sizes: Column = np.diff(self.name_ends.astype(np.int64), prepend=np.int64(0))
        return int((sizes * below).sum()) + int(self.depth.sum(dtype=np.int64)) - len(self)

    def name(self, row: int) -> bytes:
        """The last component of a row's path."""
        start = int(self.name_ends[row - 1]) if row else 0
        return self.names[start : int(self.name_ends[row])].tobytes()

    def names_of(self, rows: Column) -> list[bytes]:
        """The last components of many rows' paths; for rows near each other without a copy of all names."""
        if not len(rows):
            return []
        ends = self.name_ends[rows].astype(np.int64)
        starts = np.where(rows > 0, self.name_ends[rows - 1], 0).astype(np.int64)
        low = int(starts.min())
        near = self.names[low : int(ends.max())].tobytes()
        return [near[start:end] for start, end in zip((starts - low).tolist(), (ends - low).tolist(), strict=True)]

    def key(self, row: int) -> bytes:
        """The key of a row's path; in or below the folder of the last deep one, without the way to the top."""
        folder, way = _NEAR.get(self, (-1, b""))
        names: list[bytes] = []
        at = row
        while at not in (-1, folder):
            names.append(self.name(at))
            at = int(self.parent[at])
        if at >= 0:
            names.append(way)
        if len(names) > _FAR:
            _NEAR[self] = int(self.parent[row]), b"\0".join(reversed(names[1:]))
        return b"\0".join(reversed(names))

    def keys(self) -> list[bytes]:
        """The keys of all rows, in order."""
        keys: list[bytes] = []
        for name, parent in zip(self.names_of(np.arange(len(self))), self.parent.tolist(), strict=True):
            keys.append(name if parent < 0 else keys[parent] + b"\0" + name)
        return keys

    def path(self, row: int) -> str:
        """A row's absolute path."""
        return path_of(self.key(row))

    def attributes(self, row: int) -> Mapping[str, bytes]:
        """The extended attributes of a row."""
        packed = self.xattrs.get(row) if len(self.xattrs) else None
        return unpack_xattrs(packed) if packed else NO_XATTRS

    def _device(self, row: int) -> tuple[int, int] | None:
        """The numbers of a device; None where they are not recorded, as in a catalog."""
        packed = self.devices.get(row)
        return None if packed is None else unpack_device(packed)

    def entry(self, row: int, *, layer: int | None = None, change: Change = Change.UNCHANGED) -> Entry:
        """A row as a value."""
        kind = Kind(int(self.kind[row]))
        uname, gname = self.owners[int(self.owner[row])]
        is_hardlink = bool(self.flags[row] & HARDLINK)
        link = self.links.get(row) if is_hardlink or kind is Kind.SYMLINK else None
        target = int(self.target[row])
        return Entry(
            path=self.path(row),
            kind=kind,
            mode=int(self.mode[row]),
            uid=int(self.uid[row]),
            gid=int(self.gid[row]),
            size=int(self.size_of[row]),
            mtime=int(self.mtime[row]),
            mtime_ns=int(self.mtime_ns[row]),
            uname=uname,
            gname=gname,
            link=link.decode("utf-8", "surrogateescape") if link is not None and kind is Kind.SYMLINK else None,
            hardlink_to=(self.path(target) if target >= 0 else path_of(link or b"")) if is_hardlink else None,
            dev=self._device(row) if kind in (Kind.CHAR, Kind.BLOCK) else None,
            xattrs=self.attributes(row),
            layer=layer,
            change=change,
            opaque=bool(self.flags[row] & OPAQUE),
            row=row,
        )

    def save(self, path: Path, **meta: Any) -> None:
        """Write the table to a cache file. Raises StorageError."""
        columns: dict[str, Column] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                columns[field.name] = value
            elif isinstance(value, SparseColumn):
                for part in SparseColumn.__slots__:
                    columns[f"{field.name}.{part}"] = getattr(value, part)
        heading = {name: getattr(self, name) for name in ("owners", "members", "size", "root_opaque")}
        write_columns(path, {"format": _FORMAT} | heading | meta, columns)

    @classmethod
    def load(cls, path: Path, **meta: Any) -> LayerTable | None:
        """The table in a cache file; None if the file is missing, damaged or of another format."""
        found = read_columns(path)
        if found is None:
            return None
        heading, columns = found
        expected = {"format": _FORMAT} | meta
        if any(heading.get(name) != value for name, value in expected.items()):
            return None
        try:
            values: dict[str, Any] = {}
            for field in fields(cls):
                if field.name in columns:
                    values[field.name] = columns[field.name]
                elif f"{field.name}.rows" in columns:
                    parts = {part: columns[f"{field.name}.{part}"] for part in SparseColumn.__slots__}
                    values[field.name] = SparseColumn(**parts)
                else:
                    values[field.name] = heading[field.name]
            values["owners"] = tuple((uname, gname) for uname, gname in values["owners"])
            return cls(**values)
        except (KeyError, TypeError, ValueError):
            return None


# Rows on screen are neighbours: ten thousand levels down, a walk to the top for each took a quarter of a second.
_NEAR: WeakKeyDictionary[LayerTable, tuple[int, bytes]] = WeakKeyDictionary()
_FAR = 16  # levels


def pack_xattrs(xattrs: Mapping[str, bytes]) -> bytes:
    """Extended attributes as bytes, for a `SparseColumn` column."""
    rows = sorted((name.encode("utf-8", "surrogateescape").hex(), value.hex()) for name, value in xattrs.items())
    return strict_json.dumps(rows)


def unpack_xattrs(packed: bytes) -> dict[str, bytes]:
    """What `pack_xattrs` was given. Raises Damaged."""
    return {
        bytes.fromhex(name).decode("utf-8", "surrogateescape"): bytes.fromhex(value)
        for name, value in strict_json.loads_trusted(packed)
    }


def pack_device(dev: tuple[int, int]) -> bytes:
    """Major and minor number as bytes, for a `SparseColumn` column."""
    return b"".join(number.to_bytes(8, "little", signed=True) for number in dev)


def unpack_device(packed: bytes | None) -> tuple[int, int]:
    """What `pack_device` was given; zeros for None."""
    packed = packed or bytes(16)
    return (
        int.from_bytes(packed[:8], "little", signed=True),
        int.from_bytes(packed[8:], "little", signed=True),
    )
