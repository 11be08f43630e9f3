"""Stack: layer tables laid over each other, once, as a timeline.

All rows of all layers stand in tree order, and for one path from the lowest layer up; the rows of
one path are a *place*. Each row has two numbers: `born`, the layer that brings it, and `gone`, the
first layer above in which it is no longer to be seen. What a view as of layer n shows is then
``born <= n < gone``, whatever n. Layers are numbered from 1 at the bottom.

The rules are those of the image-spec (layer.md, "Applying Changesets"): a whiteout or an opaque
folder hides what *lower* layers have and never what its own layer brings; a non-folder ends what
lies below it; a folder over a folder replaces its attributes only.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

import numpy as np

from layertui.core.errors import NotFound
from layertui.core.layers.stack import view as views
from layertui.core.layers.stack.row_merge import merged
from layertui.core.layers.table.columns import Column, numbers_in, read_columns, write_columns
from layertui.core.layers.table.entry import Change, Entry, Kind
from layertui.core.layers.table.layer_table import HARDLINK, IMPLIED, NEVER, OPAQUE, WHITED, LayerTable
from layertui.core.layers.table.path_keys import path_of
from layertui.core.layers.table.tree_order import tree_shape

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from layertui.core.layers.stack.view import View


_FORMAT = 1
_FEW = 64  # paths, each searched for in a tenth of a millisecond
_BATCH = 1 << 14  # rows


class LayerContent(Protocol):
    """The bytes behind a table."""

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file of the table, seekable."""
        ...


class Laid:
    """One layer of a stack: what is in it, and where its bytes are.

    The table may be given as a call that gets it, made when it is first asked for.
    """

    __slots__ = ("_table", "content")

    def __init__(self, table: LayerTable | Callable[[], LayerTable], content: LayerContent | None = None) -> None:
        self._table, self.content = table, content

    @property
    def table(self) -> LayerTable:
        """What is in the layer. Raises what getting it raises."""
        if not isinstance(self._table, LayerTable):
            self._table = self._table()
        return self._table


