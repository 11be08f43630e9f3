"""A view as a tree: with drawn branches as text, nested as JSON.

Both walk rows in tree order and keep a list of open folders: however deep an image goes, nothing recurses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layertui.core.layers.entry import Change, Kind
from layertui.tui.format import safe, size
from layertui.tui.report.out import json_bytes
from layertui.tui.report.rows import entry_object

if TYPE_CHECKING:
    from layertui.core.layers.view import View

ROOT = -1


def tree_lines(view: View, top: int, depth: int | None) -> Iterator[str]:
    """The tree below a row (ROOT for all), bytes of each file or subtree to the left."""
    total = view.total_size if top == ROOT else int(view.total[top])
    yield f"{size(total):>7}  {safe(view.path(top))}"
    open_last: list[bool] = []
    for index, level in _rows(view, top, depth):
        del open_last[level - 1 :]
        last = _is_last(view, index, top)
        branch = "".join("    " if ended else "│   " for ended in open_last) + ("└── " if last else "├── ")
        open_last.append(last)
        yield f"{_size_of(view, index):>7}  {branch}{_label(view, index)}"


def _rows(view: View, top: int, depth: int | None) -> Iterator[tuple[int, int]]:
    """Rows below `top` in tree order, each with its level below it, from 1."""
    first, end = (0, len(view)) if top == ROOT else (top + 1, int(view.end[top]))
    base = 0 if top == ROOT else int(view.depth[top])
    for index, level in zip(range(first, end), (view.depth[first:end] - base).tolist(), strict=True):
        if depth is None or level <= depth:
            yield index, level


def _is_last(view: View, index: int, top: int) -> bool:
    parent = int(view.parent[index])
    end = len(view) if parent == ROOT else int(view.end[parent])
    if parent == ROOT and top != ROOT:
        end = int(view.end[top])
    return int(view.end[index]) == end


def _size_of(view: View, index: int) -> str:
    return "-" if int(view.change[index]) == Change.REMOVED else size(int(view.total[index]))


def _label(view: View, index: int) -> str:
    name = safe(view.name(index))
    kind = int(view.kind[index])
    if int(view.change[index]) == Change.REMOVED:
        return f"{name} (removed)"
    if kind == Kind.DIR:
        return name + "/"
    if kind == Kind.SYMLINK:
        return f"{name} -> {safe(view.entry(index).link or '')}"
    return name


def tree_json(view: View, top: int, depth: int | None) -> Iterator[str]:
    """The tree as one JSON document: `ls` rows, each folder with its `children`."""
    root = view.get(view.path(top))
    assert root is not None
    yield _opened(entry_object(root))
    open_levels = 0
    fresh = True
    for index, level in _rows(view, top, depth):
        yield "]}" * (open_levels - level + 1)
        if open_levels >= level or not fresh:
            yield ","
        yield "\n" + _opened(entry_object(view.entry(index)))
        fresh = True
        open_levels = level
    yield "]}" * (open_levels + 1) + "\n"


def _opened(row: dict[str, object]) -> str:
    return json_bytes(row).decode()[:-1] + ',"children":['
