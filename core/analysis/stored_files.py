"""The stored files of a stack: every copy of every file that its layers store, and which of them the top view hides.

A copy is the content of one file in one layer. Folders, links, devices and further names of an inode store nothing. A copy is
hidden if no name of it is visible as of the top layer; so for any range of layers, visible + hidden = stored.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.folder_patterns import Folders
from layertui.core.analysis.name_endings import AllNames, NameEndings
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, WHITED

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column


class Why(IntEnum):
    """Why a copy is hidden."""

    SHOWN = 0
    """It is not hidden."""
    OVERWRITTEN = 1
    """A higher layer has something else at the path."""
    REMOVED = 2
    """A higher layer removes the path, or a folder above it, or has a file in place of that folder."""
    OPAQUE = 3
    """A higher layer empties a folder above it."""
    SAME_CONTENT = 4
    """A higher layer stores the same bytes at the path again, as after chmod, chown or touch."""


class StoredFiles:
    """The copies of files in some layers of a stack, in tree order, and for one path from the lowest layer up.

    One item per copy in each column:

    - ``rows`` (int64): rows of the stack, for its other columns.
    - ``layer`` (int32): the number of the layer that stores it.
    - ``bytes`` (int64): its size.
    - ``shown_as`` (int64): the row of the stack with a visible name of it: its own, else the first hard link in tree order; -1 if it is hidden.
    - ``hidden_by`` (int32): the number of the layer that hides its last name; 0 if it is not hidden.
    - ``why`` (uint8): a `Why` number.
    - ``replaced_by`` (int64): if it is overwritten, the row of the stack with what the layer that hides it has at the path; else -1.
    """

    def __init__(self, stack: Timeline, low: int, high: int) -> None:
        """See `stored_files`."""
        self.stack, self.low, self.high = stack, low, high
        plain = (stack.kind == Kind.FILE) & ((stack.flags & HARDLINK) == 0)
        self.rows: Column = np.flatnonzero(plain & (stack.layer >= low) & (stack.layer <= high))
        self.layer: Column = stack.layer[self.rows]
        self.bytes: Column = stack.size[self.rows]
        self.shown_as, self._last = _names(stack, self.rows, high)
        gone = stack.gone[self._last]
        self.hidden_by: Column = np.where(gone <= high, gone, 0).astype(np.int32)
        self.why, self.replaced_by = _reasons(stack, self._last, self.hidden_by)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def is_whole(self) -> bool:
        """Whether these are the copies of all layers."""
        return (self.low, self.high) == (1, len(self.stack))

    @property
    def hidden(self) -> Column:
        """Whether each copy is hidden."""
        hidden: Column = self.hidden_by > 0
        return hidden

    @property
    def path_ids(self) -> Column:
        """The stack's path number of each copy: of a visible name of it, or its own if it is hidden."""
        path_ids: Column = self.stack.path_id[np.where(self.shown_as >= 0, self.shown_as, self.rows)]
        return path_ids

    @cached_property
    def stored_bytes(self) -> int:
        """Bytes of all copies."""
        return int(self.bytes.sum(dtype=np.int64))

    @cached_property
    def hidden_bytes(self) -> int:
        """Bytes of the hidden copies."""
        return int(self.bytes[self.hidden].sum(dtype=np.int64))

    @cached_property
    def folders(self) -> Folders:
        """The folders of the stack, by their names."""
        return Folders(self.stack, self._names)

    @cached_property
    def endings(self) -> NameEndings:
        """How the names of the copies end."""
        return NameEndings(self._names, self.rows)

    @cached_property
    def _names(self) -> AllNames:
        return AllNames(self.stack)

    def by_layer(self, layers: Column, which: Column | None = None) -> Column:
        """Bytes by layer number (index 0 is unused), grouped by ``layer`` or ``hidden_by``; with ``which``, of these copies alone."""
        found = np.zeros(self.high + 1, np.int64)
        np.add.at(found, layers, self.bytes if which is None else np.where(which, self.bytes, 0))
        return found

    def compare_contents(self, same_contents: Callable[[Column, Column], Column]) -> None:
        """Find the overwritten copies whose bytes are stored again at the same path, and mark them as SAME_CONTENT.

        ``same_contents`` returns for pairs of rows of the stack, regular files of equal size, whether their bytes are the same.
        """
        at, first, second = self.rewritten()
        same = same_contents(first, second)
        self.why[at[same]] = Why.SAME_CONTENT

    def rewritten(self) -> tuple[Column, Column, Column]:
        """The overwritten copies in whose place is another file of equal size: indexes, and the rows of both contents."""
        stack = self.stack
        at = np.flatnonzero(self.replaced_by >= 0)
        other = stack.inode[self.replaced_by[at]]
        files = (
            (stack.kind[other] == Kind.FILE)
            & (stack.size[other] == self.bytes[at])
            & (stack.flags[other] & HARDLINK == 0)
        )
        return at[files], self.rows[at[files]], other[files]


