"""Contents of files held against each other, byte by byte, in the order in which they lie."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from layertui.core.layers.bodies import Bodies

if TYPE_CHECKING:
    from layertui.core.layers.columns import Column
    from layertui.core.layers.stack import Stack
    from layertui.core.streams.progress import Progress

_CHUNK = 1 << 20


def same_contents(a: Stack, left: Column, b: Stack, right: Column, progress: Progress) -> Column:
    """Whether the files at rows of ``a`` and the ones at rows of ``b``, of equal sizes, hold the same bytes."""
    same = np.zeros(len(left), bool)
    order = np.lexsort((_offsets(a, left), a.layer[left]))
    left, right = left[order], right[order]
    progress.begin("comparing files", int(a.size[left].sum()))
    sizes = a.size[left].tolist()
    with Bodies(a, left) as ours, Bodies(b, right) as theirs:
        for at, one, other, size in zip(order.tolist(), left.tolist(), right.tolist(), sizes, strict=True):
            same[at] = _same_bytes(ours.open(one), theirs.open(other), size, progress)
    return same


def _offsets(stack: Stack, rows: Column) -> Column:
    return stack.column("body", rows)


def _same_bytes(left: BinaryIO, right: BinaryIO, size: int, progress: Progress) -> bool:
    while size > 0:
        count = min(size, _CHUNK)
        one, other = _filled(left, count), _filled(right, count)
        progress.advance(len(one))
        if one != other:
            return False
        # A file of a running container may be shorter by now.
        size = size - count if len(one) == count else 0
    return True


def _filled(stream: BinaryIO, count: int) -> bytes:
    """So many bytes, fewer only at the end: a reader may give less than was asked for."""
    content = stream.read(count)
    if len(content) == count or not content:
        return content
    parts = [content]
    missing = count - len(content)
    while missing and (more := stream.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)
