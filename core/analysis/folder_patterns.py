"""Paths of a stack by the folders they are in: ``/var/lib/apt/lists`` from the root, or ``.cache/pip`` anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column


def inside(stack: Timeline, patterns: Sequence[Sequence[str]]) -> Column:
    """For each path number the number of the first group of patterns, counted from 1, that has a folder above it; else 0.

    A pattern is one or several names of folders; with a slash in front they begin at the root. uint8.
    """
    groups: Column = np.zeros(len(stack.depth), np.uint8)
    matches = _matches(stack, {pattern: number for number, some in enumerate(patterns, 1) for pattern in some})
    for number in sorted(matches, reverse=True):  # the first group has the last word
        for place in matches[number]:
            if groups[place] != number:
                groups[place + 1 : stack.end[place]] = number
    return groups


def _matches(stack: Timeline, patterns: Mapping[str, int]) -> dict[int, list[int]]:
    """The folders that match a pattern, by the pattern's number, in tree order."""
    by_name: dict[bytes, list[tuple[list[bytes], bool, int]]] = {}
    for pattern, number in patterns.items():
        names = pattern.strip("/").encode().split(b"/")
        by_name.setdefault(names[-1], []).append((names[-2::-1], pattern.startswith("/"), number))
    is_folder = np.zeros(len(stack.depth), bool)
    is_folder[stack.place[stack.kind == Kind.DIR]] = True
    folders = np.flatnonzero(is_folder)
    found: dict[int, list[int]] = {}
    for place, name in zip(folders.tolist(), stack.names(folders), strict=True):
        for above, from_root, number in by_name.get(name, ()):
            if _leads_to(stack, place, above, from_root=from_root):
                found.setdefault(number, []).append(place)
    return found


def _leads_to(stack: Timeline, place: int, above: Sequence[bytes], *, from_root: bool) -> bool:
    """Whether the folders above a path have these names, the nearest first."""
    for name in above:
        place = int(stack.parent[place])
        if place < 0 or stack.name(place) != name:
            return False
    return not from_root or int(stack.parent[place]) < 0
