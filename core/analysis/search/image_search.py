"""What a query finds in the files of one image: its layers' rows, of which the view says which ones show."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from heapq import merge
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.search.content_rows import file_passes
from layertui.core.errors import NotFound
from layertui.core.layers.stack.view import some_of
from layertui.core.layers.table.entry import Change
from layertui.core.layers.table.layer_table import HARDLINK, NEVER

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from layertui.core.analysis.search.layer_search import LayerRows, LayerSearch
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.columns import Column
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress

_FEW = 8  # up to one row in this many, a view of these alone is made sooner than that of all
_MANY = 8  # layers, for which finding their rows one by one takes longer than for all at once


@dataclass(frozen=True)
class FoundFiles:
    """What was found in one image, by path."""

    stack: Stack
    span: tuple[int, int] | None
    """The layers whose changes were searched; None: the files as of a layer."""
    upto: int
    """The view is as of this layer."""
    shown: Column
    """Rows of the stack that the view shows; int64, ascending."""
    hidden: Column
    """Rows of the stack that it does not show; int64, ascending; empty unless they were asked for."""

    def __len__(self) -> int:
        return len(self.shown) + len(self.hidden)

    @cached_property
    def view(self) -> View:
        """A view that shows the rows in `shown`, and perhaps others."""
        if self.span is not None:
            return self.stack.span(*self.span)
        # Which name of an inode is the first depends on all that show.
        if len(self.shown) * _FEW > len(self.stack.layer) or (self.stack.flags[self.shown] & HARDLINK).any():
            return self.stack.view(self.upto)
        return some_of(self.stack, self.shown, self.upto)

    @cached_property
    def indexes(self) -> Column:
        """`shown` as rows of the view; int64."""
        return np.searchsorted(self.view.path_ids, self.stack.path_id[self.shown])

    def entries(self) -> Iterator[tuple[Entry, bool]]:
        """Each entry, and whether the view shows it; the versions of one path from the top layer down."""
        shown = ((int(self.view.path_ids[index]), 0, self.view.entry(index), True) for index in self.indexes.tolist())
        order = np.lexsort([-self.stack.layer[self.hidden], self.stack.path_id[self.hidden]])
        hidden = (
            (int(self.stack.path_id[at]), -int(self.stack.layer[at]), self._version(at), False)
            for at in self.hidden[order].tolist()
        )
        for _, _, entry, visible in merge(shown, hidden, key=lambda one: (one[0], not one[3])):
            yield entry, visible

    def _version(self, at: int) -> Entry:
        """A row that the view does not show, with the change that its own layer made."""
        stack, number = self.stack, int(self.stack.layer[at])
        before = int(stack.visible(stack.path_id[at : at + 1], number - 1)[0])
        return stack.entry(at, Change.ADDED if before < 0 else Change.MODIFIED)


def files_found(
    stack: Stack,
    search: LayerSearch,
    progress: Progress,
    *,
    keys: Sequence[Hashable] = (),
    span: tuple[int, int] | None = None,
    upto: int | None = None,
) -> FoundFiles:
    """What the search finds in a stack: as of layer ``upto`` (default: the top), or of what the layers of ``span`` changed.

    ``keys`` are those of its layers for the search, lowest first; layers above these have none.
    Raises NotFound for a layer that does not exist, Cancelled, and what reading a layer raises.
    """
    top = span[1] if span is not None else len(stack) if upto is None else upto
    if top:
        stack.check(top)
    rows = _rows(stack, search, keys, progress)
    if search.query.layer is not None:
        rows = rows[stack.layer[rows] == search.query.layer]
    rows = rows[(stack.born[rows] != NEVER) & (stack.born[rows] <= top)]
    is_shown = stack.gone[rows] > top
    shown, hidden = rows[is_shown], rows[:0]
    if search.query.hidden:
        hidden = rows[~is_shown]
        if span is not None:
            hidden = hidden[stack.gone[hidden] >= span[0]]
    if span is not None and len(shown):
        changes = stack.span(*span)
        changed = changes.shown[changes.change != Change.UNCHANGED]
        shown = shown[np.isin(shown, changed)]
    return FoundFiles(stack, span, top, shown, hidden)


def _rows(stack: Stack, search: LayerSearch, keys: Sequence[Hashable], progress: Progress) -> Column:
    """The rows of the stack that are found, ascending, whether they show or not."""
    by_layer = [search.found(layer, key, progress) for layer, key in zip_longest(stack.layers, keys)]
    hits = [number for number, found in enumerate(by_layer) if len(found)]
    tables = stack.rows_by_table() if len(hits) > _MANY else None
    rows = [np.empty(0, np.int64)]
    for number in hits:
        mine = tables[number] if tables is not None else np.flatnonzero(stack.layer == number + 1)
        rows += [mine[by_layer[number].found], _linked(stack, mine, by_layer[number], search, progress)]
    return np.sort(np.concatenate(rows))


def _linked(stack: Stack, mine: Column, found: LayerRows, search: LayerSearch, progress: Progress) -> Column:
    """Those of a layer's hard links into lower layers whose inode is as asked for."""
    query = search.query
    kept = []
    for at in mine[found.links].tolist():
        entry = stack.entry(at)
        if not query.has_attributes(entry):
            continue
        try:
            if query.content is None or file_passes(stack, entry, query.content, progress):
                kept.append(at)
        except NotFound:
            continue  # no layer has the inode
    return np.array(kept, np.int64)
