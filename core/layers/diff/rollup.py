"""The changed paths as a tree, with the number of changes and of changed bytes in each folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.layers.table.entry import Change
from layertui.core.layers.table.tree_order import tree_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from layertui.core.layers.diff.file_changes import Changes
    from layertui.core.layers.table.columns import Column

ROOT = -1
_WORTH = 0.05  # of all bytes: a smaller folder gets no bar of its own in a chart


@dataclass(frozen=True, slots=True)
class BytePair:
    """The changed bytes at a path and below it."""

    added: int
    modified: int
    removed: int
    before: int
    """Bytes of the left side's files that were removed or have other content now."""
    after: int
    """Bytes of the right side's files that were added or have other content now."""

    @property
    def difference(self) -> int:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class FolderBytes:
    """One bar of a chart of changed bytes."""

    path: str
    before: int
    after: int
    rest: bool = False
    """Only what is in this folder, and not in folders below it that have a bar of their own."""


class Rollup:
    """The changed paths and the folders above them, one row each, in tree order.

    ``change`` is the index into the changes, -1 for a folder above some; ``depth``, ``parent`` (ROOT at the top) and ``end``
    of its subtree, exclusive, are rows. All are columns: a million changes need no million objects.
    """

    def __init__(self, changes: Changes) -> None:
        self.changes = changes
        lineup = changes.lineup
        found = [changes.paths]
        while len(above := np.unique(lineup.parents(found[-1]))) and above[-1] >= 0:
            found.append(above[above >= 0])
        self._paths = lineup.ordered(np.unique(np.concatenate(found)))
        self.depth = lineup.depth(self._paths)
        self.parent, self.end = tree_shape(self.depth)
        changed = np.isin(self._paths, changes.paths)
        # Both are in tree order, so the changes are in the order of the rows.
        self.change = np.where(changed, np.cumsum(changed) - 1, -1)

    def __len__(self) -> int:
        return len(self._paths)

    def name(self, row: int) -> str:
        """The last component of a row's path."""
        return self.changes.lineup.name(int(self._paths[row])).decode("utf-8", "surrogateescape")

    def names(self, rows: Column) -> list[bytes]:
        """The last components of the paths of many rows."""
        return [self.changes.lineup.name(path) for path in self._paths[rows].tolist()]

    def child(self, row: int | None, name: bytes) -> int | None:
        """The row of a name in a folder, at the top for None; None if there is none."""
        children = self.children(ROOT if row is None else row)
        return next(
            (one for one, found in zip(children.tolist(), self.names(children), strict=True) if found == name), None
        )

    def path(self, row: int) -> str:
        """The absolute path of a row."""
        return "/" if row == ROOT else self.changes.lineup.text(int(self._paths[row]))

    def children(self, row: int = ROOT) -> Column:
        """The rows directly below one, int64, ascending."""
        first, end, depth = (0, len(self), 1) if row == ROOT else (row + 1, self.end[row], self.depth[row] + 1)
        return first + np.flatnonzero(self.depth[first:end] == depth)

    def weight(self, row: int = ROOT) -> BytePair:
        """The changed bytes at a row and below it; for ROOT, all."""
        first, end = (0, len(self)) if row == ROOT else (row, self.end[row])
        return BytePair(*(int(sums[end] - sums[first]) for sums in self._sums))

    def heaviest(self, most: int = 8) -> list[FolderBytes]:
        """The folders with most changed bytes, largest first: at most ``most``, which together are all bytes."""
        bars = (bar for bar in self._split(most) if bar.before + bar.after)
        return sorted(bars, key=lambda bar: (-(bar.before + bar.after), bar.path))

    @cached_property
    def _sums(self) -> tuple[Column, ...]:
        """Running sums, with one item more than rows."""
        changes = self.changes
        kinds = [changes.kind == kind for kind in (Change.ADDED, Change.MODIFIED, Change.REMOVED)]
        return tuple(map(self._running, (*kinds, changes.before, changes.after)))

    def _running(self, numbers: Column) -> Column:
        sums = np.zeros(len(self) + 1, np.int64)
        sums[1:][self.change >= 0] = numbers
        return np.cumsum(sums)

    def _split(self, most: int) -> list[FolderBytes]:
        """Start with one folder for everything, and split the largest as long as there may be more."""
        least = max(1, round(_WORTH * _bytes(self.weight())))
        whole: dict[int, BytePair] = {ROOT: self.weight()}
        rest: dict[int, BytePair] = {}
        while whole:
            row = max(whole, key=lambda at: _bytes(whole[at]))
            parts = self._parts(row, lambda weight: _bytes(weight) >= least)
            if len(whole) + len(rest) + len(parts) > most:
                break
            left = _less(whole.pop(row), parts.values())
            whole |= parts
            if _bytes(left) or not parts:
                rest[row] = left
        bars = [self._bar(row, weight, rest=False) for row, weight in whole.items()]
        return bars + [
            self._bar(row, weight, rest=_bytes(weight) < _bytes(self.weight(row))) for row, weight in rest.items()
        ]

    def _parts(self, row: int, wanted: Callable[[BytePair], bool]) -> dict[int, BytePair]:
        folders = (child for child in self.children(row).tolist() if self.end[child] > child + 1)
        return {child: weight for child in folders if wanted(weight := self.weight(child))}

    def _bar(self, row: int, weight: BytePair, *, rest: bool) -> FolderBytes:
        return FolderBytes(self.path(row), weight.before, weight.after, rest)


def _bytes(weight: BytePair) -> int:
    return weight.before + weight.after


def _less(weight: BytePair, parts: Iterable[BytePair]) -> BytePair:
    names = ("added", "modified", "removed", "before", "after")
    parts = list(parts)
    return BytePair(*(getattr(weight, name) - sum(getattr(part, name) for part in parts) for name in names))
