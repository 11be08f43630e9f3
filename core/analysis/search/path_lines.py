"""The paths of all rows of a layer table as lines of one text, for a search of all of them at once.

A loop over the names takes longer than the search: here each folder's part is one replacement in the text of its names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.layers.table.columns import Column
    from layertui.core.layers.table.layer_table import LayerTable

_PIECE = 1 << 20  # bytes, about: the paths of a deep tree take more memory than all columns


def has_line_ends(table: LayerTable) -> bool:
    """Whether a name has a line end, so that the paths are no lines."""
    return bool((table.names == ord("\n")).any())


def path_lines(table: LayerTable) -> Iterator[tuple[int, bytes]]:
    """The absolute paths of all rows, in order, some rows at a time: the first of them, and their paths joined by line ends."""
    names, starts = _names_apart(table)
    # Rows that follow one another in the same folder: what is before their names is the same.
    cuts = np.flatnonzero(np.diff(table.parent, prepend=-2))
    bounds, depths = [*cuts.tolist(), len(table)], table.depth[cuts].tolist()
    folder = [b"/"] * (int(table.depth.max(initial=0)) + 1)  # by depth: what the path of a row begins with
    pieces: list[bytes] = []
    first = size = 0
    for row, end, depth, below in zip(bounds, bounds[1:], depths, [*depths[1:], 0], strict=False):
        above = folder[depth]
        step = max(_PIECE // len(above), 1)
        for start in range(row, end, step):
            stop = min(start + step, end)
            pieces.append(above + names[starts[start] : starts[stop] - 1].replace(b"\0", b"\n" + above))
            size += len(pieces[-1])
            if size >= _PIECE:
                yield first, b"\n".join(pieces)
                pieces, first, size = [], stop, 0
        if below > depth:
            folder[below] = above + names[starts[end - 1] : starts[end] - 1] + b"/"
    if pieces:
        yield first, b"\n".join(pieces)


def _names_apart(table: LayerTable) -> tuple[bytes, Column]:
    """The names of all rows, a NUL after each, which no name has; and where each begins, and the end."""
    ends = table.name_ends.astype(np.int64) + np.arange(len(table))
    text = np.zeros(len(table.names) + len(table), np.uint8)
    is_name = np.ones(len(text), bool)
    is_name[ends] = False
    text[is_name] = table.names
    return text.tobytes(), np.concatenate([[0], ends + 1])
