"""Computes which entries of a View are rows, and in which order, from indices, without an object for each entry.

A View is in tree order, so a folder's subtree is one range of indices, and folding, filtering and sorting need only a
few arrays. `shown` has the visible indices in tree order; `rows` has the same in the order of the screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from layertui.core.layers.stack.view import View

Column = np.ndarray[Any, Any]

DIR = int(Kind.DIR)
OPEN_BY_ITSELF = 2000
"""The number of matches up to which the folders above them are unfolded; more would only be scrolled through."""

FEW = 64
"""The number of open folders up to which each is walked; for more, the whole column of ends is faster."""


class TreeRows:
    """The rows of one View.

    `unfolded` says for each entry whether it is an unfolded folder. With a mask only its entries are shown, with the
    folders above them, which are unfolded automatically.
    """

    def __init__(self, view: View, unfolded: Column, *, mask: Column | None = None, order: str = "name") -> None:
        self.view = view
        self.count = len(view)
        self.depth: Column = np.asarray(view.depth)
        self.unfolded = unfolded
        self.mask = mask
        self.order = order
        self.kept: Column | None = None
        if mask is not None:
            self._keep(mask)
        self.shown = self._within(0, self.count, 1)
        self.rows = self._ordered(self.shown)

    # Columns that the first rows do not need: for a million entries each takes longer than a frame.

    @property
    def end(self) -> Column:
        return np.asarray(self.view.end)

    @property
    def parent(self) -> Column:
        return np.asarray(self.view.parent)

    def _keep(self, mask: Column) -> None:
        """Show matches, the folders above them, and, folded, everything inside a folder that matches."""
        running = np.zeros(self.count + 1, np.int64)
        np.cumsum(mask, out=running[1:])
        below = running[self.end] - running[1 : self.count + 1]
        has = mask | (below > 0)
        covers = np.flatnonzero(mask & (self.end > np.arange(self.count) + 1))
        self.kept = has | self._covered(covers, 0, self.count)
        if running[-1] <= OPEN_BY_ITSELF:
            self.unfolded = below > 0

    def _covered(self, folders: Column, low: int, high: int) -> Column:
        """For each index from `low` to `high` whether it is strictly inside one of the folders."""
        if not len(folders):
            return np.zeros(high - low, bool)
        ends = self.view.ends_of(folders)
        edges = np.bincount(folders + 1 - low, minlength=high - low + 1)
        edges -= np.bincount(np.minimum(ends, high) - low, minlength=high - low + 1)
        covered: Column = np.cumsum(edges[: high - low]) > 0
        return covered

    def _within(self, low: int, high: int, depth: int) -> Column:
        """The visible indices from `low` to `high`, if the folder that contains them is unfolded; `depth` is the top's."""
        open_ = np.flatnonzero(self.unfolded[low:high]) + low
        if len(open_) <= FEW:
            show = self._walked(low, high, depth, open_)
            return show if self.kept is None else show[self.kept[show]]
        shut = np.empty(0, np.int64)
        if not self.unfolded[low:high].all():
            holds = self.depth[low + 1 : high] > self.depth[low : high - 1]
            shut = np.flatnonzero(holds & ~self.unfolded[low : high - 1]) + low
        if not len(shut):
            return np.arange(low, high) if self.kept is None else np.flatnonzero(self.kept[low:high]) + low
        mask = ~self._covered(shut, low, high)
        if self.kept is not None:
            mask &= self.kept[low:high]
        return np.flatnonzero(mask) + low

    def _walked(self, low: int, high: int, depth: int, open_: Column) -> Column:
        """The indices at the top, and in each of the few visible unfolded folders."""
        pieces = [low + np.flatnonzero(self.depth[low:high] == depth)]
        showing: set[int] = set()
        for index in open_.tolist():  # in tree order, so a folder comes before its subfolders
            deep = int(self.depth[index])
            if deep == depth or self.view.parent_of(index) in showing:
                showing.add(index)
                end = self.view.end_of(index)
                pieces.append(index + 1 + np.flatnonzero(self.depth[index + 1 : end] == deep + 1))
        return np.sort(np.concatenate(pieces))

    def __len__(self) -> int:
        return len(self.rows)

    def at(self, row: int) -> int:
        """The index in the View of a row."""
        return int(self.rows[row])

    def row_of(self, index: int) -> int | None:
        """The row of an index of the View, None if it is not visible."""
        if self.rows is self.shown:
            row = int(np.searchsorted(self.rows, index))
            return row if row < len(self.rows) and self.rows[row] == index else None
        found = np.flatnonzero(self.rows == index)
        return int(found[0]) if len(found) else None

    def nearest(self, index: int) -> int:
        """The row of an index, or of the nearest visible folder above it."""
        while index >= 0 and len(self.rows):
            row = self.row_of(index)
            if row is not None:
                return row
            index = self.view.parent_of(index)
        return 0

    def is_folder(self, index: int) -> bool:
        """Whether it can be unfolded."""
        return int(self.view.kind[index]) == DIR

    def is_open(self, index: int) -> bool:
        """Whether it is unfolded and has visible children."""
        return bool(self.unfolded[index]) and self.has_inside(index)

    def sign(self, index: int) -> str:
        """The sign before a name: an unfolded folder, a folded one, or nothing to unfold."""
        if not self.is_folder(index) or not self.has_inside(index):
            return "  "
        return "▾ " if self.unfolded[index] else "▸ "

    def has_inside(self, index: int) -> bool:
        """Whether there is anything to unfold."""
        return index + 1 < self.count and bool(self.depth[index + 1] > self.depth[index])

    def set_open(self, index: int, is_open: bool) -> None:
        """Fold or unfold one folder. Only the range of its indices is recomputed."""
        if bool(self.unfolded[index]) == is_open:
            return
        self.unfolded[index] = is_open
        end = self.view.end_of(index)
        before = int(np.searchsorted(self.shown, index, "right"))
        if not before or self.shown[before - 1] != index:
            return  # it is not visible, so nothing in it is
        after = int(np.searchsorted(self.shown, end))
        inside = self._within(index + 1, end, int(self.depth[index]) + 1) if is_open else self.shown[:0]
        self.shown = np.concatenate([self.shown[:before], inside, self.shown[after:]])
        if self.order == "name":
            self.rows = self.shown
        else:  # a folder's rows are consecutive in any order
            first = int(np.flatnonzero(self.rows == index)[0]) + 1
            rows = self.rows[:first], self._ordered(inside), self.rows[first + after - before :]
            self.rows = np.concatenate(rows)

    def open_around(self, index: int) -> None:
        """Unfold every folder above an index, so that it is visible."""
        around: list[int] = []
        at = self.view.parent_of(index)
        while at >= 0:
            around.append(at)
            at = self.view.parent_of(at)
        for folder in reversed(around):
            self.set_open(folder, is_open=True)

    def set_all(self, is_open: bool) -> None:
        """Fold or unfold everything."""
        self.unfolded[:] = is_open
        self.shown = self._within(0, self.count, 1)
        self.rows = self._ordered(self.shown)

    def next_match(self, row: int, by: int) -> int | None:
        """The next or previous row that matches, cyclically; folders above it are unfolded."""
        if self.mask is None or not len(self.rows):
            return None
        if self.order == "name":
            fits = np.flatnonzero(self.mask)
            if not len(fits):
                return None
            index = self.at(row) if row >= 0 else -1
            at = int(np.searchsorted(fits, index, "right" if by > 0 else "left"))
            found = int(fits[(at if by > 0 else at - 1) % len(fits)])
            self.open_around(found)
            return self.row_of(found)
        fits = np.flatnonzero(self.mask[self.rows])
        if not len(fits):
            return None
        at = int(np.searchsorted(fits, row, "right" if by > 0 else "left"))
        return int(fits[(at if by > 0 else at - 1) % len(fits)])

    def _ordered(self, shown: Column) -> Column:
        """The visible rows of one folder, or of all, with each folder's entries in the requested order, with their subtrees."""
        if self.order == "name" or len(shown) < 2:
            return shown
        count = len(shown)
        depth = self.depth[shown]
        parent = np.searchsorted(shown, self.parent[shown]).astype(np.int32)
        parent[depth == depth[0]] = -1
        position = self._offsets(shown, parent)  # first relative to the folder's first row, then to the top
        levels = np.argsort(depth, kind="stable").astype(np.int32)
        bounds = np.flatnonzero(np.diff(depth[levels])) + 1
        for level in np.split(levels, bounds)[1:]:
            position[level] += position[parent[level]] + 1
        rows = np.empty(count, shown.dtype)
        rows[position] = shown
        return rows

    def _offsets(self, shown: Column, parent: Column) -> Column:
        """How many rows of its own folder, with their subtrees, come before each row in the requested order.

        Every column here has one item per row; none is wider than necessary or kept longer.
        """
        by_folder = np.lexsort((self._keys(shown), parent)).astype(np.int32)  # stable: equal ones are ordered by name
        weight = np.searchsorted(shown, self.end[shown]).astype(np.int32) - np.arange(len(shown), dtype=np.int32)
        weight = weight[by_folder]
        before = np.cumsum(weight, dtype=np.int32) - weight
        folders = parent[by_folder]
        first = np.flatnonzero(np.append(True, folders[1:] != folders[:-1]))
        before -= np.repeat(before[first], np.diff(np.append(first, len(shown))))
        offsets = np.empty(len(shown), np.int32)
        offsets[by_folder] = before
        return offsets

    def _keys(self, shown: Column) -> Column:
        if self.order == "size":
            return -np.asarray(self.view.total)[shown]
        if self.order == "time":
            return -self.view.stack.column("mtime", self.view.shown[shown])
        if self.order == "layer":
            return -np.asarray(self.view.layer)[shown]
        change: Column = np.asarray(self.view.change)[shown]
        return np.where(change == 0, 9, change)
