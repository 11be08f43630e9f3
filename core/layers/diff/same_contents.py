"""Compares the contents of files byte by byte, in the order in which they are stored."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.layers.diff.file_contents import Bodies
from layertui.core.layers.toc.listed_content import ListedContent
from layertui.core.streams.tar.member_content import Pieces, pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

_CHUNK = 1 << 20


def same_contents(a: Timeline, left: Column, b: Timeline, right: Column, progress: Progress) -> Column:
    """Whether the files at rows of ``a`` and of ``b``, of equal sizes, have the same bytes; bool, one item a pair."""
    same = np.zeros(len(left), bool)
    order = np.lexsort((_offsets(a, left), a.layer[left]))
    if any(isinstance(layer.content, ListedContent) for stack in (a, b) for layer in stack.layers):
        order = _by_digest(a, left, b, right, order, same)
    left, right = left[order], right[order]
    progress.begin(tr("comparing files"), int(a.size[left].sum()))
    sizes = a.size[left].tolist()
    with Bodies(a, left) as ours, Bodies(b, right) as theirs:
        for at, one, other, size in zip(order.tolist(), left.tolist(), right.tolist(), sizes, strict=True):
            same[at] = _same(ours.open(one), theirs.open(other), size, progress)
    return same


def _by_digest(a: Timeline, left: Column, b: Timeline, right: Column, order: Column, same: Column) -> Column:
    """Decide what the digests of both sides decide, or that of one and the bytes of the other; which pairs are left."""
    undecided = []
    for at in order.tolist():
        sums = [_digest(stack, int(rows[at])) for stack, rows in ((a, left), (b, right))]
        if sums == [None, None]:
            undecided.append(at)
            continue
        known = [
            one if one is not None else _summed(stack, int(rows[at]))
            for one, (stack, rows) in zip(sums, ((a, left), (b, right)), strict=True)
        ]
        same[at] = known[0] == known[1]
    return np.array(undecided, np.int64)


def _digest(stack: Timeline, row: int) -> bytes | None:
    content = stack.layers[int(stack.layer[row]) - 1].content
    return content.digest(int(stack.row[row])) if isinstance(content, ListedContent) else None


def _summed(stack: Timeline, row: int) -> bytes:
    with stack.open(stack.entry(row)) as file:
        total = hashlib.sha256()
        while piece := file.read(_CHUNK):
            total.update(piece)
        return total.digest()


def _offsets(stack: Timeline, rows: Column) -> Column:
    return stack.column("body", rows)


def _same(left: BinaryIO, right: BinaryIO, size: int, progress: Progress) -> bool:
    """Whether two files of one size have the same bytes; holes are not read, since there may be terabytes of them."""
    ours, theirs = pieces_of(left) or ((0, size),), pieces_of(right) or ((0, size),)
    if ours == theirs == ((0, size),):
        return _same_bytes(left, right, size, progress)
    for start, length, held in _overlaps(ours, theirs):
        for stream in held:
            (left, right)[stream].seek(start)
        if len(held) == 2:
            alike = _same_bytes(left, right, length, progress)
        else:
            alike = _only_zeros((left, right)[held[0]], length, progress)
        if not alike:
            return False
    return True


def _overlaps(ours: Pieces, theirs: Pieces) -> Iterator[tuple[int, int, tuple[int, ...]]]:
    """Start and length of each range that one of two files stores, and which of them do: 0, 1 or both."""
    edges = sorted(
        (at, change, number)
        for number, pieces in enumerate((ours, theirs))
        for start, length in pieces
        for at, change in ((start, 1), (start + length, -1))
    )
    stored = [0, 0]
    for (at, change, number), (end, _, _) in pairwise([*edges, (edges[-1][0], 0, 0)] if edges else []):
        stored[number] += change
        held = tuple(number for number in (0, 1) if stored[number])
        if held and end > at:
            yield at, end - at, held


def _only_zeros(stream: BinaryIO, size: int, progress: Progress) -> bool:
    while size > 0:
        content = read_fully(stream.read, min(size, _CHUNK))
        progress.advance(len(content))
        if content.count(0) != len(content):
            return False
        size = size - len(content) if content else 0
    return True


def _same_bytes(left: BinaryIO, right: BinaryIO, size: int, progress: Progress) -> bool:
    while size > 0:
        count = min(size, _CHUNK)
        one, other = (
            read_fully(left.read, count),
            read_fully(right.read, count),
        )  # a read may return less than was asked for
        progress.advance(len(one))
        if one != other:
            return False
        # A file of a running container may be shorter by now.
        size = size - count if len(one) == count else 0
    return True
