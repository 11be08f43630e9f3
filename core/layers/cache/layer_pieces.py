"""Reads a large layer of small files in pieces, by two processes, and joins the tables of the pieces.

Where a member begins in the middle of a tar can only be guessed. The guess is right if the walk over everything before
it arrives exactly there. The tables are joined only if each piece continues in tree order where the previous one ended,
as in layers written by walking folders. Any other layer is read as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, cast

import numpy as np

from layertui.core.language.texts import tr
from layertui.core.layers.cache.backward_sizes import member_after
from layertui.core.layers.table.columns import narrow
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, IMPLIED, LayerTable, SparseColumn, check_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.fs.file_window import Window
    from layertui.core.layers.table.columns import Column

_PIECE = 64 << 20  # bytes: reading them takes ten times as long as writing their table for the other process
_LOOK_AT = 1 << 16
_SMALL = 1 << 13  # mean bytes of a member with its header, in a layer of small files
_BLOCK = 512
_AS_THEY_ARE = ("depth", "kind", "flags", "mode", "uid", "gid", "size_of", "mtime", "mtime_ns", "body")


def piece_starts(tar: Window, most: int) -> list[int]:
    """Where the pieces of a tar begin; only one for few pieces, large files or more than ``most`` entries."""
    found, seen = [0], 0
    for position in range(_PIECE, tar.size - _PIECE // 2, _PIECE):
        tar.seek(position)
        content = tar.read(_LOOK_AT)
        headers = sum(content.startswith(b"ustar", at + 257) for at in range(0, len(content), _BLOCK))
        at = member_after(cast("BinaryIO", tar), position) if headers * _SMALL >= len(content) else None
        if at is None:
            return [0]
        found.append(at)
        seen += headers
    too_many = seen * tar.size > most * _LOOK_AT * (len(found) - 1)
    return [0] if too_many else found


class _Folder(NamedTuple):
    """A folder that contains the last row, or that row itself: its name, row and kind."""

    name: bytes
    row: int
    kind: int


class _Part(NamedTuple):
    """The table of a piece; the rows of earlier pieces that its first rows repeat; what is added to all other row numbers."""

    table: LayerTable
    known: Column
    base: int


def join_pieces(tables: Sequence[LayerTable]) -> LayerTable | None:
    """The table of a tar from those of its pieces, in order; None if the whole tar has to be read. Raises LimitExceeded."""
    parts: list[_Part] = []
    last: list[_Folder] = []
    end: dict[int, int] = {}  # of folders that continue in a later piece
    count = 0
    for table in filter(len, tables):
        known = _known(table, last)
        if parts and not _goes_on(table, last, known):
            return None
        base = count - known
        end.update((last[row].row, base + int(table.end[row])) for row in range(known))
        parts.append(_Part(table, np.array([folder.row for folder in last[:known]], np.int64), base))
        last = [
            last[row] if row < known else _Folder(table.name(row), base + row, int(table.kind[row]))
            for row in _trail(table)
        ]
        count += len(table) - known
        check_table(tr("a layer has"), count, 0)
    return _put_together(tables, parts, end)


def _known(table: LayerTable, last: Sequence[_Folder]) -> int:
    """How many rows at the beginning repeat folders above the previous piece's last row."""
    for row, folder in enumerate(last):
        if table.flags[row] != IMPLIED or table.parent[row] != row - 1 or table.name(row) != folder.name:
            return row
    return len(last)


def _goes_on(table: LayerTable, last: Sequence[_Folder], known: int) -> bool:
    """Whether all new rows come after the last row in tree order, and mean the same as in one table."""
    if known < len(last) and table.name(known) <= last[known].name:
        return False
    if any(folder.kind != Kind.DIR for folder in last[:known]):
        return False
    # A hard link whose inode is not here may be a name of an inode in an earlier piece.
    return not bool(((table.flags & HARDLINK != 0) & (table.target < 0)).any())


def _trail(table: LayerTable) -> list[int]:
    """The last row and the folders above it, from the top down."""
    rows, row = [], len(table) - 1
    while row >= 0:
        rows.append(row)
        row = int(table.parent[row])
    return rows[::-1]


def _put_together(tables: Sequence[LayerTable], parts: Sequence[_Part], end: dict[int, int]) -> LayerTable:
    owners: dict[tuple[str, str], int] = {}
    for table in tables:
        for owner in table.owners:
            owners.setdefault(owner, len(owners))

    def column(name: str) -> Column:
        columns = [getattr(part.table, name)[len(part.known) :] for part in parts]
        return np.concatenate(columns or [np.empty(0, np.int8)])

    ends = _column([part.table.end[len(part.known) :] + np.int64(part.base) for part in parts])
    for row, value in end.items():
        ends[row] = value
    same: dict[str, Any] = {name: column(name) for name in _AS_THEY_ARE}
    some: dict[str, Any] = {name: _sparse(parts, name) for name in ("links", "xattrs", "devices", "maps")}
    made = LayerTable(
        names=np.concatenate([np.empty(0, np.uint8), *map(_names, parts)]),
        name_ends=narrow(np.cumsum(_column([_name_sizes(part) for part in parts]))),
        parent=narrow(_column([_parents(part) for part in parts])),
        end=narrow(ends),
        target=narrow(_column([_targets(part) for part in parts])),
        owner=narrow(_column([_owners(part, owners) for part in parts])),
        **same,
        **some,
        owners=tuple(owners),
        members=sum(table.members for table in tables),
        size=sum(table.size for table in tables),
        root_opaque=any(table.root_opaque for table in tables),
    )
    check_table(tr("a layer has"), len(made), made.path_bytes)
    return made


def _column(columns: list[Column]) -> Column:
    return np.concatenate([np.empty(0, np.int64), *columns])


def _names(part: _Part) -> Column:
    known = len(part.known)
    return part.table.names[int(part.table.name_ends[known - 1]) if known else 0 :]


def _name_sizes(part: _Part) -> Column:
    return np.diff(part.table.name_ends.astype(np.int64), prepend=0)[len(part.known) :]


def _parents(part: _Part) -> Column:
    above = part.table.parent[len(part.known) :].astype(np.int64)
    moved = np.where(above < 0, -1, above + part.base)
    if len(part.known):
        below_known = (above >= 0) & (above < len(part.known))
        moved[below_known] = part.known[above[below_known]]
    return moved


def _targets(part: _Part) -> Column:
    target = part.table.target[len(part.known) :].astype(np.int64)
    return np.where(target < 0, -1, target + part.base)


def _owners(part: _Part, owners: dict[tuple[str, str], int]) -> Column:
    numbers = np.array([owners[owner] for owner in part.table.owners], np.int64)
    return numbers[part.table.owner[len(part.known) :]]


def _sparse(parts: Sequence[_Part], name: str) -> SparseColumn:
    """A sparse column, without the rows that repeat others."""
    some: list[SparseColumn] = [getattr(part.table, name) for part in parts]
    sizes = _column([np.diff(one.offsets) for one in some])
    return SparseColumn(
        np.concatenate(
            [np.empty(0, np.int32), *(one.rows + np.int32(part.base) for one, part in zip(some, parts, strict=True))]
        ),
        np.cumsum(np.concatenate([[0], sizes])),
        np.concatenate([np.empty(0, np.uint8), *(one.pieces for one in some)]),
    )
