"""The paths that differ between two Views, as columns, so that a million changes need no million objects.

Only rows that may differ are compared: a row of a layer that is in both stacks is equal, and its content is not read.
Of the others, files of equal size are read on both sides, each pair of inodes once: neither size nor time proves that
two files are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Literal, overload

import numpy as np

from layertui.core.layers.diff.lineup import Lineup
from layertui.core.layers.table.entry import Change, Entry, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.columns import Column

ChangeKind = Literal["added", "removed", "modified"]

FIELDS = ("type", "mode", "uid", "gid", "size", "mtime", "link", "dev", "xattrs", "content")
"""The fields that can differ; the bit of a field in `Changes.fields` is 1 shifted by its index here."""

_BIT = {name: 1 << at for at, name in enumerate(FIELDS)}
_CONTENT = _BIT["content"] | _BIT["type"]
_NO_DEVICE = bytes(16)


@dataclass(frozen=True, slots=True)
class FileChange:
    """One path that differs. ``fields`` has the names of the differing fields, if it exists on both sides."""

    path: str
    kind: ChangeKind
    a: Entry | None
    b: Entry | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Differences to ignore. A path that was added or removed is never ignored."""

    time: bool = False
    owner: bool = False
    mode: bool = False

    @property
    def fields(self) -> int:
        """The ignored bits of `Changes.fields`."""
        names = (("mtime",) if self.time else ()) + (("uid", "gid") if self.owner else ())
        return sum(_BIT[name] for name in (*names, *(("mode",) if self.mode else ())))


BUT_CONTENT = ChangeFilter(time=True, owner=True, mode=True)
"""Ignores everything but content."""


class Changes(Sequence[FileChange]):
    """The paths that differ, in tree order.

    One item per path in each column: ``paths`` (int64) are numbers of the `lineup`; ``left`` and ``right`` (int32) the rows of the
    two views, -1 where a side has none; ``kind`` a `Change` number, added where only the right side has it; ``fields`` (int16)
    the bits of `FIELDS` that differ. As a sequence it gives each as a FileChange, made on access.
    """

    def __init__(self, lineup: Lineup, paths: Column, fields: Column) -> None:
        self.lineup, self.paths, self.fields = lineup, paths, fields
        self.left, self.right = lineup.left[paths], lineup.right[paths]

    def __len__(self) -> int:
        return len(self.paths)

    @overload
    def __getitem__(self, at: int) -> FileChange: ...
    @overload
    def __getitem__(self, at: slice) -> Changes: ...
    def __getitem__(self, at: int | slice) -> FileChange | Changes:
        if isinstance(at, slice):
            return Changes(self.lineup, self.paths[at], self.fields[at])
        left, right, bits = int(self.left[at]), int(self.right[at]), int(self.fields[at])
        a = self.lineup.a.entry(left) if left >= 0 else None
        b = self.lineup.b.entry(right) if right >= 0 else None
        there = a or b
        assert there is not None
        kind: ChangeKind = "modified" if a and b else "removed" if a else "added"
        return FileChange(there.path, kind, a, b, tuple(name for name in FIELDS if bits & _BIT[name]))

    @cached_property
    def kind(self) -> Column:
        """Numbers of `Change`, one a row, uint8."""
        kind: Column = np.where(
            self.right < 0, Change.REMOVED, np.where(self.left < 0, Change.ADDED, Change.MODIFIED)
        ).astype(np.uint8)
        return kind

    @cached_property
    def before(self) -> Column:
        """Bytes of the left side's file at each path, if the right side has none or other content; else 0. int64."""
        return self._bytes(self.lineup.a, self.left)

    @cached_property
    def after(self) -> Column:
        """Bytes of the right side's file at each path, if the left side has none or other content; else 0. int64."""
        return self._bytes(self.lineup.b, self.right)

    def _bytes(self, view: View, rows: Column) -> Column:
        counts = (rows >= 0) & ((self.kind != Change.MODIFIED) | ((self.fields & _CONTENT) != 0))
        found = np.zeros(len(rows), np.int64)
        found[counts] = np.where(view.counted, view.size, 0)[rows[counts]]
        return found

    def only(self, wanted: Column) -> Changes:
        """The changes for which a column of booleans is true."""
        return Changes(self.lineup, self.paths[wanted], self.fields[wanted])

    def without(self, ignored: ChangeFilter) -> Changes:
        """The changes that differ in more than what is ignored; the lengths differ by the number of ignored ones."""
        return self.only(~self._in_alone(ignored))

    def but_content(self) -> tuple[int, tuple[str, ...]]:
        """How many differ in time, owner or mode alone, and in which of these."""
        alone = self._in_alone(BUT_CONTENT)
        bits = int(np.bitwise_or.reduce(self.fields[alone], initial=0))
        words = tuple(one.name for one in fields(ChangeFilter) if ChangeFilter(**{one.name: True}).fields & bits)
        return int(alone.sum()), words

    def _in_alone(self, ignored: ChangeFilter) -> Column:
        alone: Column = (self.kind == Change.MODIFIED) & ((self.fields & ~ignored.fields) == 0)
        return alone


