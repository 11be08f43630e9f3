"""What dive would say of the same layers, to be shown where its figures differ from ours.

dive (0.13) adds up, for each path, the sizes of all its leaf nodes in the layers: a whiteout of a folder that a tar
lists counts as the bytes of that folder, any other one as 0. Its efficiency is the sum of the smallest size of each path over the sum of all; wasted
are all sizes of each path that has two nodes or more. Opaque markers count nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, IMPLIED, OPAQUE

if TYPE_CHECKING:
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column


class DiveFigures(NamedTuple):
    """What dive prints of the same layers: `efficiency` from 0 to 1, and bytes."""

    efficiency: float
    wasted_bytes: int


def dive_figures(stack: Timeline) -> DiveFigures | None:
    """The figures for all layers; None where a marker makes dive stop in the middle of a layer, or see other folders than we."""
    rows = np.flatnonzero(stack.column("end", np.arange(len(stack.layer))) == stack.row + 1)
    stored = (stack.kind[rows] == Kind.FILE) & (stack.flags[rows] & HARDLINK == 0)
    sizes = np.where(stored, stack.size[rows], 0)
    markers = np.flatnonzero(stack.kind[rows] == Kind.WHITEOUT)
    below = stack.visible(stack.path_id[rows[markers]], stack.layer[rows[markers]] - 1)
    of_folders = markers[(stack.kind[below] == Kind.DIR) & (stack.flags[below] & IMPLIED == 0)]
    if (below < 0).any() or (len(of_folders) and _has_opaque(stack)):
        return None
    for at in of_folders.tolist():
        sizes[at] = _bytes_in(stack, int(stack.path_id[rows[at]]), int(stack.layer[rows[at]]) - 1)
    first = np.flatnonzero(np.diff(stack.path_id[rows], prepend=-1))
    if not len(first):
        return DiveFigures(1.0, 0)
    sums, least = np.add.reduceat(sizes, first), np.minimum.reduceat(sizes, first)
    several = np.diff(np.append(first, len(rows))) > 1
    total = int(sums.sum())
    return DiveFigures(int(least.sum()) / total if total else 1.0, int(sums[several].sum()))


def _has_opaque(stack: Timeline) -> bool:
    return bool((stack.flags & OPAQUE).any()) or any(layer.table.root_opaque for layer in stack.layers)


def _bytes_in(stack: Timeline, path_id: int, layer: int) -> int:
    """The bytes of the files in a folder as of a layer."""
    inside: Column = np.arange(stack.start[path_id], stack.start[stack.end[path_id]])
    visible = (stack.born[inside] <= layer) & (layer < stack.gone[inside])
    files = (stack.kind[inside] == Kind.FILE) & (stack.flags[inside] & HARDLINK == 0)
    return int(stack.size[inside[visible & files]].sum())