def stored_files(stack: Timeline, *, low: int = 1, high: int | None = None) -> StoredFiles:
    """The copies that layers ``low`` to ``high`` (default: the top) store; hidden is what is not visible as of ``high``.

    Raises NotFound for a layer that does not exist.
    """
    high = len(stack) if high is None else high
    for number in (low, high) if len(stack) else ():
        stack.check(number)
    return StoredFiles(stack, low, high)


def _names(stack: Timeline, rows: Column, high: int) -> tuple[Column, Column]:
    """For each copy the row of a name that is visible as of layer ``high`` or -1, and that of the name that goes last."""
    first = np.where(stack.gone[rows] > high, rows, -1)
    last = rows.copy()
    inodes = stack.inode
    links = np.flatnonzero((stack.flags & HARDLINK != 0) & (stack.layer <= high))
    at = np.searchsorted(rows, inodes[links])
    known = at < len(rows)
    known[known] = rows[at[known]] == inodes[links[known]]
    links, at = links[known], at[known]
    # If an index comes several times, numpy keeps the value assigned last: of the visible names the first in tree order …
    visible = np.flatnonzero((stack.gone[links] > high) & (first[at] < 0))[::-1]
    first[at[visible]] = links[visible]
    # … and of all names the one that goes last.
    order = np.argsort(stack.gone[links], kind="stable")
    later = order[stack.gone[links[order]] > stack.gone[rows[at[order]]]]
    last[at[later]] = links[later]
    return first, last


def _reasons(stack: Timeline, names: Column, hidden_by: Column) -> tuple[Column, Column]:
    """For each copy, by its last name and the layer that hides it: a `Why`, and the row that takes its place or -1."""
    why = np.zeros(len(names), np.uint8)
    replaced_by = np.full(len(names), -1, np.int64)
    at = np.flatnonzero(hidden_by)
    if not len(at):
        return why, replaced_by
    finder = _RowFinder(stack)
    path_id, number = stack.path_id[names[at]].astype(np.int64), hidden_by[at]
    own = finder.find(path_id, number)
    real = (own >= 0) & (stack.kind[own] < Kind.WHITEOUT)
    replaced_by[at[real]] = own[real]
    why[at[real]] = Why.OVERWRITTEN
    removed = ~real & (own >= 0) & (stack.flags[own] & WHITED != 0)
    # What is neither replaced nor removed itself was hidden by a folder above it, or by what took the place of one.
    going = np.flatnonzero(~real & ~removed)
    above = stack.parent[path_id[going]].astype(np.int64)
    while len(going):
        inside = above >= 0
        going, above = going[inside], above[inside]
        row = finder.find(above, number[going])
        there = row >= 0
        ends = (stack.flags[row] & WHITED != 0) | ((stack.kind[row] < Kind.WHITEOUT) & (stack.kind[row] != Kind.DIR))
        removed[going[there & ends]] = True
        above = stack.parent[above].astype(np.int64)
    why[at[removed]] = Why.REMOVED
    why[at[~real & ~removed]] = Why.OPAQUE
    return why, replaced_by


class _RowFinder:
    """Finds the rows that layers have at paths."""

    def __init__(self, stack: Timeline) -> None:
        self._width = len(stack) + 1
        self._keys: Column = stack.path_id.astype(np.int64) * self._width + stack.layer

    def find(self, path_ids: Column, layers: Column) -> Column:
        """For each path the row that a layer has there, or -1."""
        keys = path_ids * self._width + layers
        at = np.searchsorted(self._keys, keys)
        there = at < len(self._keys)
        there[there] = self._keys[at[there]] == keys[there]
        found: Column = np.where(there, at, -1)
        return found
