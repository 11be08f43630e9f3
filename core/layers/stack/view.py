"""A View of a stack: the files as of a layer, of one layer alone, or the changes of some layers; in tree order.

A View is only a list of row numbers; another layer is another list.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.errors import NotFound, UnsafePath
from layertui.core.fs.symlink_walk import WalkStep, follow_links
from layertui.core.language.texts import tr
from layertui.core.layers.table.columns import Column, numbers_in
from layertui.core.layers.table.entry import Change, Entry, Kind
from layertui.core.layers.table.layer_table import HARDLINK, IMPLIED, NEVER, OPAQUE
from layertui.core.layers.table.path_keys import key_of, path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from layertui.core.layers.stack.timeline import Timeline

ROOT = -1  # the index of "/", which has no row
_BATCH = 1 << 14  # rows: large enough for numpy to be faster
_FEW = 16  # up to one row in this many, a search is faster than counting all


class View:
    """Rows of a stack, in tree order; each index below is into these.

    One item per entry: ``path_ids`` (int32) are the stack's path numbers, ascending. ``shown`` (int64) are
    the stack's rows whose attributes are shown, ``own`` (int64) those that the view is about: they differ where a
    layer's row has no attributes (an implied folder, a whiteout). ``change`` (uint8) has `Change` numbers.
    """

    def __init__(
        self,
        stack: Timeline,
        number: int,
        shown: Column,
        change: Column,
        *,
        own: Column | None = None,
        alone: bool = False,
    ) -> None:
        self.stack = stack
        self.upto = number
        self.is_alone = alone
        self.shown = shown
        self.own = shown if own is None else own
        self.path_ids = stack.path_id[self.own]
        self.change = change

    def __len__(self) -> int:
        return len(self.path_ids)

    def __iter__(self) -> Iterator[Entry]:
        return map(self.entry, range(len(self)))

    @cached_property
    def kind(self) -> Column:
        """uint8: a `Kind`, one a row, as in all columns below."""
        kinds: Column = self.stack.kind[self.shown]
        kinds[kinds == Kind.PLACE] = Kind.DIR
        return kinds

    @cached_property
    def size(self) -> Column:
        """int64: bytes of regular files (for a hard link, of its inode), else 0."""
        size: Column = np.where(self.kind == Kind.FILE, self.stack.size[self.shown], 0)
        return size

    @cached_property
    def layer(self) -> Column:
        """int32: the layer that each row comes from, from 1 at the bottom."""
        if self.is_alone:
            return np.full(len(self), self.upto, np.int32)
        return self.stack.layer[self.shown]

    @cached_property
    def depth(self) -> Column:
        """int16: the number of components of each path, 1 at the top."""
        depth: Column = self.stack.depth[self.path_ids]
        return depth

    @cached_property
    def end(self) -> Column:
        """int32: the row after the last one of each row's subtree."""
        end: Column = self._before[self.stack.end[self.path_ids]]
        return end

    @cached_property
    def parent(self) -> Column:
        """int32: the row of the folder around each row, ROOT at the top."""
        above = self.stack.parent[self.path_ids]
        at = self._before[above]
        known = (above >= 0) & (self._before[above + 1] > at)
        parent: Column = np.where(known, at, ROOT)
        return parent

    @cached_property
    def _before(self) -> Column:
        """For each path of the stack, and for the end, the number of rows before it: a search for each row was noticeably slow."""
        before = np.zeros(len(self.stack.depth) + 1, np.int32)
        before[self.path_ids + 1] = 1
        return np.cumsum(before, dtype=np.int32)

    @cached_property
    def total(self) -> Column:
        """int64: bytes of a file, or of all files in a folder, each inode once."""
        total: Column = self._running[self.end] - self._running[:-1]
        return total

    @property
    def total_size(self) -> int:
        """Bytes of all files, each inode once."""
        return int(self._running[-1])

    def total_of(self, index: int) -> int:
        """`total` of one row: a screen needs a few dozen, not the whole column."""
        return int(self._running[self.end_of(index)] - self._running[index])

    def end_of(self, index: int) -> int:
        return int(np.searchsorted(self.path_ids, self.stack.end[self.path_ids[index]]))

    def ends_of(self, indexes: Column) -> Column:
        """`end` of some rows, int32 or int64: for few, without making the column."""
        if len(indexes) * _FEW > len(self):
            return self.end[indexes]
        ends: Column = np.searchsorted(self.path_ids, self.stack.end[self.path_ids[indexes]])
        return ends

    def parent_of(self, index: int) -> int:
        above = int(self.stack.parent[self.path_ids[index]])
        at = int(np.searchsorted(self.path_ids, above)) if above >= 0 else len(self)
        return at if at < len(self) and self.path_ids[at] == above else ROOT

    @cached_property
    def _running(self) -> Column:
        """The bytes before each row, and before the end."""
        running = np.zeros(len(self) + 1, np.int64)
        np.multiply(self.stack.size[self.shown], self.counted, out=running[1:])
        np.cumsum(running, out=running)
        return running

    @cached_property
    def counted(self) -> Column:
        """bool: whether the bytes of a row are counted: regular files, the first name of each inode."""
        counts: Column = (self.kind == Kind.FILE) & (self.change != Change.REMOVED)
        for index, (_, first) in self._links.items():
            if first != index:
                counts[index] = False
        return counts

    @cached_property
    def _links(self) -> dict[int, tuple[int, int]]:
        """For each hard link its inode's row, and the index of the inode's first visible name."""
        links = np.flatnonzero(self.stack.flags[self.shown] & HARDLINK)
        if not len(links):
            return {}
        inodes = self.stack.inode[self.shown[links]]
        carrier = np.searchsorted(self.path_ids, self.stack.path_id[inodes])
        first: dict[int, int] = {}
        found: dict[int, tuple[int, int]] = {}
        for index, inode, at in zip(links.tolist(), inodes.tolist(), carrier.tolist(), strict=True):
            if at < len(self) and self.shown[at] == inode:
                first[inode] = at
            found[index] = (inode, first.setdefault(inode, index))
        return found

    def name(self, index: int) -> str:
        """The last component of a row's path; empty for ROOT."""
        if index == ROOT:
            return ""
        return self.stack.name(int(self.path_ids[index])).decode("utf-8", "surrogateescape")

    def keys(self) -> Iterator[bytes]:
        """The keys of all rows, in order, made one at a time: long paths take more memory than all columns."""
        stack = self.stack
        # By depth, the key of the last row: in tree order these include all folders above a row.
        way = [b""] * (int(self.depth.max(initial=0)) + 1)
        for start in range(0, len(self), _BATCH):
            rows = slice(start, start + _BATCH)
            path_ids = self.path_ids[rows]
            columns = (path_ids, self.parent[rows], self.depth[rows])
            for name, path_id, parent, depth in zip(
                stack.names(path_ids), *(column.tolist() for column in columns), strict=True
            ):
                way[depth] = stack.key(path_id) if parent == ROOT else way[depth - 1] + b"\0" + name
                yield way[depth]

    def paths(self, spell: Callable[[str], str]) -> list[str]:
        """The absolute paths of all rows, in order, as written by `spell`, which gets many names at once, joined by slashes."""
        if not len(self):
            return []
        stack = self.stack
        names = spell(b"/".join(stack.names(self.path_ids)).decode("utf-8", "surrogateescape")).split("/")
        paths: list[str] = []
        for name, path_id, parent in zip(names, self.path_ids.tolist(), self.parent.tolist(), strict=True):
            paths.append(spell(stack.path(path_id)) if parent == ROOT else f"{paths[parent]}/{name}")
        return paths

    def paths_of(self, indexes: Column) -> list[str]:
        """The absolute paths of some rows; that of a folder above several of them is made once."""
        stack, path_ids = self.stack, self.path_ids[indexes]
        above: list[int] = stack.parent[path_ids].tolist()
        folders = {path_id: stack.path(path_id) if path_id >= 0 else "" for path_id in set(above)}
        names = (name.decode("utf-8", "surrogateescape") for name in stack.names(path_ids))
        return [f"{folders[path_id]}/{name}" for path_id, name in zip(above, names, strict=True)]

    def path(self, index: int) -> str:
        """The absolute path of a row."""
        return "/" if index == ROOT else self.stack.path(int(self.path_ids[index]))

    def entry(self, index: int) -> Entry:
        """A row as a value. A removed row has the attributes of what was removed, where known."""
        at, own = int(self.shown[index]), int(self.own[index])
        entry = self.stack.entry(at, Change(int(self.change[index])))
        linked = self._links.get(index)
        if linked is not None:
            first = linked[1]
            to = None if first == index else self.path(first)
            if linked[0] == at:  # no layer has the inode
                to = entry.hardlink_to
            entry = replace(entry, hardlink_to=to)
        opaque = self.is_alone and bool(self.stack.flags[own] & OPAQUE)
        layer = int(self.layer[index])
        if entry.opaque != opaque or entry.layer != layer or entry.kind is Kind.PLACE:
            kind = Kind.DIR if entry.kind is Kind.PLACE else entry.kind
            entry = replace(entry, opaque=opaque, layer=layer, kind=kind)
        return entry

    def find(self, path: str) -> int | None:
        """The index of an absolute path, taken literally; ROOT for ``/``; None if it is not visible."""
        return self._find(key_of(path))

    def get(self, path: str) -> Entry | None:
        """The entry at an absolute path, taken literally; None if it is not visible."""
        index = self.find(path)
        if index is None:
            return None
        return ROOT_ENTRY if index == ROOT else self.entry(index)

    def children(self, index: int = ROOT) -> Column:
        """int64: the indexes of a folder's direct children, in tree order."""
        first, end = (0, len(self)) if index == ROOT else (index + 1, int(self.end[index]))
        depth = 1 if index == ROOT else int(self.depth[index]) + 1
        return first + np.flatnonzero(self.depth[first:end] == depth)

    def resolve(self, path: str, *, follow: bool = True, chroot: bool = False) -> Entry:
        """The entry that a path leads to, symlinks followed inside the image.

        With ``follow`` false a symlink at the very end is returned itself. Raises NotFound if there is
        no such path, or for a loop, and UnsafePath for a link that leads outside; with ``chroot`` `..` at
        the root stays there, as for a process in a container.
        """

        def look(way: Sequence[int], name: str, more: bool) -> WalkStep[int]:  # noqa: FBT001
            above = int(self.path_ids[way[-1]]) if way else None
            index = self._at(self.stack.child(above, name.encode("utf-8", "surrogateescape")))
            if index is None:
                raise NotFound(tr("{path}: no such file or directory in the image", path=path))
            kind = int(self.kind[index])
            if more and kind not in (Kind.DIR, Kind.SYMLINK):
                raise NotFound(tr("{path}: {path2} is not a directory", path=path, path2=self.path(index)))
            return WalkStep(index, (self.entry(index).link or "") if kind == Kind.SYMLINK else None)

        def above_root() -> None:
            if not chroot:
                raise UnsafePath(tr("{path}: a link in it leads outside the image", path=path))

        try:
            way = follow_links(path_of(key_of(path)), look, follow=follow, above_root=above_root)
        except OSError:
            raise NotFound(tr("{path}: too many levels of symbolic links", path=path)) from None
        return self.entry(way[-1]) if way else ROOT_ENTRY

    def _find(self, key: bytes) -> int | None:
        return self._at(self.stack.find(key)) if key else ROOT

    def _at(self, path_id: int | None) -> int | None:
        """The index of a path of the stack; None if it is not visible."""
        if path_id is None:
            return None
        at = int(np.searchsorted(self.path_ids, path_id))
        return at if at < len(self) and self.path_ids[at] == path_id else None


