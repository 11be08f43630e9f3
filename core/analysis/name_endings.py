"""The ends of many names compared at once: the last eight bytes of each name as one number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column

_LONGEST = 8
_EACH = 0x0101_0101_0101_0101  # a one in each byte


class AllNames:
    """The last components of all rows of all tables of a stack, one after another."""

    def __init__(self, stack: Timeline) -> None:
        self._stack = stack
        tables = [layer.table for layer in stack.layers]
        sizes = np.cumsum([0, *(len(table.names) for table in tables)])
        ends = [table.name_ends.astype(np.int64) + size for table, size in zip(tables, sizes.tolist(), strict=False)]
        self._ends: Column = np.concatenate([np.zeros(0, np.int64), *ends])
        # A word of zeros in front, and one behind: of each eight bytes that a name's end is in, the word before them is read too.
        self._words = np.zeros(int(sizes[-1]) // _LONGEST + 3, "<u8")
        letters = self._words.view(np.uint8)[_LONGEST : _LONGEST + int(sizes[-1])]
        np.concatenate([np.zeros(0, np.uint8), *(table.names for table in tables)], out=letters)
        self._letters: Column = letters

    def last_bytes(self, rows: Column) -> Column:
        """uint64: the last bytes of the names of some rows in small letters, the very last one lowest; zeros before a shorter name."""
        at = self._stack.table_rows(rows)
        ends = self._ends[at]
        lengths = ends - np.where(at > 0, self._ends[at - 1], 0)
        word, bits = ends >> 3, ((ends & 7) << 3).astype(np.uint64)
        last = (self._words[word] >> bits) | (self._words[word + 1] << (np.uint64(63) - bits) << np.uint64(1))
        last = last.byteswap()
        short = np.flatnonzero(lengths < _LONGEST)
        last[short] &= (np.uint64(1) << (lengths[short] << 3).astype(np.uint64)) - np.uint64(1)
        return _in_small_letters(last)

    def numbered(self, text: bytes, rows: Column) -> Column:
        """Which of some rows of the stack have a text in their names that a digit follows; bool, one item per row."""
        letters, has = self._letters.tobytes(), np.zeros(len(self._ends), bool)
        at = letters.find(text)
        while at >= 0:
            after = at + len(text)
            if letters[after : after + 1].isdigit():
                row = int(np.searchsorted(self._ends, at, side="right"))
                has[row] |= after < self._ends[row]
            at = letters.find(text, after)
        return has[self._stack.table_rows(rows)]


class NameEndings:
    """How the names of some rows of a stack end, whether in small or capital letters.

    Answers are columns of bool, one item per row.
    """

    def __init__(self, names: AllNames, rows: Column) -> None:
        self._names, self._rows = names, rows
        self._ends = names.last_bytes(rows)
        self._last = self._ends.astype(np.uint8)

    def any_of(self, endings: Iterable[str]) -> Column:
        """Which names end in one of these, of at most eight bytes each."""
        wanted = [ending.lower().encode() for ending in endings]
        is_last = np.zeros(256, bool)
        is_last[[ending[-1] for ending in wanted]] = True
        found = np.zeros(len(self._rows), bool)
        maybe = np.flatnonzero(is_last[self._last])
        ends = self._ends[maybe]
        for ending in wanted:
            assert len(ending) <= _LONGEST, ending
            mask = np.uint64((1 << 8 * len(ending)) - 1)
            found[maybe] |= (ends & mask) == np.uint64(int.from_bytes(ending))
        return found

    def may_be(self, names: Iterable[bytes]) -> Column:
        """Which names may be one of these: their last eight bytes are the same but for capital letters, or all if there are fewer."""
        wanted = {int.from_bytes(name.lower()[-_LONGEST:]) for name in names}
        return np.isin(self._ends, np.array(sorted(wanted), np.uint64))

    def numbered(self, text: bytes) -> Column:
        """Which names have a text in them that a digit follows; few names should."""
        return self._names.numbered(text, self._rows)


def _in_small_letters(words: Column) -> Column:
    """The same with the ASCII capitals in each of the eight bytes made small."""
    seven = words & np.uint64(0x7F * _EACH)
    is_capital = (seven + np.uint64((0x80 - ord("A")) * _EACH)) ^ (seven + np.uint64((0x7F - ord("Z")) * _EACH))
    is_capital &= ~words & np.uint64(0x80 * _EACH)
    small: Column = words | (is_capital >> np.uint64(2))
    return small
