"""A layer's table as columns of the catalog's table `files`, and the digests of its contents as those of `contents`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from layertui.core.analysis.content_digests import NoNotes, digests_of
from layertui.core.catalog.storage.stored_text import stored
from layertui.core.catalog.storage.table_schemas import SCHEMAS
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK
from layertui.core.layers.table.path_keys import path_of

if TYPE_CHECKING:
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.progress import Progress

TYPES = {kind: "place" if kind is Kind.PLACE else kind.word for kind in Kind}
"""The column `type`: as `ls --json` has it, and `place` for a folder that only holds markers."""


def file_rows(table: LayerTable, diff_id: str) -> pa.Table:
    """All rows of a layer's table, markers included."""
    count = len(table)
    names = [stored(name.decode("utf-8", "surrogateescape")) for name in table.names_of(np.arange(count))]
    folders = _folders(names, table.parent.tolist())
    row = np.arange(count, dtype=np.int32)
    is_link = (table.flags & HARDLINK) != 0
    inode = np.where(is_link, table.target, row).astype(np.int32)
    types = pa.array([TYPES.get(Kind(number), "") for number in range(1, 9)])
    columns: dict[str, Any] = {
        "name": pa.array(names, pa.string()),
        "folder": folders,
        "diff_id": pa.array([diff_id] * count, pa.string()),
        "row": pa.array(row),
        "type": types.take(pa.array(table.kind.astype(np.int64) - 1)),
        "mode": pa.array(table.mode.astype(np.int16)),
        "uid": pa.array(table.uid.astype(np.int64)),
        "gid": pa.array(table.gid.astype(np.int64)),
        "size": pa.array(table.size_of.astype(np.int64)),
        "mtime": pa.array(table.mtime.astype(np.int64)),
        "link": pa.array(_links(table), pa.string()),
        "inode": pa.array(inode, mask=inode < 0),
    }
    return pa.table(columns, schema=SCHEMAS["files"])


def content_rows(stack: Stack, diff_id: str, progress: Progress) -> pa.Table:
    """The sha256 of each file of a layer, given as a stack of this layer alone; what cannot be read has none."""
    files = np.flatnonzero((stack.kind == Kind.FILE) & ((stack.flags & HARDLINK) == 0))
    digests = digests_of(stack, files, progress, NoNotes())
    there = digests.any(axis=1)
    files, digests = files[there], np.ascontiguousarray(digests[there])
    sums = pa.FixedSizeBinaryArray.from_buffers(pa.binary(32), len(files), [None, pa.py_buffer(digests.tobytes())])
    columns = {
        "sha256": sums,
        "diff_id": pa.array([diff_id] * len(files), pa.string()),
        "row": pa.array(stack.row[files].astype(np.int32)),
    }
    return pa.table(columns, schema=SCHEMAS["contents"])


def _folders(names: list[str], parents: list[int]) -> pa.Array:
    """The path of each row's folder; empty at the top. Most rows have the folder of the row before."""
    numbers: list[int] = []
    paths = [""]
    number_of = {-1: 0}
    for parent in parents:
        number = number_of.get(parent)
        if number is None:  # the parent's own row came before, and has its folder
            number = number_of[parent] = len(paths)
            paths.append(f"{paths[numbers[parent]]}/{names[parent]}")
        numbers.append(number)
    return pa.array(paths, pa.string()).take(pa.array(numbers, pa.int32()))


def _links(table: LayerTable) -> list[str | None]:
    """What each link leads to: of a symlink as it is written, of another hard link the path of the inode's first name."""
    found: list[str | None] = [None] * len(table)
    is_hard = ((table.flags & HARDLINK) != 0) & (table.kind != Kind.SYMLINK)
    for row in table.links.rows.tolist():
        link = table.links.get(row) or b""
        found[row] = stored(path_of(link) if is_hard[row] else link.decode("utf-8", "surrogateescape"))
    for row in np.flatnonzero(is_hard & (table.target >= 0)).tolist():
        found[row] = stored(table.path(int(table.target[row])))
    return found
