"""Sorts entries into tree order and makes a layer table of them.

It also resolves three cases, so that no other module has to:
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

_MEMBER = int(Kind.WHITEOUT)  # kinds below this are entries, from it on markers


@dataclass(slots=True)
class Arrivals:
    """Entries and markers as they came; arrays and ``keys`` have one item each, dicts go by index.

    ``hardlinks`` maps a link to the key of its target; ``links`` a symlink to where it points.
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
class _Laid:
    """Distinct keys in tree order. ``arrival`` is the index of the one that counts, or -1."""

    keys: list[bytes]
    arrival: Column
    kind: Column
    flags: Column
    nondir: Column  # some arrival at this key was a non-folder
    depth: Column
    parent: Column
    end: Column


def arrange(arrivals: Arrivals) -> LayerTable:
    """The table of what came."""
    inodes = _resolve_hardlinks(arrivals)
    everything = np.arange(len(arrivals.keys))
    laid = _lay(arrivals, everything)
    conflicts = np.flatnonzero(laid.nondir & (_members_below(laid) > 0))
    replaced = {laid.keys[row] for row in conflicts.tolist()}
    if len(conflicts):
        laid = _lay(arrivals, _replay(arrivals, laid, conflicts))
    _name_implied(laid)
    _hide_below_replaced(laid, replaced)
    return _columns(arrivals, laid, inodes)


def tree_shape(depth: Column) -> tuple[Column, Column]:
    """Parent (-1 at the top) and end of subtree of each row, from depths (1 at the top) in tree order.

    Where a row's parent is missing, ``parent`` is some other row or -1.
    """
    count = len(depth)
    parent = np.full(count, -1, np.int64)
    size = np.ones(count, np.int64)
    if not count:
        return parent, size
    by_depth = np.argsort(narrow(depth), kind="stable")  # of small numbers it counts how many there are of each
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


def _lay(arrivals: Arrivals, chosen: Column) -> _Laid:
    """The chosen arrivals in tree order, one row a key, with a row for each missing folder."""
    keys = arrivals.keys
    in_order = len(chosen) == len(keys) and all(map(lt, keys, islice(keys, 1, None)))
    if in_order:  # as who walks a folder writes them
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
        # The one that counts is the last member of the run, or its last marker where none is.
        rank = np.arange(len(order)) + np.where(kind < _MEMBER, len(order), 0)
        last = np.maximum.reduceat(rank, starts) % len(order)
        flags = np.bitwise_or.reduceat(flags, starts)
        nondir = np.logical_or.reduceat(nondir, starts)
        order, kind = order[last], kind[last]
        kind[(kind == Kind.PLACE) & ((flags & WHITED) != 0)] = Kind.WHITEOUT  # it removes, whatever it empties
        ordered = [ordered[at] for at in starts.tolist()]
    return _with_folders(_Laid(ordered, order, kind, flags, nondir, *_shape(ordered)))


def _shape(keys: list[bytes]) -> tuple[Column, Column, Column]:
    depth = np.fromiter(map(bytes.count, keys, repeat(b"\0")), np.int64, len(keys)) + 1
    return depth, *tree_shape(depth)


def _with_folders(laid: _Laid) -> _Laid:
    """Rows for the folders that no key names, though others lie below them."""
    keys = laid.keys
    orphans = [keys[row] for row in _orphaned(laid)]
    if not orphans:
        return laid
    known = set(keys)
    missing: set[bytes] = set()
    name_bytes = 0  # a path of many levels can stand for as many folders, each with a path of its own
    for orphan in orphans:
        folder = orphan.rpartition(b"\0")[0]
        while folder and folder not in known and folder not in missing:
            missing.add(folder)
            name_bytes += len(folder)
            folder = folder.rpartition(b"\0")[0]
        check_table("a layer's folders have", len(keys) + len(missing), name_bytes)
    wider = keys + sorted(missing)
    order = sorted(range(len(wider)), key=wider.__getitem__)
    new = len(missing)

    def padded(column: Column, fill: int) -> Column:
        widened: Column = np.concatenate([column, np.full(new, fill, column.dtype)])[order]
        return widened

    ordered = [wider[at] for at in order]
    return _Laid(
        ordered,
        padded(laid.arrival, -1),
        padded(laid.kind, Kind.PLACE),
        padded(laid.flags, 0),
        padded(laid.nondir, 0),
        *_shape(ordered),
    )


def _orphaned(laid: _Laid) -> list[int]:
    """The rows whose folder has no row: what `tree_shape` found for it is another one."""
    keys = laid.keys
    below = np.flatnonzero(laid.depth > 1)
    above = laid.parent[below]
    orphaned: list[int] = below[above < 0].tolist()
    below, above = below[above >= 0], above[above >= 0]
    last = np.full(len(keys), -1)
    last[above] = below  # of several for one folder the last one stays
    folders = np.flatnonzero(last >= 0)
    # What comes between a folder and what lies in it lies in it as well.
    wrong = [
        folder
        for folder, row in zip(folders.tolist(), last[folders].tolist(), strict=True)
        if not keys[row].startswith(keys[folder] + b"\0")
    ]
    suspect = below[np.isin(above, wrong)].tolist() if wrong else []
    return orphaned + [row for row in suspect if not keys[row].startswith(keys[int(laid.parent[row])] + b"\0")]


