"""The ends of many names compared at once: the last eight bytes of each name as one number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.layers.table.columns import numbers_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column

_LONGEST = 8


class NameEndings:
    """How the names of some rows of a stack end, whether in small or capital letters."""

    def __init__(self, stack: Timeline, rows: Column) -> None:
        self._stack, self._rows = stack, rows
        self._ends = _last_bytes(stack, rows)

    def any_of(self, endings: Iterable[str]) -> Column:
        """Which names end in one of these, of at most eight bytes each."""
        found = np.zeros(len(self._rows), bool)
        for ending in endings:
            wanted = ending.lower().encode()
            assert len(wanted) <= _LONGEST, ending
            mask = np.uint64((1 << 8 * len(wanted)) - 1)
            found |= (self._ends & mask) == np.uint64(int.from_bytes(wanted))
        return found

    def containing(self, pattern: bytes) -> Column:
        """Which names have a match of a regular expression somewhere; few names should."""
        stack = self._stack
        has = np.zeros(len(stack.layer), bool)
        merged = stack.rows_by_table()
        for number in numbers_in(stack.layer[self._rows]):
            table = stack.table(number)
            spans = [match.span() for match in re.finditer(pattern, table.names.tobytes())]
            starts, ends = (np.array([span[side] for span in spans], np.int64) for side in (0, 1))
            at = np.searchsorted(table.name_ends, starts, side="right")
            within = ends <= table.name_ends[at].astype(np.int64)
            has[merged[number - 1][at[within]]] = True
        return has[self._rows]


def _last_bytes(stack: Timeline, rows: Column) -> Column:
    """uint64: the last bytes of each name in small letters, the very last one lowest."""
    found = np.zeros(len(rows), np.uint64)
    layers = stack.layer[rows]
    for number in numbers_in(layers):
        mine = np.flatnonzero(layers == number)
        table, own = stack.table(number), stack.row[rows[mine]]
        ends = table.name_ends[own].astype(np.int64)
        starts = np.where(own > 0, table.name_ends[own - 1], 0).astype(np.int64)
        packed = np.zeros(len(mine), np.uint64)
        for back in range(_LONGEST):
            at = ends - 1 - back
            letters = table.names[np.maximum(at, 0)]
            letters = letters + np.where((letters >= ord("A")) & (letters <= ord("Z")), np.uint8(32), np.uint8(0))
            packed |= np.where(at >= starts, letters, np.uint8(0)).astype(np.uint64) << np.uint64(8 * back)
        found[mine] = packed
    return found
