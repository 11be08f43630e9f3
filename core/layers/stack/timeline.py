"""Timeline: the rows of several layer tables merged, each with the layer that adds it and the layer that hides it.

All rows of all layers are in tree order, and for one path from the lowest layer up. Paths are
numbered in this order; the number of a path is its *path ID*. Each row has two layer numbers:
`born`, the layer that adds it, and `gone`, the first layer above in which it is no longer
visible. So the view as of layer n shows the rows with ``born <= n < gone``, whatever n. Layers
are numbered from 1 at the bottom.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO, Protocol

import numpy as np

from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.core.layers.table.columns import Column, numbers_in
from layertui.core.layers.table.entry import Change, Entry
from layertui.core.layers.table.layer_table import HARDLINK, LayerTable
from layertui.core.layers.table.path_keys import path_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from layertui.core.progress import Progress

_FEW = 64  # paths, each searched for in a tenth of a millisecond
_BATCH = 1 << 14  # rows
_SOME = 8  # from one row in this many on, all rows of all tables are gathered from at once


class LayerContent(Protocol):
    """The contents of a table's files."""

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file of the table, seekable. Raises NotFound, Damaged."""
        ...


class StackLayer:
    """One layer of a stack: its table, and its contents.

    The table may be given as a function that loads it, called on first access.
    """

    __slots__ = ("_bring", "_table", "content")

    def __init__(
        self,
        table: LayerTable | Callable[[], LayerTable],
        content: LayerContent | None = None,
        bring: Callable[[Progress], None] | None = None,
    ) -> None:
        """`bring` has the bytes of a layer that is on another machine here, which else the first read does unseen."""
        self._table, self.content, self._bring = table, content, bring

    def bring(self, progress: Progress) -> None:
        """Have what its files are read from on this machine. Raises Cancelled, and what reading the layer raises."""
        if self._bring is not None:
            self._bring(progress)

    @property
    def table(self) -> LayerTable:
        """The layer's table. Raises what loading it raises."""
        if not isinstance(self._table, LayerTable):
            self._table = self._table()
        return self._table