def _members_below(laid: _Laid) -> Column:
    """How many entries, markers not counted, lie below each row."""
    running = np.concatenate([[0], np.cumsum(laid.kind < _MEMBER)])
    below: Column = running[laid.end] - running[1:]
    return below


def _replay(arrivals: Arrivals, laid: _Laid, conflicts: Column) -> Column:
    """The arrivals that are left when those at and below each conflict are applied in turn."""
    inside: set[bytes] = set()
    end = 0
    for row in conflicts.tolist():
        if row >= end:
            end = int(laid.end[row])
            inside.update(laid.keys[row:end])
    root = _Node()
    replayed = set()
    for at, (key, kind) in enumerate(zip(arrivals.keys, arrivals.kind.tolist(), strict=True)):
        if kind < _MEMBER and key in inside:
            replayed.add(at)
            _apply(root, key, at, folder=kind == Kind.DIR)
    replayed.difference_update(_standing(root))
    return np.array([at for at in range(len(arrivals.keys)) if at not in replayed], np.int64)


class _Node:
    """A path while a conflict is replayed: the arrival that holds it, and what lies below."""

    __slots__ = ("arrival", "below", "folder")

    def __init__(self) -> None:
        self.arrival, self.folder = -1, True
        self.below: dict[bytes, _Node] = {}


def _apply(root: _Node, key: bytes, at: int, *, folder: bool) -> None:
    """Put one member over what stands, as unpacking would."""
    node = root
    for name in key.split(b"\0"):
        if not node.folder:  # a file that something is put into is a folder from now on
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


def _name_implied(laid: _Laid) -> None:
    """A marker row that holds entries is a folder by implication."""
    implied = (laid.kind >= _MEMBER) & (_members_below(laid) > 0)
    laid.kind[implied] = Kind.DIR
    laid.flags[implied] |= IMPLIED
    laid.arrival[implied] = -1


def _hide_below_replaced(laid: _Laid, replaced: set[bytes]) -> None:
    """A folder that took the place of its own layer's non-folder: what lower layers have there went with that."""
    hides = laid.nondir.astype(bool)
    if replaced:
        hides |= np.fromiter(map(replaced.__contains__, laid.keys), bool, len(laid.keys))
    laid.flags[hides & (laid.kind == Kind.DIR)] |= WHITED


def _resolve_hardlinks(arrivals: Arrivals) -> dict[int, int]:
    """Each hard link whose inode this layer brings, with the arrival that brought it.

    The link gets the inode's own attributes: it is one more name, not one more file.
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
                arrivals.hardlinks[at] = arrivals.hardlinks[target]  # both name what a lower layer has
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
            some.pop(at, None)  # what its own header says is the inode's, if anybody's
            if inode in some:
                some[at] = some[inode]
    return inodes


def _targets(arrivals: Arrivals, laid: _Laid, inodes: dict[int, int]) -> tuple[Column, Column]:
    """For each row the row of its inode (-1: it is one itself), and whether it is a hard link."""
    target = np.full(len(laid.keys), -1, np.int64)
    is_link = np.zeros(len(laid.keys), bool)
    if not arrivals.hardlinks:
        return target, is_link
    row_of = {at: row for row, at in enumerate(laid.arrival.tolist()) if at >= 0}
    standing: dict[int, int] = {}  # an inode that lost its first name: the row that carries it now
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


def _columns(arrivals: Arrivals, laid: _Laid, inodes: dict[int, int]) -> LayerTable:
    count = len(laid.keys)
    absent = laid.arrival < 0
    source = np.where(absent, 0, laid.arrival)
    as_they_came = len(arrivals.keys) == count and bool((laid.arrival == np.arange(count)).all())

    def column(values: Column, fill: int) -> Column:
        if as_they_came or not len(values):
            return narrow(values) if as_they_came else np.full(count, fill, np.int8)
        return narrow(np.where(absent, fill, values[source]))

    def sparse(values: dict[int, bytes]) -> SparseColumn:
        if not values:
            return SparseColumn.of({})
        rows = zip(laid.arrival.tolist(), range(count), strict=True)
        return SparseColumn.of({row: values[at] for at, row in rows if at in values})

    target, is_link = _targets(arrivals, laid, inodes)
    flags = laid.flags | np.where(is_link, HARDLINK, 0).astype(np.uint8)
    size_of = column(arrivals.size_of, 0)
    plain = (laid.kind == Kind.FILE) & ~is_link
    lengths = _lengths(laid.keys)
    starts = np.where(laid.parent < 0, 0, lengths[laid.parent] + 1)
    names = [key[start:] for key, start in zip(laid.keys, starts.tolist(), strict=True)]
    hardlinks = {at: key for at, key in arrivals.hardlinks.items() if at not in inodes}
    return LayerTable(
        names=blob(names),
        name_ends=narrow(np.cumsum(lengths - starts)),
        depth=narrow(laid.depth),
        parent=narrow(laid.parent),
        end=narrow(laid.end),
        kind=laid.kind.astype(np.uint8),
        flags=flags,
        mode=np.where(absent & (laid.kind == Kind.DIR), np.int16(0o755), column(arrivals.mode, 0)),
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