class Stack:
    """Layers laid over each other.

    One item a row: ``layer`` (from 1), ``row`` (in that layer's table), ``kind``, ``size``, ``flags``,
    ``place``, ``born``, ``gone``, ``inode`` (the row that carries the content; itself but for hard
    links). One item a place: ``depth``, ``parent`` (-1 at the top), ``end`` of its subtree;
    ``start`` has the first row of each place and one item more.
    """

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
        "place",
        "row",
        "size",
        "start",
    )

    def __init__(self, layers: Sequence[Laid]) -> None:
        self.layers = tuple(layers)

    @classmethod
    def lay(cls, layers: Sequence[Laid]) -> Stack:
        """The stack of ``layers``, lowest first."""
        stack = cls(layers)
        stack._merge()
        stack._time()
        stack._link()
        return stack

    def with_layer(self, laid: Laid) -> Stack:
        """This stack with one layer more on top."""
        return Stack.lay([*self.layers, laid])

    def save(self, path: Path, **meta: Any) -> None:
        """Write the timeline, without the tables, to a cache file. Raises StorageError."""
        columns = {name: getattr(self, name) for name in self.__slots__ if name != "layers"}
        write_columns(path, {"format": _FORMAT, "layers": len(self)} | meta, columns)

    @classmethod
    def load(cls, path: Path, layers: Sequence[Laid], **meta: Any) -> Stack | None:
        """The stack in a cache file, over these layers, or None where there is none that is whole and of our format."""
        found = read_columns(path)
        expected = {"format": _FORMAT, "layers": len(layers)} | meta
        if found is None or any(found[0].get(name) != value for name, value in expected.items()):
            return None
        stack = cls(layers)
        for name, column in found[1].items():
            setattr(stack, name, column)
        return stack

    def __len__(self) -> int:
        return len(self.layers)

    def table(self, number: int) -> LayerTable:
        """The table of layer ``number``. Raises NotFound."""
        self.check(number)
        return self.layers[number - 1].table

    def check(self, number: int) -> None:
        """Raise NotFound unless there is a layer ``number``."""
        if not 1 <= number <= len(self.layers):
            raise NotFound(f"no layer {number}: there are {len(self.layers)}, numbered from 1 at the bottom")

    def view(self, upto: int | None = None, *, since: int | None = None, removed: bool = False) -> View:
        """What is to be seen as of layer ``upto`` (default: the top).

        Changes are told against layer ``since`` (default: the layer below); with ``removed`` what
        is gone since then has rows too. Raises NotFound for a layer that is not there.
        """
        return views.as_of(self, upto, since=since, removed=removed)

    def alone(self, number: int) -> View:
        """Layer ``number`` by itself, what it removes included. Raises NotFound."""
        return views.alone(self, number)

    def span(self, low: int, high: int) -> View:
        """What layers ``low`` to ``high`` did, what they removed included. Raises NotFound."""
        return views.span(self, low, high)

    def entry(self, at: int, change: Change = Change.UNCHANGED) -> Entry:
        """A row as a value."""
        number = int(self.layer[at])
        entry = self.layers[number - 1].table.entry(int(self.row[at]), layer=number, change=change)
        inode = int(self.inode[at])
        if inode != at and self.layer[inode] != number:
            return _as_inode(entry, self.entry(inode))
        return entry

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file. Raises NotFound where no layer has it."""
        if entry.layer is None:
            raise NotFound(f"{entry.path} is in no layer of this stack")
        laid = self.layers[entry.layer - 1]
        table, content = laid.table, laid.content
        if table.flags[entry.row] & HARDLINK and table.target[entry.row] < 0:
            at = self.at(entry)
            inode = int(self.inode[at])
            if inode == at:
                target = path_of(table.links.get(entry.row) or b"")
                raise NotFound(f"{entry.path} is a hard link to {target}, which no layer has")
            return self.open(self.entry(inode))
        if content is None:
            raise NotFound(f"the content of layer {entry.layer} is not at hand")
        return content.open(entry)

    def at(self, entry: Entry) -> int:
        """The row of an entry of this stack."""
        place = self.find(self.table(entry.layer or 0).key(entry.row))
        assert place is not None
        start, end = int(self.start[place]), int(self.start[place + 1])
        return start + int(np.searchsorted(self.layer[start:end], entry.layer or 0))

    def column(self, name: str, rows: Column) -> Column:
        """One of the tables' columns, for some rows."""
        found = np.zeros(len(rows), np.int64)
        layers = self.layer[rows]
        for number in numbers_in(layers):
            mine = layers == number
            found[mine] = getattr(self.layers[number - 1].table, name)[self.row[rows[mine]]]
        return found

    def pieces(self, name: str, rows: Column) -> list[bytes | None]:
        """One of the tables' sparse columns, for some rows."""
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

    def key(self, place: int) -> bytes:
        """The key of a place."""
        at = int(self.start[place])
        return self.layers[int(self.layer[at]) - 1].table.key(int(self.row[at]))

    def name(self, place: int) -> bytes:
        """The last component of a place's path."""
        at = int(self.start[place])
        return self.layers[int(self.layer[at]) - 1].table.name(int(self.row[at]))

    def names(self, places: Column) -> list[bytes]:
        """The last components of many places' paths."""
        found = [b""] * len(places)
        at = self.start[places]
        layers, rows = self.layer[at], self.row[at]
        for number in numbers_in(layers):
            mine = np.flatnonzero(layers == number)
            for index, name in zip(mine.tolist(), self.layers[number - 1].table.names_of(rows[mine]), strict=True):
                found[index] = name
        return found

    def path(self, place: int) -> str:
        """The absolute path of a place."""
        return path_of(self.key(place))

    def find(self, key: bytes) -> int | None:
        """The place of a key, or None where no layer names it."""
        place = bisect_left(range(len(self.depth)), key, key=self.key)
        return place if place < len(self.depth) and self.key(place) == key else None

    def child(self, above: int | None, name: bytes) -> int | None:
        """The place of a name in the folder at a place, without one in the root; None where no layer names it.

        For ways that are gone step by step: `find` works out keys, which are as long as the way is deep.
        """
        first, end = (0, len(self.depth)) if above is None else (above + 1, int(self.end[above]))
        depth = 1 if above is None else int(self.depth[above]) + 1
        children = first + np.flatnonzero(self.depth[first:end] == depth)
        at = bisect_left(children, name, key=lambda place: self.name(int(place)))
        return int(children[at]) if at < len(children) and self.name(int(children[at])) == name else None

    def visible(self, places: Column, as_of: Column | int) -> Column:
        """For each place the row that shows as of a layer (one, or one for each), or -1."""
        found = np.full(len(places), -1, np.int64)
        layers = np.broadcast_to(np.asarray(as_of), len(places))
        open_ = np.flatnonzero(places >= 0)
        at, stop = self.start[places[open_]], self.start[places[open_] + 1]
        while len(open_):
            hit = (self.born[at] <= layers[open_]) & (layers[open_] < self.gone[at])
            found[open_[hit]] = at[hit]
            going = ~hit & (at + 1 < stop)
            open_, at, stop = open_[going], at[going] + 1, stop[going]
        return found

    def rows_by_table(self) -> list[Column]:
        """For each layer the row here of each row of its table."""
        flat = np.empty(len(self.layer), np.int32)
        ends = np.cumsum([len(laid.table) for laid in self.layers], dtype=np.int64)
        starts = np.concatenate([[0], ends[:-1]])
        flat[starts[self.layer - 1] + self.row] = np.arange(len(self.layer), dtype=np.int32)
        return [flat[start:end] for start, end in pairwise([0, *ends.tolist()])]

    def _merge(self) -> None:
        tables = [laid.table for laid in self.layers]
        picked, first = merged(tables)
        counts = [len(table) for table in tables]

        def gathered(name: str, dtype: type) -> Column:
            if not tables:
                return np.empty(0, dtype)
            return np.concatenate([getattr(table, name) for table in tables])[picked].astype(dtype)

        self.layer = np.repeat(np.arange(1, len(tables) + 1, dtype=np.int32), counts)[picked]
        self.row = np.concatenate([np.arange(count) for count in counts] or [picked])[picked].astype(np.int32)
        self.kind = gathered("kind", np.uint8)
        self.flags = gathered("flags", np.uint8)
        self.size = gathered("size_of", np.int64)
        starts = np.flatnonzero(first)
        self.start = np.append(starts, len(first)).astype(np.int32)
        self.place = np.cumsum(first, dtype=np.int32) - np.int32(1)
        self.depth = gathered("depth", np.int16)[starts]
        self.parent, self.end = (column.astype(np.int32) for column in tree_shape(self.depth))

    def _time(self) -> None:
        real = self.kind < Kind.WHITEOUT
        implied = (self.flags & IMPLIED) != 0
        self.born = np.where(real, self.layer, NEVER).astype(np.int32)
        ends_path = (real & ~implied) | ((self.flags & WHITED) != 0)
        # The next row of the same place that takes the place of this one, or removes it.
        enders = np.append(np.flatnonzero(ends_path), len(self.layer))
        following = enders[np.cumsum(ends_path)] if len(self.layer) else enders[:0]
        known = np.minimum(following, max(len(self.layer) - 1, 0))
        same = (following < len(self.layer)) & (self.place[known] == self.place)
        self.gone = np.where(same, self.layer[known], NEVER).astype(np.int32)
        self._end_subtrees(real)
        self._settle_implied(implied)

    def _end_subtrees(self, real: Column) -> None:
        """A whiteout, an opaque folder or a non-folder ends what lower layers have inside it."""
        for number, laid in enumerate(self.layers, 1):
            if laid.table.root_opaque:
                np.minimum(self.gone, number, out=self.gone, where=self.layer < number)
        ends_inside = ((self.flags & (WHITED | OPAQUE)) != 0) | (real & (self.kind != Kind.DIR))
        holds = self.end[self.place] > self.place + 1
        enders = np.flatnonzero(ends_inside & holds & (self.layer > 1))
        inside = 0  # what lies in one that ends all of its subtree need not be ended again
        number = 0
        for at in enders[np.argsort(self.layer[enders], kind="stable")].tolist():
            place = int(self.place[at])
            if self.layer[at] == number and place < inside:
                continue
            number, inside = int(self.layer[at]), int(self.end[place])
            rows = slice(int(self.start[place + 1]), int(self.start[inside]))
            lower = self.layer[rows] < number
            np.minimum(self.gone[rows], number, out=self.gone[rows], where=lower)

    def _settle_implied(self, implied: Column) -> None:
        """An implied folder is born only where no folder of a lower layer shows at its place."""
        first = self.start[self.place]
        for at in np.flatnonzero(implied & (first < np.arange(len(first)))).tolist():
            number = int(self.layer[at])
            below = at - 1
            while below >= first[at] and self.born[below] == NEVER:
                below -= 1
            if below < first[at] or self.gone[below] <= number:
                continue
            if self.kind[below] == Kind.DIR:
                self.born[at] = NEVER
            else:
                self.gone[below] = number

    def _link(self) -> None:
        """Find the inode of each hard link, in its own layer or below it."""
        self.inode = np.arange(len(self.layer), dtype=np.int32)
        links = np.flatnonzero(self.flags & HARDLINK)
        if not len(links):
            return
        merged = self.rows_by_table()
        for number in numbers_in(self.layer[links]):  # from below: a link may lead to a lower layer's link
            mine = links[self.layer[links] == number]
            target = self.layers[number - 1].table.target[self.row[mine]]
            here = target >= 0
            self.inode[mine[here]] = merged[number - 1][target[here]]
            self._link_down(number, mine[~here])

    def _link_down(self, number: int, links: Column) -> None:
        """Find the inodes of links of one layer that lower layers have."""
        table = self.layers[number - 1].table
        keys = [table.links.get(row) or b"" for row in self.row[links].tolist()]
        below = self.visible(self._places(keys), number - 1)
        links, below = links[below >= 0], below[below >= 0]
        for column in (self.inode, self.kind, self.size):
            column[links] = column[below]

    def _places(self, keys: list[bytes]) -> Column:
        """The places of some keys, -1 where no layer names one: few are searched for, for many one walk over all is quicker."""
        found: dict[bytes, int | None] = dict.fromkeys(keys)
        if len(found) <= _FEW:
            found = {key: self.find(key) for key in found}
        else:
            found |= {key: place for place, key in enumerate(self._keys()) if key in found}
        return np.array([-1 if found[key] is None else found[key] for key in keys], np.int64)

    def _keys(self) -> Iterator[bytes]:
        """The keys of all places, in order."""
        way = [b""] * (int(self.depth.max(initial=0)) + 1)  # by depth, of the last place and the folders it lies in
        for start in range(0, len(self.depth), _BATCH):
            places = np.arange(start, min(start + _BATCH, len(self.depth)))
            for name, depth in zip(self.names(places), self.depth[places].tolist(), strict=True):
                way[depth] = way[depth - 1] + b"\0" + name if depth > 1 else name
                yield way[depth]


def _as_inode(entry: Entry, inode: Entry) -> Entry:
    """A hard link with the attributes of its inode, which a lower layer brings: it is one more name, not one more file."""
    return replace(
        inode, path=entry.path, hardlink_to=entry.hardlink_to, layer=entry.layer, change=entry.change, row=entry.row
    )
