"""What a stack of layers adds to the rows of its layers: which ones its top hides, hard links between layers, packages and owners.

Only exceptions are stored: most rows of most layers show in each image that has the layer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from layertui.core.catalog.storage.stored_text import stored
from layertui.core.catalog.storage.table_schemas import SCHEMAS
from layertui.core.catalog.tasks.table_rows import TYPES
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK, NEVER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.packages.find_packages import PackagesFound
    from layertui.core.layers.stack.stack import Stack

NOT_THERE = 0
"""`hidden_in` of a row that no view shows: of a folder that the layer only implies, and lower layers have."""


def hidden_rows(stack: Stack, chain_id: str) -> pa.Table:
    """The rows that the top does not show, each with the layer that hides it; markers have none."""
    top = len(stack)
    is_entry = stack.kind < Kind.WHITEOUT
    never = is_entry & (stack.born == NEVER)
    rows = np.flatnonzero(never | (is_entry & (stack.gone <= top)))
    hidden_in = np.where(never[rows], NOT_THERE, stack.gone[rows])
    return _table(
        "hidden",
        chain_id,
        len(rows),
        layer=stack.layer[rows].astype(np.int16),
        row=stack.row[rows].astype(np.int32),
        hidden_in=hidden_in.astype(np.int16),
    )


def linked_rows(stack: Stack, chain_id: str, diff_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Hard links whose inode another layer has, with what that has."""
    found = []
    links = np.flatnonzero((stack.flags & HARDLINK) != 0)
    for at in links[stack.layer[stack.inode[links]] != stack.layer[links]].tolist():
        inode = int(stack.inode[at])
        while int(stack.inode[inode]) != inode:
            inode = int(stack.inode[inode])
        entry = stack.entry(at)
        found.append(
            {
                "chain_id": chain_id,
                "layer": int(stack.layer[at]),
                "row": int(stack.row[at]),
                "type": TYPES[entry.kind],
                "mode": entry.mode,
                "uid": entry.uid,
                "gid": entry.gid,
                "size": entry.size,
                "mtime": entry.mtime,
                "link": stored(text) if (text := entry.link or entry.hardlink_to) is not None else None,
                "inode_diff_id": diff_ids[int(stack.layer[inode]) - 1],
                "inode_row": int(stack.row[inode]),
            }
        )
    return found


def package_rows(found: PackagesFound, chain_id: str) -> list[dict[str, Any]]:
    """The packages, those that are hidden again too."""
    return [
        {
            "name": stored(one.package.name),
            "type": one.package.kind,
            "version": stored(one.package.version),
            "arch": stored(one.package.arch),
            "source": stored(one.package.source),
            "chain_id": chain_id,
            "layer": one.layer,
            "hidden_in": one.hidden_in,
            "part": one.part,
            "size": one.size,
        }
        for one in found.packages
    ]


def owned_rows(found: PackagesFound, chain_id: str) -> pa.Table:
    """Which rows of the layers belong to which package: of neighbours with the same owner only the first and the last."""
    view = found.view
    owned = np.flatnonzero(found.owner >= 0)
    stack, shown = view.stack, view.shown[owned]
    layer, row, owner = stack.layer[shown], stack.row[shown], found.owner[owned]
    order = np.lexsort((row, layer))
    layer, row, owner = layer[order], row[order].astype(np.int64), owner[order]
    starts = np.ones(len(row), bool)
    starts[1:] = (row[1:] != row[:-1] + 1) | (layer[1:] != layer[:-1]) | (owner[1:] != owner[:-1])
    first = np.flatnonzero(starts)
    last = np.append(first[1:], len(row)) - 1 if len(row) else first
    names = [stored(one.package.name) for one in found.packages]
    return _table(
        "owned",
        chain_id,
        len(first),
        package=pa.array([names[number] for number in owner[first].tolist()], pa.string()),
        layer=layer[first].astype(np.int16),
        first=row[first].astype(np.int32),
        last=row[last].astype(np.int32),
    )


def _table(name: str, chain_id: str, count: int, **columns: Any) -> pa.Table:
    given = {"chain_id": pa.array([chain_id] * count, pa.string()), **columns}
    return pa.table({column: given[column] for column in SCHEMAS[name].names}, schema=SCHEMAS[name])
