"""The rows of a layer whose files pass a test of their content; a tar is read once, forward, in large pieces."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from layertui.core.errors import Cancelled, LayertuiError, Truncated
from layertui.core.fs.reader import read_fully
from layertui.core.language.texts import tr
from layertui.core.layers.table.layer_table import SPARSE
from layertui.core.layers.table.layer_tar import TarballContent
from layertui.core.streams.tar.member_content import pieces_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.search.content_tests import ContentTest
    from layertui.core.layers.stack.timeline import LayerContent, StackLayer
    from layertui.core.layers.table.columns import Column
    from layertui.core.layers.table.entry import Entry
    from layertui.core.progress import Progress

_BUFFER = 256 << 10  # bytes of several files
_PIECE = 256 << 10  # bytes of one large file
_GAP = 256 << 10  # bytes between two files that are read rather than jumped over


def rows_with_content(
    layer: StackLayer, rows: Column, test: ContentTest, progress: Progress, problems: list[str]
) -> Column:
    """Those of some rows, regular files with content of their own, that pass a test; ascending.

    A file that cannot be read is left out, and ``problems`` gets a line about it. Raises Cancelled, and what opening the
    layer's tar raises.
    """
    table, content = layer.table, layer.content
    in_tar = np.zeros(len(rows), bool)
    if isinstance(content, TarballContent):
        in_tar = ((table.flags[rows] & SPARSE) == 0) & (table.body[rows] >= 0)
    found = [_in_tar(content, layer, rows[in_tar], test, progress)] if isinstance(content, TarballContent) else []
    for row in rows[~in_tar].tolist():
        try:
            if content is not None and file_passes(content, table.entry(row), test, progress):
                found.append(np.array([row]))
        except Cancelled:
            raise
        except LayertuiError as error:
            problems.append(f"{table.path(row)}: {error}")
    return np.sort(np.concatenate(found)) if found else rows[:0]


def file_passes(content: LayerContent, entry: Entry, test: ContentTest, progress: Progress) -> bool:
    """Whether one file passes a test; of a sparse file only what is stored is read, unless the test needs the rest."""
    with content.open(entry) as file:
        pieces = None if test.reads_holes else pieces_of(file)
        one = test.file()
        for start, length in pieces if pieces is not None else ((0, entry.size),):
            if start:
                one.skip()
                file.seek(start)
            left = length
            while left and (piece := file.read(min(_PIECE, left))):
                left -= len(piece)
                progress.advance(len(piece))
                if one.feed(piece):
                    return True
        return one.end()


def _in_tar(content: TarballContent, layer: StackLayer, rows: Column, test: ContentTest, progress: Progress) -> Column:
    """Those of some rows, whose contents are ranges of a tar."""
    order = np.argsort(layer.table.body[rows], kind="stable")
    rows = rows[order]
    starts = layer.table.body[rows].astype(np.int64)
    ends = starts + layer.table.size_of[rows]
    found: list[int] = []
    if not len(rows):
        return rows
    with content.open_tar() as tar:
        limits = _limits(starts, ends)
        begin, stop = starts.tolist(), ends.tolist()
        at = 0
        while at < len(begin):
            # As many files as fit the buffer, without a large gap between them.
            until = min(bisect_right(stop, begin[at] + _BUFFER, at), limits[at])
            if until <= at:
                if _large_file_passes(tar, begin[at], stop[at], test, progress):
                    found.append(at)
                at += 1
                continue
            buffer = _read(tar, begin[at], stop[until - 1])
            progress.advance(len(buffer))
            base = begin[at]
            passing = test.in_buffer(
                buffer, [start - base for start in begin[at:until]], [end - base for end in stop[at:until]]
            )
            found += [at + one for one in passing]
            at = until
    return rows[np.array(found, np.int64)]


def _limits(starts: Column, ends: Column) -> Sequence[int]:
    """For each file the number of the first one after it that a large gap is before."""
    after_gap = np.append(np.flatnonzero(starts[1:] - ends[:-1] > _GAP) + 1, len(starts))
    limits: list[int] = after_gap[np.searchsorted(after_gap, np.arange(len(starts)), "right")].tolist()
    return limits


def _large_file_passes(tar: BinaryIO, start: int, end: int, test: ContentTest, progress: Progress) -> bool:
    one = test.file()
    for at in range(start, end, _PIECE):
        piece = _read(tar, at, min(at + _PIECE, end))
        progress.advance(len(piece))
        if one.feed(piece):
            return True
    return one.end()


def _read(tar: BinaryIO, start: int, end: int) -> bytes:
    tar.seek(start)
    content = read_fully(tar.read, end - start)
    if len(content) < end - start:
        raise Truncated(tr("a layer ends inside a file"))
    return content
