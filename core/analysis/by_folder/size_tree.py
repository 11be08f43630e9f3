"""Bytes by folder: every path at or below which a layer stores bytes, and how many; of all layers or kinds, or of each apart.

The bytes of a folder are those of one range of stored copies in tree order: a running sum answers for each folder, whatever
its depth. Children are sorted once, for all folders together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.layers.table.columns import Column

TOP = 0
"""The node of everything."""


class PathTree(Protocol):
    """Numbered paths in tree order, folders before what is in them: a Timeline, or a Rollup.

    Columns have one signed integer per path, of 16 bits or more.
    """

    @property
    def depth(self) -> Column:
        """The number of components of each path."""
        ...

    @property
    def parent(self) -> Column:
        """The path of the folder around each, -1 at the top."""
        ...

    @property
    def end(self) -> Column:
        """The path after everything below each."""
        ...

    def path(self, path_id: int, /) -> str:
        """A path as absolute text."""
        ...

    def names(self, path_ids: Column, /) -> list[bytes]:
        """The last components of many paths."""
        ...

    def child(self, above: int | None, name: bytes, /) -> int | None:
        """The path of a name in a folder, in the root for None; None if there is none."""
        ...


class Copies(Protocol):
    """Stored copies of files, one item each in every column: `StoredFiles`."""

    @property
    def path_ids(self) -> Column:
        """The stack's number of the path at which the bytes are counted; int32."""
        ...

    @property
    def bytes(self) -> Column:
        """Bytes of the content of each copy; int64."""
        ...

    @property
    def hidden(self) -> Column:
        """Whether the top view shows no name of the copy; bool."""
        ...


class Groups(NamedTuple):
    """What each copy belongs to: its layer, or its kind."""

    numbers: Column
    """One integer per copy, from 0, of any dtype."""
    names: Sequence[str]
    """The group of each number."""


class SizeTree:
    """The folders and files that take bytes, as nodes. Split by groups, there is a tree of folders for each group.

    One item per node: ``path_ids`` (int32) are the stack's path numbers, -1 for everything and for a whole group; ``groups``
    (int32) are numbers of groups, -1 without; ``parents`` (int32) are nodes, -1 for TOP; ``sizes`` and ``hidden`` (int64) are
    bytes at and below the node; ``first`` and ``end`` (int32) are its range of ``copies`` (int32), which has the numbers of
    all copies that take bytes, by group and in tree order.
    """

    def __init__(self, stack: PathTree, copies: Copies, split: Groups | None = None) -> None:
        """A tree of all copies, or with `split` one of each group's."""
        taken = np.flatnonzero(copies.bytes)
        # One number for a group and a path in it, in tree order; a group itself comes before its paths.
        paths = len(stack.depth) + 1
        keys = copies.path_ids[taken].astype(np.int64) + 1
        if split is not None:
            keys += split.numbers[taken].astype(np.int64) * paths
        order = np.argsort(keys, kind="stable")
        keys, taken = keys[order], taken[order]
        nodes = _with_folders(keys, stack.parent, paths)
        group, path_id = np.divmod(nodes, paths)
        whole = nodes - path_id  # of the group itself
        end = np.where(path_id == 0, paths, stack.end[path_id - 1] + 1)
        above = np.searchsorted(nodes, whole + np.where(path_id == 0, 0, stack.parent[path_id - 1] + 1))
        self.is_split = split is not None
        if split is None and len(nodes):  # the one group is everything
            lead: list[tuple[int, int, int]] = []
            above[0], group[:] = -1, -1
        else:
            lead = [(-1, 0, len(keys))]
            above = np.where(path_id == 0, 0, above + 1)
        self.path_ids = _column([-1 for _ in lead], path_id - 1)
        self.groups = _column([-1 for _ in lead], group)
        self.parents = _column([one[0] for one in lead], above)
        self.first = _column([one[1] for one in lead], np.searchsorted(keys, nodes))
        self.end = _column([one[2] for one in lead], np.searchsorted(keys, whole + end))
        self.copies = taken.astype(np.int32)
        size = copies.bytes[taken]
        self.sizes = _sums(size, self.first, self.end)
        self.hidden = _sums(size * copies.hidden[taken], self.first, self.end)
        self._sorted = _largest_first(self.parents[1:], self.sizes[1:]).astype(np.int32) + 1
        self._starts = np.zeros(len(self) + 1, np.int32)
        np.cumsum(np.bincount(self.parents[1:], minlength=len(self)), out=self._starts[1:])

    def __len__(self) -> int:
        return len(self.path_ids)

    def children(self, node: int = TOP) -> Column:
        """The nodes directly in a node, the largest first, of the same size in tree order; none for a file."""
        return self._sorted[self._starts[node] : self._starts[node + 1]]

    def are_folders(self, nodes: Column) -> Column:
        """Which of these nodes have children."""
        found: Column = self._starts[nodes + 1] > self._starts[nodes]
        return found

    def own_bytes(self, node: int) -> int:
        """Bytes at the path itself: those of a file; of a folder those of a file that was there in another layer."""
        return int(self.sizes[node] - self.sizes[self.children(node)].sum())


