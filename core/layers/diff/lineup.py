"""The paths of two Views merged, each path once, in tree order.

Two Views of one stack share its path numbers. For two stacks, layers that are in both determine which rows are the same
paths; only paths of other layers are looked up by name. So comparing an image with the same image plus one layer needs
the names of that layer only.

A path is a number here: its number in the left stack; or, if the left stack does not have it, the count of the left
stack's paths plus its number in the right stack.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.columns import Column
    from layertui.core.layers.table.layer_table import LayerTable


class Lineup:
    """The row of each view at a path, and the order of paths."""

    def __init__(self, a: View, b: View) -> None:
        self.a, self.b = a, b
        self._count = len(a.stack.depth)
        known = np.arange(self._count) if a.stack is b.stack else _same_paths(a.stack, b.stack)
        self._known = known
        """For each path of the right stack, its number in the left one, or -1."""
        total = self._count + len(known)
        self._path_of = np.where(known >= 0, known, self._count + np.arange(len(known)))
        self.left = np.full(total, -1, np.int32)
        self.right = np.full(total, -1, np.int32)
        self.left[a.path_ids] = np.arange(len(a), dtype=np.int32)
        self.right[self._path_of[b.path_ids]] = np.arange(len(b), dtype=np.int32)

    @cached_property
    def paths(self) -> Column:
        """Every path that one of the views shows, in no particular order: int64 numbers, indexes into `left` and `right`."""
        return np.flatnonzero((self.left >= 0) | (self.right >= 0))

    def depth(self, paths: Column) -> Column:
        """The number of components of each path, int16."""
        return self._either(paths, self.a.stack.depth, self.b.stack.depth)

    def parents(self, paths: Column) -> Column:
        """The path of each one's parent folder, int64, -1 at the top."""
        ours = paths < self._count
        found = np.full(len(paths), -1, np.int64)
        found[ours] = self.a.stack.parent[paths[ours]]
        above = self.b.stack.parent[paths[~ours] - self._count]
        found[~ours] = np.where(above >= 0, self._path_of[np.maximum(above, 0)], -1)
        return found

    def name(self, path: int) -> bytes:
        """The last component of a path."""
        if path < self._count:
            return self.a.stack.name(path)
        return self.b.stack.name(path - self._count)

    def text(self, path: int) -> str:
        """A path as absolute text."""
        if path < self._count:
            return self.a.stack.path(path)
        return self.b.stack.path(path - self._count)

    def ordered(self, paths: Column) -> Column:
        """Paths in tree order, int64."""
        ours = paths < self._count
        rank = np.empty(len(paths), np.int64)
        rank[ours] = paths[ours] * 2 + 1
        theirs = paths[~ours] - self._count
        rank[~ours] = self._gaps(theirs) * 2
        # Paths that only the right stack has go into the gaps of the left order, in the right stack's order.
        return paths[np.lexsort((paths, rank))]

    def _either(self, paths: Column, left: Column, right: Column) -> Column:
        ours = paths < self._count
        found = np.empty(len(paths), left.dtype)
        found[ours] = left[paths[ours]]
        found[~ours] = right[paths[~ours] - self._count]
        return found

    def _gaps(self, path_ids: Column) -> Column:
        """For paths that only the right stack has, the path of the left one before which they come."""
        if not len(path_ids):
            return path_ids
        # Everything below the top of such a subtree is only in the right stack too, and comes in the same gap.
        above = self.b.stack.parent
        tops = np.flatnonzero((self._known < 0) & ((above < 0) | (self._known[np.maximum(above, 0)] >= 0)))
        used, which = np.unique(np.searchsorted(tops, path_ids, side="right") - 1, return_inverse=True)
        return np.array(list(self._insertions(tops[used])), np.int64)[which]

    def _insertions(self, tops: Column) -> Iterator[int]:
        left, right = self.a.stack, self.b.stack
        above = right.parent[tops]
        folders = np.where(above >= 0, self._known[np.maximum(above, 0)], -1)
        members = np.flatnonzero(np.isin(left.parent, np.unique(folders)))
        names: dict[int, tuple[list[bytes], list[int]]] = {}
        for path_id, folder, name in zip(
            members.tolist(), left.parent[members].tolist(), left.names(members), strict=True
        ):
            known, path_ids = names.setdefault(folder, ([], []))
            known.append(name)
            path_ids.append(path_id)
        for folder, name in zip(folders.tolist(), right.names(tops), strict=True):
            known, path_ids = names.get(folder, ([], []))
            at = bisect_left(known, name)
            if at < len(path_ids):
                yield path_ids[at]
            else:
                yield self._count if folder < 0 else int(left.end[folder])


def _same_paths(a: Timeline, b: Timeline) -> Column:
    """For each path of `b` its number in `a`, or -1."""
    found = np.full(len(b.depth), -1, np.int64)
    ours, theirs = a.rows_by_table(), b.rows_by_table()
    for number, layer in enumerate(b.layers):
        other = next((at for at, one in enumerate(a.layers) if _same_names(one.table, layer.table)), None)
        if other is not None:
            found[b.path_id[theirs[number]]] = a.path_id[ours[other]]
    _by_name(a, b, found)
    return found


def _same_names(one: LayerTable, other: LayerTable) -> bool:
    """Whether two tables have the same paths, row by row."""
    if one is other:
        return True
    return (
        len(one) == len(other)
        and len(one.names) == len(other.names)
        and np.array_equal(one.depth, other.depth)
        and np.array_equal(one.name_ends, other.name_ends)
        and np.array_equal(one.names, other.names)
    )


def _by_name(a: Timeline, b: Timeline, found: Column) -> None:
    """Look up the paths of `b` that are not known yet, folders before their contents."""
    taken = np.zeros(len(a.depth), bool)
    taken[found[found >= 0]] = True
    ours, theirs = np.flatnonzero(~taken), np.flatnonzero(found < 0)
    if not len(ours) or not len(theirs):
        return
    index = dict(zip(zip(a.parent[ours].tolist(), a.names(ours), strict=True), ours.tolist(), strict=True))
    known = found.tolist()
    for path_id, above, name in zip(theirs.tolist(), b.parent[theirs].tolist(), b.names(theirs), strict=True):
        folder = known[above] if above >= 0 else -1
        if folder >= 0 or above < 0:
            known[path_id] = index.get((folder, name), -1)
    found[:] = known