def changes(
    a: View,
    b: View,
    *,
    same_layers: Iterable[tuple[int, int]] = (),
    same_contents: Callable[[Column, Column], Column] | None = None,
) -> Changes:
    """The changes from ``a`` to ``b``.

    ``same_layers`` are pairs of layer numbers, left and right, that are known to be the same bytes. ``same_contents`` returns,
    for rows of the two stacks (integers; regular files of equal size), whether their contents are equal (bool); without it they count as equal.
    """
    lineup = Lineup(a, b)
    paths = lineup.paths
    left, right = lineup.left[paths], lineup.right[paths]
    fields = np.zeros(len(paths), np.int16)
    both = np.flatnonzero((left >= 0) & (right >= 0))
    alike = _Alike(a.stack, b.stack, same_layers)
    rest = both[~alike.shown(a, left[both], b, right[both])]
    fields[rest] = _Pairs(a, left[rest], b, right[rest]).fields(alike, same_contents)
    differ = (left < 0) | (right < 0) | (fields != 0)
    found = lineup.ordered(paths[differ])
    bits = np.zeros(len(lineup.left), np.int16)
    bits[paths] = fields
    return Changes(lineup, found, bits[found])


class _Alike:
    """Finds which rows of two stacks are the same row of the same layer."""

    def __init__(self, a: Timeline, b: Timeline, same_layers: Iterable[tuple[int, int]]) -> None:
        self._a, self._b = a, b
        names: dict[int, int] = {}
        self._ours, self._theirs = (
            np.array([-1, *(names.setdefault(id(layer.table), len(names)) for layer in stack.layers)])
            for stack in (a, b)
        )
        for left, right in same_layers:
            self._theirs[right] = self._ours[left]

    def shown(self, a: View, left: Column, b: View, right: Column) -> Column:
        """Whether two views show the same row of the same layer, both as a removal or not, links to the same inode."""
        ours, theirs = a.shown[left], b.shown[right]
        gone = (a.change[left] == Change.REMOVED) != (b.change[right] == Change.REMOVED)
        found: Column = ~gone & self.rows(ours, theirs) & self.rows(self._a.inode[ours], self._b.inode[theirs])
        return found

    def rows(self, ours: Column, theirs: Column) -> Column:
        same_layer = self._ours[self._a.layer[ours]] == self._theirs[self._b.layer[theirs]]
        found: Column = same_layer & (self._a.row[ours] == self._b.row[theirs])
        return found


