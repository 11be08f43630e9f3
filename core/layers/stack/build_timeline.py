"""Builds a Timeline: merges the rows of its tables, and determines when each row is visible and which inode it names.

The rules are those of the image-spec (layer.md, "Applying Changesets"): a whiteout or an opaque
folder hides what *lower* layers have and never what its own layer brings; a non-folder ends what
is inside it; a folder over a folder replaces its attributes only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.layers.stack.row_merge import merged
from layertui.core.layers.table.columns import Column, numbers_in
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, IMPLIED, NEVER, OPAQUE, WHITED
from layertui.core.layers.table.tree_order import tree_shape

if TYPE_CHECKING:
    from layertui.core.layers.stack.timeline import Timeline


def build(timeline: Timeline) -> None:
    """Fill all columns of a timeline from the tables of its layers."""
    _merge(timeline)
    _date(timeline)
    _link(timeline)


def _merge(timeline: Timeline) -> None:
    """Sort the rows of all tables into one tree order, and group those of one path."""
    tables = [layer.table for layer in timeline.layers]
    picked, first = merged(tables)
    counts = [len(table) for table in tables]

    def gathered(name: str, dtype: type) -> Column:
        if not tables:
            return np.empty(0, dtype)
        return np.concatenate([getattr(table, name) for table in tables])[picked].astype(dtype)

    timeline.layer = np.repeat(np.arange(1, len(tables) + 1, dtype=np.int32), counts)[picked]
    timeline.row = np.concatenate([np.arange(count) for count in counts] or [picked])[picked].astype(np.int32)
    timeline.kind = gathered("kind", np.uint8)
    timeline.flags = gathered("flags", np.uint8)
    timeline.size = gathered("size_of", np.int64)
    starts = np.flatnonzero(first)
    timeline.start = np.append(starts, len(first)).astype(np.int32)
    timeline.path_id = np.cumsum(first, dtype=np.int32) - np.int32(1)
    timeline.depth = gathered("depth", np.int16)[starts]
    timeline.parent, timeline.end = (column.astype(np.int32) for column in tree_shape(timeline.depth))


def _date(timeline: Timeline) -> None:
    """Determine `born` and `gone` of each row."""
    real = timeline.kind < Kind.WHITEOUT
    implied = (timeline.flags & IMPLIED) != 0
    timeline.born = np.where(real, timeline.layer, NEVER).astype(np.int32)
    ends_path = (real & ~implied) | ((timeline.flags & WHITED) != 0)
    # The next row of the same path that replaces or removes this one.
    enders = np.append(np.flatnonzero(ends_path), len(timeline.layer))
    following = enders[np.cumsum(ends_path)] if len(timeline.layer) else enders[:0]
    known = np.minimum(following, max(len(timeline.layer) - 1, 0))
    same = (following < len(timeline.layer)) & (timeline.path_id[known] == timeline.path_id)
    timeline.gone = np.where(same, timeline.layer[known], NEVER).astype(np.int32)
    _end_subtrees(timeline, real)
    _date_implied(timeline, implied)


def _end_subtrees(timeline: Timeline, real: Column) -> None:
    """A whiteout, an opaque folder or a non-folder ends what lower layers have inside it."""
    for number, layer in enumerate(timeline.layers, 1):
        if layer.table.root_opaque:
            np.minimum(timeline.gone, number, out=timeline.gone, where=timeline.layer < number)
    ends_inside = ((timeline.flags & (WHITED | OPAQUE)) != 0) | (real & (timeline.kind != Kind.DIR))
    holds = timeline.end[timeline.path_id] > timeline.path_id + 1
    enders = np.flatnonzero(ends_inside & holds & (timeline.layer > 1))
    inside = 0  # inside a subtree that was ended completely nothing else need be ended
    number = 0
    for at in enders[np.argsort(timeline.layer[enders], kind="stable")].tolist():
        path_id = int(timeline.path_id[at])
        if timeline.layer[at] == number and path_id < inside:
            continue
        number, inside = int(timeline.layer[at]), int(timeline.end[path_id])
        rows = slice(int(timeline.start[path_id + 1]), int(timeline.start[inside]))
        lower = timeline.layer[rows] < number
        np.minimum(timeline.gone[rows], number, out=timeline.gone[rows], where=lower)


def _date_implied(timeline: Timeline, implied: Column) -> None:
    """An implied folder is born only where no folder of a lower layer is visible at its path."""
    first = timeline.start[timeline.path_id]
    for at in np.flatnonzero(implied & (first < np.arange(len(first)))).tolist():
        number = int(timeline.layer[at])
        below = at - 1
        while below >= first[at] and timeline.born[below] == NEVER:
            below -= 1
        if below < first[at] or timeline.gone[below] <= number:
            continue
        if timeline.kind[below] == Kind.DIR:
            timeline.born[at] = NEVER
        else:
            timeline.gone[below] = number


def _link(timeline: Timeline) -> None:
    """Find the inode of each hard link, in its own layer or a lower one."""
    timeline.inode = np.arange(len(timeline.layer), dtype=np.int32)
    links = np.flatnonzero(timeline.flags & HARDLINK)
    if not len(links):
        return
    merged = timeline.rows_by_table()
    for number in numbers_in(timeline.layer[links]):  # from the bottom: a link may lead to a lower layer's link
        mine = links[timeline.layer[links] == number]
        target = timeline.layers[number - 1].table.target[timeline.row[mine]]
        here = target >= 0
        timeline.inode[mine[here]] = merged[number - 1][target[here]]
        _link_down(timeline, number, mine[~here])


def _link_down(timeline: Timeline, number: int, links: Column) -> None:
    """Find the inodes of one layer's links that lower layers have."""
    table = timeline.layers[number - 1].table
    keys = [table.links.get(row) or b"" for row in timeline.row[links].tolist()]
    below = timeline.visible(timeline.path_ids_of(keys), number - 1)
    links, below = links[below >= 0], below[below >= 0]
    for column in (timeline.inode, timeline.kind, timeline.size):
        column[links] = column[below]
