"""Sorts entries into tree order and makes a layer table of them.

It also resolves three cases, so that no other module needs to:
- if a name occurs twice, the last one counts; a whiteout of the same name becomes a flag of its row;
- if a layer has both a file and something below it as a folder, the later one counts, as when the layer is applied;
- a folder that no member names, but that contains something, gets a row of its own with the flag IMPLIED.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise, repeat
from operator import lt, ne
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.language.texts import tr
from layertui.core.layers.table.columns import Column, blob, narrow
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import (
    HARDLINK,
    IMPLIED,
    SPARSE,
    WHITED,
    LayerTable,
    SparseColumn,
    check_table,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEMBER = int(Kind.WHITEOUT)  # kinds below this one are entries, the others markers


@dataclass(slots=True)
class Arrivals:
    """Entries and markers in their original order; arrays and ``keys`` have one item each, dicts are by index.

    Columns are as in `LayerTable`, of any integer dtype: the table narrows them.

    ``hardlinks`` has the key of a link's target; ``links`` the target of a symlink.
    """

    keys: list[bytes]
    kind: Column
    flags: Column
    mode: Column
    uid: Column
    gid: Column
    size_of: Column
    mtime: Column
    mtime_ns: Column
    body: Column
    owner: Column
    owners: Sequence[tuple[str, str]]
    links: dict[int, bytes]
    hardlinks: dict[int, bytes]
    xattrs: dict[int, bytes]
    devices: dict[int, bytes]
    maps: dict[int, bytes]
    members: int
    root_opaque: bool = False


@dataclass(slots=True)
class _Arranged:
    """Distinct keys in tree order. ``arrival`` is the index of the arrival that counts, or -1."""

    keys: list[bytes]
    arrival: Column
    kind: Column
    flags: Column
    nondir: Column  # some arrival at this key was a non-folder
    depth: Column
    parent: Column
    end: Column


def arrange(arrivals: Arrivals) -> LayerTable:
    """The table of all arrivals. Raises LimitExceeded."""
    inodes = _resolve_hardlinks(arrivals)
    everything = np.arange(len(arrivals.keys))
    arranged = _arrange(arrivals, everything)
    conflicts = np.flatnonzero(arranged.nondir & (_members_below(arranged) > 0))
    replaced = {arranged.keys[row] for row in conflicts.tolist()}
    if len(conflicts):
        arranged = _arrange(arrivals, _replay(arrivals, arranged, conflicts))
    _name_implied(arranged)
    _hide_below_replaced(arranged, replaced)
    return _columns(arrivals, arranged, inodes)


def tree_shape(depth: Column) -> tuple[Column, Column]:
    """Parent (-1 at the top) and end of subtree of each row, both int64, from depths (1 at the top) in tree order.

    If a row's parent is missing, ``parent`` is some other row or -1.
    """
    count = len(depth)
    parent = np.full(count, -1, np.int64)
    size = np.ones(count, np.int64)
    if not count:
        return parent, size
    by_depth = np.argsort(narrow(depth), kind="stable")  # numpy uses a counting sort for small numbers
    ends = np.cumsum(np.bincount(depth))
    levels = [by_depth[start:end] for start, end in pairwise(ends)]
    places = []
    for upper, rows in pairwise(levels):
        at = np.searchsorted(upper, rows) - 1
        places.append(at)
        if len(upper):
            parent[rows] = np.where(at >= 0, upper[at], -1)
    for upper, rows, at in zip(reversed(levels[:-1]), reversed(levels[1:]), reversed(places), strict=True):
        if len(upper) and len(rows):
            known = at >= 0
            size[upper] += np.bincount(at[known], weights=size[rows[known]], minlength=len(upper)).astype(np.int64)
    return parent, np.arange(count) + size


def _arrange(arrivals: Arrivals, chosen: Column) -> _Arranged:
    """The chosen arrivals in tree order, one row per key, with a row for each missing folder."""
    keys = arrivals.keys
    in_order = len(chosen) == len(keys) and all(map(lt, keys, islice(keys, 1, None)))
    if in_order:  # true of layers written by walking a folder
        order, ordered = chosen, keys
    else:
        order = np.array(sorted(chosen.tolist(), key=keys.__getitem__), np.int64)
        ordered = [keys[at] for at in order.tolist()]
    kind, flags = arrivals.kind[order], arrivals.flags[order].astype(np.uint8)
    nondir = (kind < _MEMBER) & (kind != Kind.DIR)
    first = np.ones(len(order), bool)
    if not in_order:
        first[1:] = np.fromiter(map(ne, islice(ordered, 1, None), ordered), bool, max(len(order) - 1, 0))
    if not first.all():
        starts = np.flatnonzero(first)
        # The last member of the run counts, or the last marker if there is no member.
        rank = np.arange(len(order)) + np.where(kind < _MEMBER, len(order), 0)
        last = np.maximum.reduceat(rank, starts) % len(order)
        flags = np.bitwise_or.reduceat(flags, starts)
        nondir = np.logical_or.reduceat(nondir, starts)
        order, kind = order[last], kind[last]
        kind[(kind == Kind.PLACE) & ((flags & WHITED) != 0)] = (
            Kind.WHITEOUT
        )  # a whiteout counts before an opaque marker
        ordered = [ordered[at] for at in starts.tolist()]
    return _with_folders(_Arranged(ordered, order, kind, flags, nondir, *_shape(ordered)))


def _shape(keys: list[bytes]) -> tuple[Column, Column, Column]:
    depth = np.fromiter(map(bytes.count, keys, repeat(b"\0")), np.int64, len(keys)) + 1
    return depth, *tree_shape(depth)


def _with_folders(arranged: _Arranged) -> _Arranged:
    """Add rows for folders that have no key, but contain others."""
    keys = arranged.keys
    orphans = [keys[row] for row in _orphaned(arranged)]
    if not orphans:
        return arranged
    known = set(keys)
    missing: set[bytes] = set()
    name_bytes = 0  # a deep path can imply as many folders, each with a path of its own
    for orphan in orphans:
        folder = orphan.rpartition(b"\0")[0]
        while folder and folder not in known and folder not in missing:
            missing.add(folder)
            name_bytes += len(folder)
            folder = folder.rpartition(b"\0")[0]
        check_table(tr("a layer's folders have"), len(keys) + len(missing), name_bytes)
    wider = keys + sorted(missing)
    order = sorted(range(len(wider)), key=wider.__getitem__)
    new = len(missing)

    def padded(column: Column, fill: int) -> Column:
        widened: Column = np.concatenate([column, np.full(new, fill, column.dtype)])[order]
        return widened

    ordered = [wider[at] for at in order]
    return _Arranged(
        ordered,
        padded(arranged.arrival, -1),
        padded(arranged.kind, Kind.PLACE),
        padded(arranged.flags, 0),
        padded(arranged.nondir, 0),
        *_shape(ordered),
    )


def _orphaned(arranged: _Arranged) -> list[int]:
    """The rows whose parent folder has no row: `tree_shape` found another row for it."""
    keys = arranged.keys
    below = np.flatnonzero(arranged.depth > 1)
    above = arranged.parent[below]
    orphaned: list[int] = below[above < 0].tolist()
    below, above = below[above >= 0], above[above >= 0]
    last = np.full(len(keys), -1)
    last[above] = below  # of several orphans of one folder the last stays
    folders = np.flatnonzero(last >= 0)
    # Everything between a folder and something inside it is inside it, too.
    wrong = [
        folder
        for folder, row in zip(folders.tolist(), last[folders].tolist(), strict=True)
        if not keys[row].startswith(keys[folder] + b"\0")
    ]
    suspect = below[np.isin(above, wrong)].tolist() if wrong else []
    return orphaned + [row for row in suspect if not keys[row].startswith(keys[int(arranged.parent[row])] + b"\0")]


def _members_below(arranged: _Arranged) -> Column:
    """How many entries, without markers, are below each row."""
    running = np.concatenate([[0], np.cumsum(arranged.kind < _MEMBER)])
    below: Column = running[arranged.end] - running[1:]
    return below


def _replay(arrivals: Arrivals, arranged: _Arranged, conflicts: Column) -> Column:
    """The arrivals that remain when those at and below each conflict are applied in order."""
    inside: set[bytes] = set()
    end = 0
    for row in conflicts.tolist():
        if row >= end:
            end = int(arranged.end[row])
            inside.update(arranged.keys[row:end])
    root = _Node()
    replayed = set()
    for at, (key, kind) in enumerate(zip(arrivals.keys, arrivals.kind.tolist(), strict=True)):
        if kind < _MEMBER and key in inside:
            replayed.add(at)
            _apply(root, key, at, folder=kind == Kind.DIR)
    replayed.difference_update(_standing(root))
    return np.array([at for at in range(len(arrivals.keys)) if at not in replayed], np.int64)


class _Node:
    """A path while a conflict is replayed: the arrival that it has, and its children."""

    __slots__ = ("arrival", "below", "folder")

    def __init__(self) -> None:
        self.arrival, self.folder = -1, True
        self.below: dict[bytes, _Node] = {}


def _apply(root: _Node, key: bytes, at: int, *, folder: bool) -> None:
    """Apply one member, as unpacking would."""
    node = root
    for name in key.split(b"\0"):
        if not node.folder:  # a file becomes a folder if something is put into it
            node.arrival, node.folder = -1, True
        node = node.below.setdefault(name, _Node())
    node.arrival, node.folder = at, folder
    if not folder:
        node.below = {}


def _standing(root: _Node) -> set[int]:
    standing, waiting = set(), [root]
    while waiting:
        node = waiting.pop()
        standing.add(node.arrival)
        waiting.extend(node.below.values())
    return standing


def _name_implied(arranged: _Arranged) -> None:
    """A marker row that contains entries is an implied folder."""
    implied = (arranged.kind >= _MEMBER) & (_members_below(arranged) > 0)
    arranged.kind[implied] = Kind.DIR
    arranged.flags[implied] |= IMPLIED
    arranged.arrival[implied] = -1


def _hide_below_replaced(arranged: _Arranged, replaced: set[bytes]) -> None:
    """A folder that replaced a non-folder of its own layer hides what lower layers have there."""
    hides = arranged.nondir.astype(bool)
    if replaced:
        hides |= np.fromiter(map(replaced.__contains__, arranged.keys), bool, len(arranged.keys))
    arranged.flags[hides & (arranged.kind == Kind.DIR)] |= WHITED


def _resolve_hardlinks(arrivals: Arrivals) -> dict[int, int]:
    """Hard links whose inode is in this layer, each with the arrival of the inode.

    The link gets the inode's attributes: it is one more name, not one more file.
    """
    wanted = set(arrivals.hardlinks.values())
    seen: dict[bytes, int] = {}
    inodes: dict[int, int] = {}
    if not wanted:
        return inodes
    for at, key in enumerate(arrivals.keys):
        if at in arrivals.hardlinks:
            target = seen.get(arrivals.hardlinks[at])
            if target in arrivals.hardlinks and target not in inodes:
                arrivals.hardlinks[at] = arrivals.hardlinks[target]  # both name an inode of a lower layer
            elif target is not None:
                inodes[at] = inodes.get(target, target)
        if arrivals.kind[at] < _MEMBER and key in wanted:
            seen[key] = at
    for at, inode in inodes.items():
        for name in ("kind", "mode", "uid", "gid", "size_of", "mtime", "mtime_ns", "body", "owner"):
            column = getattr(arrivals, name)
            column[at] = column[inode]
        arrivals.flags[at] |= arrivals.flags[inode] & SPARSE
        for some in (arrivals.links, arrivals.xattrs, arrivals.devices, arrivals.maps):
            some.pop(at, None)  # the attributes are the inode's, not the link's
            if inode in some:
                some[at] = some[inode]
    return inodes


def _targets(arrivals: Arrivals, arranged: _Arranged, inodes: dict[int, int]) -> tuple[Column, Column]:
    """For each row the row of its inode (-1: the row itself), and whether it is a hard link."""
    target = np.full(len(arranged.keys), -1, np.int64)
    is_link = np.zeros(len(arranged.keys), bool)
    if not arrivals.hardlinks:
        return target, is_link
    row_of = {at: row for row, at in enumerate(arranged.arrival.tolist()) if at >= 0}
    standing: dict[int, int] = {}  # an inode whose first name was replaced: the row that carries it now
    for at in sorted(arrivals.hardlinks):
        row = row_of.get(at)
        if row is None:
            continue
        inode = inodes.get(at)
        if inode is None:
            is_link[row] = True
        else:
            carrier = row_of.get(inode, standing.setdefault(inode, row))
            if carrier != row:
                target[row], is_link[row] = carrier, True
    return target, is_link


def _columns(arrivals: Arrivals, arranged: _Arranged, inodes: dict[int, int]) -> LayerTable:
    count = len(arranged.keys)
    absent = arranged.arrival < 0
    source = np.where(absent, 0, arranged.arrival)
    as_they_came = len(arrivals.keys) == count and bool((arranged.arrival == np.arange(count)).all())

    def column(values: Column, fill: int) -> Column:
        if as_they_came or not len(values):
            return narrow(values) if as_they_came else np.full(count, fill, np.int8)
        return narrow(np.where(absent, fill, values[source]))

    def sparse(values: dict[int, bytes]) -> SparseColumn:
        if not values:
            return SparseColumn.of({})
        rows = zip(arranged.arrival.tolist(), range(count), strict=True)
        return SparseColumn.of({row: values[at] for at, row in rows if at in values})

    target, is_link = _targets(arrivals, arranged, inodes)
    flags = arranged.flags | np.where(is_link, HARDLINK, 0).astype(np.uint8)
    size_of = column(arrivals.size_of, 0)
    plain = (arranged.kind == Kind.FILE) & ~is_link
    lengths = _lengths(arranged.keys)
    starts = np.where(arranged.parent < 0, 0, lengths[arranged.parent] + 1)
    names = [key[start:] for key, start in zip(arranged.keys, starts.tolist(), strict=True)]
    hardlinks = {at: key for at, key in arrivals.hardlinks.items() if at not in inodes}
    return LayerTable(
        names=blob(names),
        name_ends=narrow(np.cumsum(lengths - starts)),
        depth=narrow(arranged.depth),
        parent=narrow(arranged.parent),
        end=narrow(arranged.end),
        kind=arranged.kind.astype(np.uint8),
        flags=flags,
        mode=np.where(absent & (arranged.kind == Kind.DIR), np.int16(0o755), column(arrivals.mode, 0)),
        uid=column(arrivals.uid, 0),
        gid=column(arrivals.gid, 0),
        size_of=size_of,
        mtime=column(arrivals.mtime, 0),
        mtime_ns=column(arrivals.mtime_ns, 0),
        body=column(arrivals.body, -1),
        target=narrow(target),
        owner=column(arrivals.owner, 0),
        links=sparse(arrivals.links | hardlinks),
        xattrs=sparse(arrivals.xattrs),
        devices=sparse(arrivals.devices),
        maps=sparse(arrivals.maps),
        owners=tuple(arrivals.owners) or (("", ""),),
        members=arrivals.members,
        size=int(size_of[plain].sum(dtype=np.int64)),
        root_opaque=arrivals.root_opaque,
    )


def _lengths(parts: list[bytes]) -> Column:
    return np.fromiter(map(len, parts), np.int64, len(parts))