class GroupedBytes:
    """Bytes of the nodes of a tree, by group."""

    def __init__(self, tree: SizeTree, copies: Copies, groups: Groups) -> None:
        self._tree, self._count = tree, len(groups.names)
        mine = groups.numbers[tree.copies]
        order = np.argsort(mine.astype(np.uint16), kind="stable")  # a radix sort
        self._keys = mine[order].astype(np.int64) * len(order) + order
        self._running = _running(copies.bytes[tree.copies[order]])

    def of(self, nodes: Column) -> Column:
        """Bytes as int64: one row per node, one column per group."""
        groups = np.arange(self._count, dtype=np.int64) * len(self._keys)
        first, end = self._tree.first[nodes], self._tree.end[nodes]
        low, high = (np.searchsorted(self._keys, groups + bound[:, np.newaxis]) for bound in (first, end))
        found: Column = self._running[high] - self._running[low]
        return found


def _with_folders(keys: Column, parent: Column, paths: int) -> Column:
    """The keys of paths, ascending and each once, with those of the folders above and of the groups: see `SizeTree`."""
    found = level = keys[_differs(keys)]
    while len(level):
        group, path_id = np.divmod(level, paths)
        inside = path_id > 0
        level = group[inside] * paths + parent[path_id[inside] - 1] + 1
        level = np.sort(level[_differs(level)])  # most of a folder's files follow each other
        level = level[_differs(level)]
        found = np.concatenate([found, level])
    found = np.sort(found, kind="stable")  # a few sorted runs, which a stable sort merges
    return found[_differs(found)]


def _differs(column: Column) -> Column:
    """Which items differ from the one before."""
    found = np.ones(len(column), np.bool_)
    np.not_equal(column[1:], column[:-1], out=found[1:])
    return found


def _sums(sizes: Column, first: Column, end: Column) -> Column:
    """The bytes of ranges of copies."""
    running = _running(sizes)
    found: Column = running[end] - running[first]
    return found


def _running(sizes: Column) -> Column:
    """The bytes before each item, and before the end."""
    running = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=running[1:])
    return running


def _column(first: Sequence[int], others: Column) -> Column:
    return np.concatenate([np.array(first, np.int32), others.astype(np.int32)])


def _largest_first(parents: Column, sizes: Column) -> Column:
    """The items sorted by parent, then from the largest size down; of the same size in their order."""
    largest = int(sizes.max(initial=0))
    bits = largest.bit_length()
    if bits + len(parents).bit_length() < 63:  # in one number, sorted in a third of the time
        return np.argsort((parents.astype(np.int64) << bits) + (largest - sizes), kind="stable")
    return np.lexsort((-sizes, parents))