class _Pairs:
    """Rows of two views at the same paths, for comparing their fields."""

    def __init__(self, a: View, left: Column, b: View, right: Column) -> None:
        self._sides = ((a.stack, a.shown[left]), (b.stack, b.shown[right]))
        self._kinds = tuple(
            np.where(view.change[rows] == Change.REMOVED, Kind.WHITEOUT, view.kind[rows])
            for view, rows in ((a, left), (b, right))
        )
        self._sizes = a.size[left], b.size[right]

    def fields(self, alike: _Alike, same_contents: Callable[[Column, Column], Column] | None) -> Column:
        """The bits of the fields that differ."""
        ours, theirs = self._kinds
        shown = (ours != Kind.WHITEOUT) & (theirs != Kind.WHITEOUT)
        bits = np.zeros(len(ours), np.int16)

        def mark(name: str, differs: Column) -> None:
            bits[differs] |= _BIT[name]

        (a, left), (b, right) = ((stack, _attributed(stack, rows)) for stack, rows in self._sides)
        for name in ("mode", "uid", "gid"):
            mark(name, shown & (a.column(name, left) != b.column(name, right)))
        for name in ("mtime", "mtime_ns"):
            mark("mtime", shown & (a.column(name, left) != b.column(name, right)))
        mark("type", ours != theirs)
        mark("size", shown & (self._sizes[0] != self._sizes[1]))
        mark("link", shown & self._pieces_differ("links", (Kind.SYMLINK,), b""))
        mark("dev", shown & self._pieces_differ("devices", (Kind.CHAR, Kind.BLOCK), _NO_DEVICE))
        mark("xattrs", shown & self._pieces_differ("xattrs", tuple(Kind), b""))
        files = (ours == Kind.FILE) & (theirs == Kind.FILE)
        mark("content", files & (self._sizes[0] != self._sizes[1]))
        if same_contents is not None:
            mark("content", self._contents_differ(files & (bits & _BIT["size"] == 0), alike, same_contents))
        return bits

    def _pieces_differ(self, name: str, kinds: tuple[Kind, ...], none: bytes) -> Column:
        """Whether the values of a sparse column differ; other kinds than `kinds` have none."""
        differs = np.zeros(len(self._kinds[0]), bool)
        concerned = np.isin(self._kinds[0], kinds) | np.isin(self._kinds[1], kinds)
        if name == "xattrs":
            concerned &= self._has_xattrs(0) | self._has_xattrs(1)
        at = np.flatnonzero(concerned)
        found = []
        for (stack, rows), kind in zip(self._sides, self._kinds, strict=True):
            is_one = np.isin(kind[at], kinds).tolist()
            pieces = stack.pieces(name, _attributed(stack, rows[at]))
            found.append([(piece or none) if mine else None for piece, mine in zip(pieces, is_one, strict=True)])
        differs[at] = [one != other for one, other in zip(*found, strict=True)]
        return differs

    def _has_xattrs(self, side: int) -> Column:
        stack, rows = self._sides[side]
        rows = _attributed(stack, rows)
        has = np.zeros(len(rows), bool)
        for number, layer in enumerate(stack.layers, 1):
            if len(layer.table.xattrs):
                mine = np.flatnonzero(stack.layer[rows] == number)
                has[mine] = np.isin(stack.row[rows[mine]], layer.table.xattrs.rows)
        return has

    def _contents_differ(
        self, wanted: Column, alike: _Alike, same_contents: Callable[[Column, Column], Column]
    ) -> Column:
        """Whether contents differ; hundreds of names may share one inode (busybox), so each pair of inodes is compared once."""
        (a, left), (b, right) = self._sides
        differs = np.zeros(len(wanted), bool)
        at = np.flatnonzero(wanted & (self._sizes[0] > 0))
        pairs, which = np.unique(np.stack([a.inode[left[at]], b.inode[right[at]]]), axis=1, return_inverse=True)
        same = alike.rows(*pairs)
        if not same.all():
            same[~same] = same_contents(*pairs[:, ~same])
        differs[at] = ~same[which.reshape(-1)]
        return differs


def _attributed(stack: Timeline, rows: Column) -> Column:
    """The rows that carry the attributes: for a hard link to a lower layer's inode, the inode's."""
    inodes = stack.inode[rows]
    return np.where(stack.layer[inodes] != stack.layer[rows], inodes, rows)