class Timeline:
    """The rows of all layers in tree order, and in which layers each one is visible.

    `layer` to `inode` have one item per row, `depth` to `end` one per path, `start` one more.
    """

    layer: Column
    """int32: the number of the layer, from 1 at the bottom."""
    row: Column
    """int32: the row in that layer's table."""
    kind: Column
    """uint8: a `Kind`."""
    flags: Column
    """uint8: those of the table, IMPLIED to SPARSE."""
    size: Column
    """int64: bytes of a regular file; of a hard link those of its inode."""
    path_id: Column
    """int32: the number of the path, which is an index into `depth` and the other columns by path."""
    born: Column
    """int32: the first layer in which the row is visible; NEVER for a marker."""
    gone: Column
    """int32: the first layer above in which the row is no longer visible, or NEVER."""
    inode: Column
    """int32: the row that has the content: itself, except for a hard link."""
    depth: Column
    """int16: number of components of the path, 1 at the top."""
    parent: Column
    """int32: the path of the parent folder, -1 at the top."""
    end: Column
    """int32: the path after the last one of the subtree."""
    start: Column
    """int32: the first row of each path, and at the end the number of rows."""

    __slots__ = (
        "born",
        "depth",
        "end",
        "flags",
        "gone",
        "inode",
        "kind",
        "layer",
        "layers",
        "parent",
        "path_id",
        "row",
        "size",
        "start",
    )

    def __init__(self, layers: Sequence[StackLayer]) -> None:
        self.layers = tuple(layers)

    def __len__(self) -> int:
        return len(self.layers)

    def table(self, number: int) -> LayerTable:
        """The table of layer ``number``. Raises NotFound."""
        self.check(number)
        return self.layers[number - 1].table

    def check(self, number: int) -> None:
        """Raise NotFound unless there is a layer ``number``."""
        if not 1 <= number <= len(self.layers):
            raise NotFound(
                tr(
                    "no layer {number}: there are {layers}, numbered from 1 at the bottom",
                    number=number,
                    layers=len(self.layers),
                )
            )

    def entry(self, at: int, change: Change = Change.UNCHANGED) -> Entry:
        """A row as a value."""
        number = int(self.layer[at])
        entry = self.layers[number - 1].table.entry(int(self.row[at]), layer=number, change=change)
        inode = int(self.inode[at])
        if inode != at and self.layer[inode] != number:
            return _as_inode(entry, self.entry(inode))
        return entry

    def bring(self, numbers: Iterable[int | None], progress: Progress) -> None:
        """Have the bytes of these layers on this machine before files of them are opened. Raises as `StackLayer.bring`."""
        for number in sorted({number for number in numbers if number is not None}):
            self.layers[number - 1].bring(progress)

    def bring_contents(self, files: Column, progress: Progress) -> None:
        """The same for the layers that have the contents of these files, each given as a row of the stack (int64)."""
        self.bring(np.unique(self.layer[files]).tolist(), progress)

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file. Raises NotFound if no layer has it."""
        if entry.layer is None:
            raise NotFound(tr("{path} is in no layer of this stack", path=entry.path))
        layer = self.layers[entry.layer - 1]
        table, content = layer.table, layer.content
        if table.flags[entry.row] & HARDLINK and table.target[entry.row] < 0:
            at = self.at(entry)
            inode = int(self.inode[at])
            if inode == at:
                target = path_of(table.links.get(entry.row) or b"")
                raise NotFound(
                    tr("{path} is a hard link to {target}, which no layer has", path=entry.path, target=target)
                )
            return self.open(self.entry(inode))
        if content is None:
            raise NotFound(tr("the content of layer {layer} is not at hand", layer=entry.layer))
        return content.open(entry)

    def at(self, entry: Entry) -> int:
        """The row of an entry of this stack."""
        path_id = self.find(self.table(entry.layer or 0).key(entry.row))
        assert path_id is not None
        start, end = int(self.start[path_id]), int(self.start[path_id + 1])
        return start + int(np.searchsorted(self.layer[start:end], entry.layer or 0))

    def column(self, name: str, rows: Column) -> Column:
        """One of the tables' columns, for some rows of the timeline; int64, whatever the column is."""
        if len(rows) * _SOME > len(self.layer):
            whole = np.concatenate([getattr(layer.table, name) for layer in self.layers])
            return whole[self.table_rows(rows)].astype(np.int64)
        found = np.zeros(len(rows), np.int64)
        layers = self.layer[rows]
        for number in numbers_in(layers):
            mine = np.flatnonzero(layers == number)
            found[mine] = getattr(self.layers[number - 1].table, name)[self.row[rows[mine]]]
        return found

    def table_rows(self, rows: Column) -> Column:
        """Where some rows are if the rows of all tables stand one after another, from the lowest layer up; int64."""
        starts = np.cumsum([0, *(len(layer.table) for layer in self.layers)])
        at: Column = starts[self.layer[rows] - 1] + self.row[rows]
        return at

    def pieces(self, name: str, rows: Column) -> list[bytes | None]:
        """One of the tables' sparse columns, for some rows of the timeline (int64); None where it has nothing."""
        found: list[bytes | None] = [None] * len(rows)
        layers = self.layer[rows]
        for number in np.unique(layers).tolist():
            sparse = getattr(self.layers[number - 1].table, name)
            if not len(sparse):
                continue
            mine = np.flatnonzero(layers == number)
            for index, row in zip(mine.tolist(), self.row[rows[mine]].tolist(), strict=True):
                found[index] = sparse.get(row)
        return found

    def key(self, path_id: int) -> bytes:
        """The key of a path: its components, joined by NUL."""
        at = int(self.start[path_id])
        return self.layers[int(self.layer[at]) - 1].table.key(int(self.row[at]))

    def name(self, path_id: int) -> bytes:
        """The last component of a path."""
        at = int(self.start[path_id])
        return self.layers[int(self.layer[at]) - 1].table.name(int(self.row[at]))

    def names(self, path_ids: Column) -> list[bytes]:
        """The last components of many paths."""
        found = [b""] * len(path_ids)
        at = self.start[path_ids]
        layers, rows = self.layer[at], self.row[at]
        for number in numbers_in(layers):
            mine = np.flatnonzero(layers == number)
            for index, name in zip(mine.tolist(), self.layers[number - 1].table.names_of(rows[mine]), strict=True):
                found[index] = name
        return found

    def path(self, path_id: int) -> str:
        """A path as absolute text."""
        return path_of(self.key(path_id))

    def find(self, key: bytes) -> int | None:
        """The number of the path with this key, or None if no layer has it."""
        path_id = bisect_left(range(len(self.depth)), key, key=self.key)
        return path_id if path_id < len(self.depth) and self.key(path_id) == key else None

    def child(self, above: int | None, name: bytes) -> int | None:
        """The path of a name in a folder (in the root for None); None if no layer has it.

        For walking a path step by step: `find` has to compute whole keys, which are long for deep paths.
        """
        first, end = (0, len(self.depth)) if above is None else (above + 1, int(self.end[above]))
        depth = 1 if above is None else int(self.depth[above]) + 1
        children = first + np.flatnonzero(self.depth[first:end] == depth)
        at = bisect_left(children, name, key=lambda path_id: self.name(int(path_id)))
        return int(children[at]) if at < len(children) and self.name(int(children[at])) == name else None

    def visible(self, path_ids: Column, as_of: Column | int) -> Column:
        """For each path the row that is visible as of a layer (one number, or one per path), or -1; int64."""
        found = np.full(len(path_ids), -1, np.int64)
        layers = np.broadcast_to(np.asarray(as_of), len(path_ids))
        open_ = np.flatnonzero(path_ids >= 0)
        at, stop = self.start[path_ids[open_]], self.start[path_ids[open_] + 1]
        while len(open_):
            hit = (self.born[at] <= layers[open_]) & (layers[open_] < self.gone[at])
            found[open_[hit]] = at[hit]
            going = ~hit & (at + 1 < stop)
            open_, at, stop = open_[going], at[going] + 1, stop[going]
        return found

    def rows_by_table(self) -> list[Column]:
        """For each layer the timeline's row of each row of its table, int32."""
        flat = np.empty(len(self.layer), np.int32)
        everything = np.arange(len(self.layer), dtype=np.int32)
        flat[self.table_rows(everything)] = everything
        ends = np.cumsum([len(layer.table) for layer in self.layers], dtype=np.int64)
        return [flat[start:end] for start, end in pairwise([0, *ends.tolist()])]

    def path_ids_of(self, keys: list[bytes]) -> Column:
        """The paths of some keys, int64, -1 for those that no layer has: a search for few keys, one walk over all paths for many."""
        found: dict[bytes, int | None] = dict.fromkeys(keys)
        if len(found) <= _FEW:
            found = {key: self.find(key) for key in found}
        else:
            found |= {key: path_id for path_id, key in enumerate(self._keys()) if key in found}
        return np.array([-1 if found[key] is None else found[key] for key in keys], np.int64)

    def _keys(self) -> Iterator[bytes]:
        """The keys of all paths, in order."""
        way = [b""] * (int(self.depth.max(initial=0)) + 1)  # by depth: the last path and the folders above it
        for start in range(0, len(self.depth), _BATCH):
            path_ids = np.arange(start, min(start + _BATCH, len(self.depth)))
            for name, depth in zip(self.names(path_ids), self.depth[path_ids].tolist(), strict=True):
                way[depth] = way[depth - 1] + b"\0" + name if depth > 1 else name
                yield way[depth]


def _as_inode(entry: Entry, inode: Entry) -> Entry:
    """A hard link with the attributes of its inode in a lower layer: it is one more name, not one more file."""
    return replace(
        inode, path=entry.path, hardlink_to=entry.hardlink_to, layer=entry.layer, change=entry.change, row=entry.row
    )
