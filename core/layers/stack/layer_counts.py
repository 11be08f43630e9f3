"""Counts what each layer of a stack added, changed and removed. Reading cached counts needs no numpy."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from layertui.core.errors import Damaged
from layertui.core.layers.table.entry import Kind
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.table.columns import Column


@dataclass(frozen=True, slots=True)
class LayerCounts:
    """What one layer contains and changes.

    ``entries`` are the tar's members without markers and root; ``removed`` counts tops only, so a
    removed folder is one; ``size`` is the bytes of its regular files, each inode once.
    """

    entries: int
    added: int
    modified: int
    removed: int
    size: int


def counts(stack: Stack) -> list[LayerCounts]:
    """The counts of each layer, lowest first."""
    added, modified = _arrivals(stack)
    removed = _removals(stack)
    return [
        LayerCounts(
            layer.table.members, int(added[number]), int(modified[number]), int(removed[number]), layer.table.size
        )
        for number, layer in enumerate(stack.layers, 1)
    ]


def pack(found: Sequence[LayerCounts]) -> bytes:
    return strict_json.dumps([list(astuple(one)) for one in found])


def unpack(packed: bytes) -> list[LayerCounts] | None:
    """What `pack` packed; None for anything else."""
    try:
        return [LayerCounts(*one) for one in strict_json.loads_trusted(packed)]
    except (Damaged, TypeError):
        return None


def _arrivals(stack: Stack) -> tuple[Column, Column]:
    """How many paths each layer added and modified, by layer number."""
    import numpy as np

    from layertui.core.layers.stack.view import same_folder
    from layertui.core.layers.table.layer_table import NEVER

    size = len(stack) + 1
    born = np.flatnonzero(stack.born != NEVER)
    numbers = stack.born[born]
    before = np.concatenate([[-1], born[:-1]])[: len(born)]
    # The row of the same path that was born before this one, and was visible until this one came.
    replaces = (before >= 0) & (stack.path_id[before] == stack.path_id[born]) & (stack.gone[before] >= numbers)
    rows, lower = born[replaces], before[replaces]
    kept = same_folder(stack, rows, lower)
    added = np.bincount(numbers[~replaces], minlength=size)
    modified = np.bincount(stack.born[rows[~kept]], minlength=size)
    return added, modified


def _removals(stack: Stack) -> Column:
    """How many paths each layer removed, by layer number; a removed folder is one."""
    import numpy as np

    from layertui.core.layers.table.layer_table import NEVER

    lost = np.flatnonzero((stack.born != NEVER) & (stack.gone <= len(stack)))
    numbers = stack.gone[lost]
    gone = stack.visible(stack.path_id[lost], numbers) < 0
    lost, numbers = lost[gone], numbers[gone]
    above = stack.parent[stack.path_id[lost]]
    folder = stack.visible(above, numbers)
    top = (above < 0) | ((folder >= 0) & (stack.kind[np.maximum(folder, 0)] == Kind.DIR))
    return np.bincount(numbers[top], minlength=len(stack) + 1)