ROOT_ENTRY = Entry(path="/", kind=Kind.DIR, mode=0o755, uid=0, gid=0, size=0, mtime=0)


def as_of(stack: Timeline, upto: int | None, *, since: int | None, removed: bool) -> View:
    """See `Stack.view`."""
    number = len(stack) if upto is None else upto
    if number:
        stack.check(number)
    base = max(number - 1, 0) if since is None else since
    shown = np.flatnonzero((stack.born <= number) & (number < stack.gone))
    change = _changes(stack, shown, base)
    if removed:
        lost = np.flatnonzero((stack.born <= base) & (base < stack.gone) & (stack.gone <= number))
        lost = lost[stack.visible(stack.path_id[lost], number) < 0]
        both = np.concatenate([shown, lost])
        order = np.argsort(both, kind="stable")
        change = np.concatenate([change, np.full(len(lost), Change.REMOVED, np.uint8)])[order]
        shown = both[order]
    return View(stack, number, shown, change)


def some_of(stack: Timeline, shown: Column, upto: int) -> View:
    """Some rows (int64, ascending) of the view as of layer ``upto``, as a view of their own, in which a hard link cannot be distinguished from a first name."""
    return View(stack, upto, shown, _changes(stack, shown, max(upto - 1, 0)))


def alone(stack: Timeline, number: int) -> View:
    """See `Stack.alone`."""
    stack.check(number)
    own = np.flatnonzero(stack.layer == number)
    kind, path_id = stack.kind[own], stack.path_id[own]
    partial = (kind == Kind.PLACE) | ((stack.flags[own] & IMPLIED) != 0)
    below = stack.visible(path_id, np.where(kind == Kind.WHITEOUT, number - 1, number))
    shown = np.where((partial | (kind == Kind.WHITEOUT)) & (below >= 0), below, own)
    change = _changes(stack, shown, number - 1)
    change[kind == Kind.WHITEOUT] = Change.REMOVED
    is_folder = (below >= 0) & (stack.kind[np.maximum(below, 0)] == Kind.DIR) if len(own) else partial
    made = (kind != Kind.PLACE) | is_folder
    return View(stack, number, shown[made], change[made], own=own[made], alone=True)


