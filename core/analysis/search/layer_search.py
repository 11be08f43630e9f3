"""LayerSearch: the rows of layers that a query finds; each layer is searched once, in however many images it is."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.analysis.search.content_rows import rows_with_content
from layertui.core.analysis.search.name_rows import rows_named, rows_with_path, rows_with_regex
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from layertui.core.analysis.search.file_query import FileQuery
    from layertui.core.layers.stack.timeline import StackLayer
    from layertui.core.layers.table.columns import Column
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.progress import Progress


_REMEMBERED = 256  # layers; images that share some are mostly neighbours


class LayerRows(NamedTuple):
    """What a query finds in one layer, as rows of its table; int64, ascending."""

    found: Column
    """All conditions hold, but for the number of the layer."""
    links: Column
    """Hard links whose inode is in a lower layer: name and path are right, the rest is for the image to say."""

    def __len__(self) -> int:
        return len(self.found) + len(self.links)


class LayerSearch:
    """The search of a query in layers. Keeps what it found in the layers that were looked at last, each by its key.

    A key is the same for layers that have the same files and contents, whichever archive or image they were opened with.
    """

    def __init__(self, query: FileQuery) -> None:
        self.query = query
        self.problems: list[str] = []
        """Files that could not be read, one line each."""
        self._named: OrderedDict[Hashable, LayerRows] = OrderedDict()
        self._passing: dict[Hashable, LayerRows] = {}

    def named(self, key: Hashable, table: Callable[[], LayerTable], progress: Progress) -> LayerRows:
        """The rows of a table, asked for when its layer is searched, for which all but the content is as asked for.

        Raises Cancelled, and what ``table`` raises.
        """
        known = self._named.get(key)
        if known is None:
            known = self._named[key] = self._named_in(table(), progress)
            if len(self._named) > _REMEMBERED:
                oldest, _ = self._named.popitem(last=False)
                self._passing.pop(oldest, None)
        self._named.move_to_end(key)
        return known

    def found(self, layer: StackLayer, key: Hashable | None, progress: Progress) -> LayerRows:
        """The rows of a layer that are found; without a key it is taken for another one than all others.

        Raises Cancelled, and what reading the layer raises.
        """
        if key is None:
            key = layer.table  # equal to itself alone
        named = self.named(key, lambda: layer.table, progress)
        if self.query.content is None or not len(named.found):
            return named
        known = self._passing.get(key)
        if known is None:
            table = layer.table
            # A hard link has the content of the row that it names.
            links = (table.flags[named.found] & HARDLINK) != 0
            inodes = np.where(links, table.target[named.found], named.found)
            rows = rows_with_content(layer, np.unique(inodes), self.query.content, progress, self.problems)
            known = self._passing[key] = LayerRows(named.found[np.isin(inodes, rows)], named.links)
        return known

    def _named_in(self, table: LayerTable, progress: Progress) -> LayerRows:
        query = self.query
        progress.advance(0)
        if query.name is not None:
            rows = rows_named(table, query.name, progress)
            rows = rows[table.kind[rows] < Kind.WHITEOUT]
        else:
            rows = np.flatnonzero(table.kind < Kind.WHITEOUT)
        lower = ((table.flags[rows] & HARDLINK) != 0) & (table.target[rows] < 0)
        links, rows = rows[lower], rows[~lower]
        rows = rows[self._has_attributes(table, rows)]
        return LayerRows(self._with_path(table, rows, progress), self._with_path(table, links, progress))

    def _has_attributes(self, table: LayerTable, rows: Column) -> Column:
        query = self.query
        fits = np.ones(len(rows), bool)
        if query.kind is not None:
            fits &= table.kind[rows] == query.kind
        if query.sizes is not None:
            size = table.size_of[rows].astype(np.int64)
            fits &= (table.kind[rows] == Kind.FILE) & (size >= query.sizes.start) & (size < query.sizes.stop)
        if query.mode is not None:
            fits &= (table.mode[rows].astype(np.int64) & query.mode) == query.mode
        if query.uid is not None:
            fits &= table.uid[rows].astype(np.int64) == query.uid
        if query.content is not None:
            fits &= table.kind[rows] == Kind.FILE
        return fits

    def _with_path(self, table: LayerTable, rows: Column, progress: Progress) -> Column:
        if self.query.path is not None and len(rows):
            rows = rows_with_path(table, rows, self.query.path, progress)
        if self.query.regex is not None and len(rows):
            rows = rows_with_regex(table, rows, self.query.regex, progress)
        return rows
