"""Many paths of a stack as text, each folder's name read once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column


def paths_of(stack: Timeline, path_ids: Column) -> list[str]:
    """The absolute paths of path numbers (integers of any dtype), in any order and several times each: `Timeline.path` walks to the top for each."""
    needed = np.zeros(len(stack.depth), bool)
    rising = path_ids
    while len(rising):
        rising = rising[~needed[rising]]
        needed[rising] = True
        rising = stack.parent[rising]
        rising = rising[rising >= 0]
    found = np.flatnonzero(needed)
    texts: dict[int, str] = {-1: ""}
    parents = stack.parent[found].tolist()
    for path_id, parent, name in zip(found.tolist(), parents, stack.names(found), strict=True):
        texts[path_id] = f"{texts[parent]}/{name.decode('utf-8', 'surrogateescape')}"
    return [texts[path_id] for path_id in path_ids.tolist()]
