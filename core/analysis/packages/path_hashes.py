"""Looks up many paths in a stack at once, by 64-bit hashes of them, so that a million paths need no million Python objects.

Two paths of one image have the same hash once in 10^7 images of a million paths. An image that is made so that they do can only mix
up which of its own packages owns a file, which its databases could do in plain words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.bounds import bounds
from layertui.core.layers.table.columns import Column, numbers_in

if TYPE_CHECKING:
    from layertui.core.layers.stack.timeline import Timeline

_CHUNK = 1 << 21  # bytes that are hashed at once; each takes 40 for as long
_WEIGHT, _STEP = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)  # odd, with bits of no pattern
_NEWLINE, _SEPARATOR = 10, 0
_ROOT = np.uint64(0xA0761D6478BD642F)
_NO_PATH = np.uint64(0)  # of lines that are no path of any layer


class PathHashes:
    """The paths of a stack by their hashes."""

    def __init__(self, stack: Timeline) -> None:
        hashes = _stack_hashes(stack)
        self._order = np.argsort(hashes)
        self._hashes = hashes[self._order]

    def path_ids(self, lines: bytes) -> Column:
        """The number of the path of each line, -1 if no layer has it (int32). A line is the key of a path and ends with a newline."""
        wanted = _line_hashes(lines)
        if not len(self._hashes):
            return np.full(len(wanted), -1, np.int32)
        at = np.minimum(np.searchsorted(self._hashes, wanted), len(self._hashes) - 1)
        path_ids: Column = np.where(self._hashes[at] == wanted, self._order[at], -1).astype(np.int32)
        return path_ids


def _stack_hashes(stack: Timeline) -> Column:
    """The hash of each path, level by level: that of its folder and its own name."""
    names = np.zeros(len(stack.depth), np.uint64)
    first = stack.start[:-1]
    layers, rows = stack.layer[first], stack.row[first]
    for number in numbers_in(layers):
        table = stack.layers[number - 1].table
        mine = layers == number
        ends = table.name_ends.astype(np.int64)
        names[mine] = _name_hashes(table.names, np.concatenate([[0], ends[:-1]]), ends)[rows[mine]]
    hashes = np.zeros(len(names), np.uint64)
    order = np.argsort(stack.depth, kind="stable")
    ends = np.cumsum(np.bincount(stack.depth))
    for start, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
        level = order[start:end]
        above = stack.parent[level]
        hashes[level] = _below(np.where(above >= 0, hashes[above], _ROOT), names[level])
    return hashes


def _line_hashes(lines: bytes) -> Column:
    """The hash of each line, which is a key and ends with a newline."""
    content = np.frombuffer(lines, np.uint8)
    ends = np.flatnonzero(content == _NEWLINE)
    starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
    hashes = np.full(len(ends), _NO_PATH, np.uint64)
    kept = np.flatnonzero(ends - starts <= bounds().path)
    at = 0
    while at < len(kept):
        stop = max(int(np.searchsorted(starts[kept], starts[kept[at]] + _CHUNK)), at + 1)
        some = kept[at:stop]
        if some[-1] - some[0] >= len(some):  # a line between them is too long
            some = some[: int(np.argmax(np.diff(some) > 1)) + 1]
        hashes[some] = _keys(content[starts[some[0]] : ends[some[-1]] + 1])
        at += len(some)
    return hashes


def _keys(content: Column) -> Column:
    """The hash of each key in some lines."""
    ends = np.flatnonzero((content == _NEWLINE) | (content == _SEPARATOR))
    names = _name_hashes(content, np.concatenate([[0], ends[:-1] + 1]), ends)
    last = np.flatnonzero(content[ends] == _NEWLINE)
    first = np.concatenate([[0], last[:-1] + 1])
    hashes = np.full(len(last), _ROOT)
    order = np.argsort(first - last, kind="stable")  # those with most names first
    counts = (last - first + 1)[order]
    for level in range(int(counts[0])):
        lines = order[: int(np.searchsorted(-counts, -level))]
        hashes[lines] = _below(hashes[lines], names[first[lines] + level])
    return hashes


def _below(folder: Column, name: Column) -> Column:
    """The hash of a path, by those of its folder and its name."""
    mixed = (folder + name) * _STEP
    found: Column = mixed ^ (mixed >> np.uint64(29))
    return found


def _name_hashes(content: Column, starts: Column, ends: Column) -> Column:
    """The hash of each name: the sum of its bytes, each multiplied by a power of a weight; one byte may lie between two names."""
    hashes = np.zeros(len(starts), np.uint64)
    full = np.flatnonzero(ends > starts)
    starts, ends = starts[full], ends[full]
    longest = int((ends - starts).max(initial=0))
    weights = np.cumprod(np.full(longest + 1, _WEIGHT))
    at = 0
    while at < len(full):
        stop = max(int(np.searchsorted(starts, starts[at] + _CHUNK)), at + 1)
        low, high = int(starts[at]), int(ends[stop - 1])
        begins = starts[at:stop] - low
        spans = np.diff(begins, append=high - low)
        position = np.arange(high - low) - np.repeat(begins, spans)
        inside = position < np.repeat(ends[at:stop] - starts[at:stop], spans)
        values = (content[low:high].astype(np.uint64) + np.uint64(1)) * weights[np.minimum(position, longest)]
        hashes[full[at:stop]] = np.add.reduceat(np.where(inside, values, np.uint64(0)), begins)
        at = stop
    return hashes
