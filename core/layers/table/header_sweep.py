"""Finds the tar headers of many small files at once: first all blocks that look like headers, then the real ones.

Python walks from header to header, one step each, which for small files is most of the time of a first open. Then it is
faster to read their contents too, and to test for every block at once whether it can be a header, and where the next
one would be. A block inside a file may look like a header: only those reached from the first one count.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.layers.table.header_columns import sizes
from layertui.core.streams.tar.header_block import BLOCK, MAGICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.fs.file_window import Window
    from layertui.core.layers.table.columns import Column

_READ = 4096  # blocks: two megabytes, which stay in the CPU's cache
_AT_ONCE = 16 << 20  # bytes between two reports of progress
_FEW = 64  # headers in one read: fewer are found faster one by one
_MAGICS = np.array([int.from_bytes(magic, "little") for magic in MAGICS], np.uint64)
_MAGIC_BITS = np.uint64((1 << 48) - 1)


class HeaderColumns(NamedTuple):
    """Headers as rows of 512 bytes (uint8), the stored size of each member and where its content begins (int64); and where the next header is."""

    fields: Column
    sizes: Column
    bodies: Column
    end: int


def sweep(tar: Window, start: int) -> Iterator[HeaderColumns]:
    """The ordinary members from the header at ``start`` on, up to one that is not ordinary, is large or is the last."""
    buffer = np.empty((_READ, BLOCK), np.uint8)
    stop = min(tar.size, start + _AT_ONCE)
    while start + buffer.nbytes <= stop and os.preadv(tar.fileno(), [buffer.data], tar.offset + start) == buffer.nbytes:
        found = _members(buffer, start)
        yield found
        if len(found.sizes) < _FEW:
            return
        start = found.end


def _members(blocks: Column, start: int) -> HeaderColumns:
    """The members that are completely in these blocks, of which the first is a header."""
    magic = _words(blocks, 257) & _MAGIC_BITS
    at = np.flatnonzero((magic == _MAGICS[0]) | (magic == _MAGICS[1]))
    stored, known = sizes(blocks[at])
    kind = blocks[at, 156]
    # As in `steps`: other types, and other forms of sizes, are parsed elsewhere.
    at, stored, kind = (column[known & (kind >= ord("0")) & (kind <= ord("6"))] for column in (at, stored, kind))
    stored[kind != ord("0")] = 0
    after = at + 1 + (stored + (BLOCK - 1) >> 9)
    at, stored, after = at[after < len(blocks)], stored[after < len(blocks)], after[after < len(blocks)]
    if not len(at) or at[0]:
        return HeaderColumns(blocks[:0], stored[:0], at[:0], start)
    if not (after[:-1] == at[1:]).all():
        reached = _reached(at, after)
        at, stored, after = at[reached], stored[reached], after[reached]
    return HeaderColumns(blocks[at], stored, start + (at + 1) * BLOCK, start + int(after[-1]) * BLOCK)


def _reached(at: Column, after: Column) -> list[int]:
    """The headers that are reached from the first one."""
    index = {block: number for number, block in enumerate(at.tolist())}
    following, reached, number = after.tolist(), [], 0
    while True:
        reached.append(number)
        follower = index.get(following[number])
        if follower is None:
            return reached
        number = follower


def _words(blocks: Column, start: int) -> Column:
    return np.ascontiguousarray(blocks[:, start : start + 8]).view(np.uint64)[:, 0]
