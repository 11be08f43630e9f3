"""A View as a tree: drawn with lines as text, nested as JSON.

Both walk the rows in tree order with a list of open folders, so that deep folders cause no recursion. Rows are read from
the columns in batches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.layers.table.entry import Change, Kind
from layertui.tui.common.format import safe, size
from layertui.tui.report.json_output import json_bytes
from layertui.tui.report.row_objects import BATCH, entry_object, json_each

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.columns import Column

ROOT = -1


def tree_lines(view: View, top: int, depth: int | None) -> Iterator[str]:
    """The tree below a row (ROOT for all), with the bytes of each file or subtree on the left."""
    total = view.total_size if top == ROOT else view.total_of(top)
    yield f"{size(total):>7}  {safe(view.path(top))}"
    rows, levels = _rows(view, top, depth)
    open_last: list[bool] = []
    for start in range(0, len(rows), BATCH):
        some = rows[start : start + BATCH]
        last, kinds, changes, totals = (
            column.tolist() for column in (_last(view, some, top), view.kind[some], view.change[some], view.total[some])
        )
        facts = zip(
            some.tolist(), levels[start : start + BATCH].tolist(), last, kinds, changes, totals,
            view.stack.names(view.path_ids[some]), strict=True,
        )  # fmt: skip
        for index, level, is_last, kind, change, bytes_, name in facts:
            del open_last[level - 1 :]
            branch = "".join("    " if ended else "│   " for ended in open_last) + ("└── " if is_last else "├── ")
            open_last.append(is_last)
            taken = "-" if change == Change.REMOVED else size(bytes_)
            label = safe(name.decode("utf-8", "surrogateescape")) + _sign(view, index, kind, change)
            yield f"{taken:>7}  {branch}{label}"


def _rows(view: View, top: int, depth: int | None) -> tuple[Column, Column]:
    """Rows below `top` in tree order, and the level of each relative to it, from 1."""
    first, end = (0, len(view)) if top == ROOT else (top + 1, view.end_of(top))
    levels = view.depth[first:end] - (0 if top == ROOT else view.depth[top])
    rows = np.arange(end - first) if depth is None else np.flatnonzero(levels <= depth)
    return first + rows, levels[rows]


def _last(view: View, rows: Column, top: int) -> Column:
    """Which rows are the last ones in their folders."""
    parent = view.parent[rows]
    end = len(view) if top == ROOT else view.end_of(top)
    last: Column = view.end[rows] == np.where(parent == ROOT, end, view.end[parent])
    return last


def _sign(view: View, index: int, kind: int, change: int) -> str:
    """The sign after a name."""
    if change == Change.REMOVED:
        return " (removed)"
    if kind == Kind.DIR:
        return "/"
    if kind == Kind.SYMLINK:
        return f" -> {safe(view.entry(index).link or '')}"
    return ""


def tree_json(view: View, top: int, depth: int | None) -> Iterator[str]:
    """The tree as one JSON document: `ls` rows, each folder with its `children`."""
    root = view.get(view.path(top))
    assert root is not None
    yield _opened(json_bytes(entry_object(root)).decode())
    open_levels = 0
    fresh = True
    rows, levels = _rows(view, top, depth)
    for row, level in zip(json_each(view, rows), levels.tolist(), strict=True):
        yield "]}" * (open_levels - level + 1)
        if open_levels >= level or not fresh:
            yield ","
        yield "\n" + _opened(row)
        fresh = True
        open_levels = level
    yield "]}" * (open_levels + 1) + "\n"


def _opened(row: str) -> str:
    return row[:-1] + ',"children":['
