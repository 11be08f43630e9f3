"""Merges the rows of several tables: in tree order, and for one path from the lowest table up.

If one table has most of the rows, like the base of an image, only the paths of the others are joined and searched in
it, folder by folder. Paths below a folder that it does not have need no search.
"""

from __future__ import annotations

from bisect import bisect_left
from operator import ne
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.language.texts import tr
from layertui.core.layers.table.layer_table import check_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from layertui.core.layers.table.columns import Column
    from layertui.core.layers.table.layer_table import LayerTable

# The position of another table's row relative to the large one's: before a row, or at its path, below it or above it in the stack.
_BEFORE, _BELOW, _ITSELF, _ABOVE = range(4)
_PLACES = 4


def merged(tables: Sequence[LayerTable]) -> tuple[Column, Column]:
    """The row numbers (int64), counted through the tables from the lowest, in merged order; and which are the first of their path (bool).

    Raises LimitExceeded.
    """
    entries = names = 0
    for table in tables:
        entries, names = entries + len(table), names + table.path_bytes
        check_table(tr("the layers have"), entries, names)
    starts = np.cumsum([0, *map(len, tables)], dtype=np.int64)
    large = max(range(len(tables)), key=lambda at: len(tables[at]), default=0)
    if tables and len(tables[large]) * 2 > entries:
        return _around(tables, large, starts)
    rows, first, _ = _sorted(tables, starts, range(len(tables)))
    return rows, first


def _sorted(tables: Sequence[LayerTable], starts: Column, chosen: Iterable[int]) -> tuple[Column, Column, list[bytes]]:
    """The rows of the chosen tables in order, which of them are the first of their path, and their keys."""
    keys: list[bytes] = []
    rows = [np.empty(0, np.int64)]
    for number in chosen:
        keys += tables[number].keys()
        rows.append(np.arange(starts[number], starts[number + 1]))
    order = sorted(range(len(keys)), key=keys.__getitem__)
    ordered = [keys[at] for at in order]
    first = np.fromiter((True, *map(ne, ordered[1:], ordered)), bool, len(ordered) or 1)[: len(ordered)]
    return np.concatenate(rows)[np.array(order, np.int64)], first, ordered


def _around(tables: Sequence[LayerTable], large: int, starts: Column) -> tuple[Column, Column]:
    """The rows of the large table, with those of the others between them."""
    base = tables[large]
    rows, first, keys = _sorted(tables, starts, (at for at in range(len(tables)) if at != large))
    paths = np.flatnonzero(first)
    place = _places(base, [keys[at] for at in paths.tolist()])[np.cumsum(first) - 1]
    place[(place % _PLACES == _ABOVE) & (rows < starts[large])] += _BELOW - _ABOVE
    places = np.concatenate([place, np.arange(len(base)) * _PLACES + _ITSELF])
    order = np.argsort(places, kind="stable")  # merges two sorted runs
    places = places[order]
    again = np.concatenate([~first, np.zeros(len(base), bool)])[order]
    at_base = places % _PLACES != _BEFORE
    path = places // _PLACES
    same = np.zeros(len(order), bool)
    same[1:] = np.where(at_base[1:], at_base[:-1] & (path[1:] == path[:-1]), again[1:])
    return np.concatenate([rows, np.arange(starts[large], starts[large + 1])])[order], ~same


def _places(base: LayerTable, keys: list[bytes]) -> Column:
    """The positions of sorted keys in a table: at the row that has the path, or before the next one."""
    found: dict[bytes, int] = {b"": -1}
    """The row of a path; or, if there is none, minus 2 minus the number of the next row."""
    members: dict[int, tuple[list[bytes], list[int]]] = {}
    for key in keys:
        folder, _, name = key.rpartition(b"\0")
        above = found[folder]
        if above < -1:
            found[key] = above
            continue
        if above not in members:
            members[above] = _members(base, above)
        names, rows = members[above]
        at = bisect_left(names, name)
        if at < len(names) and names[at] == name:
            found[key] = rows[at]
        else:
            found[key] = -2 - rows[at]
    row = np.fromiter(map(found.__getitem__, keys), np.int64, len(keys))
    return np.where(row >= 0, row * _PLACES + _ABOVE, (-2 - row) * _PLACES + _BEFORE)


def _members(base: LayerTable, folder: int) -> tuple[list[bytes], list[int]]:
    """The names in a folder (the root for -1), and their rows; these with one more, the row after the folder."""
    end = len(base) if folder < 0 else int(base.end[folder])
    rows = np.flatnonzero(base.parent[folder + 1 : end] == folder) + (folder + 1)
    ends = base.name_ends[rows].tolist()
    starts = np.where(rows > 0, base.name_ends[rows - 1], 0).tolist()
    names = [base.names[start:end].tobytes() for start, end in zip(starts, ends, strict=True)]
    return names, [*rows.tolist(), end]
