"""Paths of a stack by the folders they are in: ``/var/lib/apt/lists`` from the root, or ``.cache/pip`` anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column


class Folders:
    """The folders of a stack, by their names."""

    def __init__(self, stack: Timeline) -> None:
        self._stack = stack
        is_folder = np.zeros(len(stack.depth), bool)
        is_folder[stack.path_id[stack.kind == Kind.DIR]] = True
        path_ids = np.flatnonzero(is_folder)
        self._named: dict[bytes, list[int]] = {}
        for path_id, name in zip(path_ids.tolist(), stack.names(path_ids), strict=True):
            self._named.setdefault(name, []).append(path_id)

    def inside(self, patterns: Sequence[Sequence[str]]) -> Column:
        """For each path number the number of the first group of patterns, counted from 1, that has a folder above it; else 0.

        A pattern is one or several names of folders; with a slash in front they begin at the root. uint8.
        """
        groups: Column = np.zeros(len(self._stack.depth), np.uint8)
        for number, some in reversed(list(enumerate(patterns, 1))):  # the first group has the last word
            for path_id in sorted(path_id for pattern in some for path_id in self._matching(pattern)):
                if groups[path_id] != number:
                    groups[path_id + 1 : self._stack.end[path_id]] = number
        return groups

    def _matching(self, pattern: str) -> list[int]:
        """The folders that match a pattern."""
        *above, name = pattern.strip("/").encode().split(b"/")
        from_root = pattern.startswith("/")
        return [
            path_id
            for path_id in self._named.get(name, ())
            if self._is_below(path_id, above[::-1], from_root=from_root)
        ]

    def _is_below(self, path_id: int, above: Sequence[bytes], *, from_root: bool) -> bool:
        """Whether the folders above a path have these names, the nearest first."""
        stack = self._stack
        for name in above:
            path_id = int(stack.parent[path_id])
            if path_id < 0 or stack.name(path_id) != name:
                return False
        return not from_root or int(stack.parent[path_id]) < 0
