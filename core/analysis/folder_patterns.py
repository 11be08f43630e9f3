"""Paths of a stack by the folders they are in: ``/var/lib/apt/lists`` from the root, or ``.cache/pip`` anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.name_endings import NameEndings
from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layertui.core.analysis.name_endings import AllNames
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column


class Folders:
    """The folders of a stack, by their names."""

    def __init__(self, stack: Timeline, names: AllNames) -> None:
        self._stack = stack
        is_folder = np.zeros(len(stack.depth), bool)
        is_folder[stack.path_id[stack.kind == Kind.DIR]] = True
        self._path_ids = np.flatnonzero(is_folder)
        self._endings = NameEndings(names, stack.start[self._path_ids])

    def inside(self, patterns: Sequence[Sequence[str]]) -> Column:
        """For each path number the number of the first group of patterns, counted from 1, that has a folder above it; else 0.

        A pattern is one or several names of folders; with a slash in front they begin at the root. uint8.
        """
        stack = self._stack
        groups: Column = np.zeros(len(stack.depth), np.uint8)
        # Few of the folders have one of these names: only theirs are made.
        named: dict[bytes, list[int]] = {_parts(pattern)[-1]: [] for some in patterns for pattern in some}
        maybe = self._path_ids[self._endings.may_be(named)]
        for name, path_id in zip(stack.names(maybe), maybe.tolist(), strict=True):
            if name in named:
                named[name].append(path_id)
        for number, some in reversed(list(enumerate(patterns, 1))):  # the first group has the last word
            path_ids = np.array(
                sorted(path_id for pattern in some for path_id in self._matching(pattern, named)), np.int64
            )
            done = 0  # what is in one of them is in it with all that is below
            for path_id, end in zip(path_ids.tolist(), stack.end[path_ids].tolist(), strict=True):
                if path_id >= done:
                    groups[path_id + 1 : end] = number
                    done = end
        return groups

    def _matching(self, pattern: str, named: Mapping[bytes, Sequence[int]]) -> list[int]:
        """The folders that match a pattern."""
        *above, name = _parts(pattern)
        from_root = pattern.startswith("/")
        return [path_id for path_id in named[name] if self._is_below(path_id, above[::-1], from_root=from_root)]

    def _is_below(self, path_id: int, above: Sequence[bytes], *, from_root: bool) -> bool:
        """Whether the folders above a path have these names, the nearest first."""
        stack = self._stack
        for name in above:
            path_id = int(stack.parent[path_id])
            if path_id < 0 or stack.name(path_id) != name:
                return False
        return not from_root or int(stack.parent[path_id]) < 0


def _parts(pattern: str) -> list[bytes]:
    """The names in a pattern."""
    return pattern.strip("/").encode().split(b"/")