def span(stack: Timeline, low: int, high: int) -> View:
    """See `Stack.span`."""
    stack.check(low)
    stack.check(high)
    whole = as_of(stack, high, since=low - 1, removed=True)
    keep = whole.change != Change.UNCHANGED
    parent = whole.parent
    rising = np.unique(parent[keep])
    while len(rising):
        rising = rising[(rising >= 0)]
        rising = rising[~keep[rising]]
        keep[rising] = True
        rising = np.unique(parent[rising])
    return View(stack, high, whole.shown[keep], whole.change[keep])


def _changes(stack: Timeline, shown: Column, base: int) -> Column:
    """The change at each row's path since layer ``base``."""
    change: Column = np.zeros(len(shown), np.uint8)
    new = np.flatnonzero(((stack.born > base) & (stack.born != NEVER))[shown])
    before = stack.visible(stack.path_id[shown[new]], base)
    change[new] = np.where(before < 0, Change.ADDED, Change.MODIFIED)
    pairs = new[before >= 0]
    change[pairs[same_folder(stack, shown[pairs], before[before >= 0])]] = Change.UNCHANGED
    return change


def same_folder(stack: Timeline, rows: Column, before: Column) -> Column:
    """Which of these pairs of the stack's rows are folders that differ in nothing but their times; bool."""
    same: Column = (stack.kind[rows] == Kind.DIR) & (stack.kind[before] == Kind.DIR)
    for name in ("mode", "uid", "gid"):
        at = np.flatnonzero(same)
        same[at] = stack.column(name, rows[at]) == stack.column(name, before[at])
    concerned = numbers_in(stack.layer[np.concatenate([rows, before])])
    if any(len(stack.table(number).xattrs) for number in concerned):
        for pair in np.flatnonzero(same).tolist():
            same[pair] = _attributes(stack, int(rows[pair])) == _attributes(stack, int(before[pair]))
    return same


def _attributes(stack: Timeline, at: int) -> dict[str, bytes]:
    table = stack.table(int(stack.layer[at]))
    return dict(table.attributes(int(stack.row[at])))
