"""Finds the headers in a tar-split file many at once: a first look at an image needs nothing else of its layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.layers.table.header_columns import sizes
from layertui.core.layers.table.header_sweep import HeaderColumns
from layertui.core.streams.tar.header_block import BLOCK, MAGICS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.engines.daemon.local_images.tar_split import TarSplit
    from layertui.core.layers.table.columns import Column

_AT_FIRST = 256  # headers: an unusual one may be near
_AT_ONCE = 4096  # two megabytes, which stay in the processor's cache
_MAGICS = np.array([int.from_bytes(magic, "little") for magic in MAGICS], np.uint64)
_MAGIC_BITS = np.uint64((1 << 48) - 1)


class SplitHeaders:
    """The headers of one tar-split file. Made once and asked many times: a layer may have a thousand unusual members."""

    def __init__(self, split: TarSplit) -> None:
        self._segments = np.frombuffer(split.segments, np.uint8)
        self._ends = np.array(split.headers, np.int64)  # in the segments
        contents = np.array([0, *split.ends], np.int64)
        # A member begins where the contents of all files before it are passed.
        places = np.array(split.starts, np.int64) - contents[:-1]
        self._bodies = self._ends + contents[np.searchsorted(places, self._ends, side="left")]

    def columns(self, start: int) -> Iterator[HeaderColumns]:
        """The members from the one whose header begins at `start` in the tar, until one has extended headers or is written unusually."""
        bodies, size = self._bodies, _AT_FIRST
        at = int(np.searchsorted(bodies, start + BLOCK, side="left"))
        if at == len(bodies) or bodies[at] != start + BLOCK:
            return
        while at < len(bodies):
            some = slice(at, at + size)
            fields = self._segments[self._ends[some, None] - BLOCK + np.arange(BLOCK)]
            stored, known = sizes(fields)
            kind = fields[:, 156]
            magic = np.ascontiguousarray(fields[:, 257:265]).view(np.uint64)[:, 0] & _MAGIC_BITS
            known &= (kind >= ord("0")) & (kind <= ord("6")) & ((magic == _MAGICS[0]) | (magic == _MAGICS[1]))
            stored[kind != ord("0")] = 0
            after = bodies[some] + (stored + BLOCK - 1 & -BLOCK)
            # The next one begins right behind, unless extended headers lie between.
            follows = np.append(after[:-1] == bodies[some][1:] - BLOCK, True)
            usual = _run(known)
            count = min(usual, _run(follows[:usual]) + 1)
            if not count:
                return
            yield HeaderColumns(fields[:count], stored[:count], bodies[at : at + count], int(after[count - 1]))
            at += count
            if count < len(fields) or (at < len(bodies) and bodies[at] != after[-1] + BLOCK):
                return
            size = _AT_ONCE


def _run(flags: Column) -> int:
    """How many are true at the beginning."""
    return len(flags) if flags.all() else int(np.argmin(flags))
