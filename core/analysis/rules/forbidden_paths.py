"""The paths of a stack that match a glob, whether they show or are hidden: what a layer stores can be taken out of the image."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.search.globs import Glob
from layertui.core.analysis.stack_paths import paths_of
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.path_keys import key_of

if TYPE_CHECKING:
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column

_LITERAL = re.compile(r"((?:/[^/*?\[\\]+)*)/.*", re.DOTALL)


def matching_paths(stack: Timeline, glob: str, low: int, high: int) -> list[str]:
    """What layers ``low`` to ``high`` store at a path that matches, in tree order, each path once.

    A glob without a slash is matched with the last component, another one with the whole path; `*` also matches slashes.
    Raises UsageError for a glob that is none.
    """
    real = (stack.kind < Kind.WHITEOUT) & (stack.layer >= low) & (stack.layer <= high)
    path_ids = np.flatnonzero(np.bincount(stack.path_id[real], minlength=len(stack.depth)))
    if "/" not in glob:
        matches = Glob(glob).matches
        names = (name.decode("utf-8", "surrogateescape") for name in stack.names(path_ids))
        fits = np.fromiter(map(matches, names), bool, len(path_ids))
        return paths_of(stack, path_ids[fits])
    glob = "/" + glob.strip("/")
    matches = Glob(glob).matches
    return [path for path in paths_of(stack, _below(stack, path_ids, glob)) if matches(path)]


def _below(stack: Timeline, path_ids: Column, glob: str) -> Column:
    """Those of some paths that are in the folder that every match of a glob is in."""
    literal = _LITERAL.fullmatch(glob)
    if literal is None or not literal[1]:
        return path_ids
    folder = stack.find(key_of(literal[1]))
    if folder is None:
        return path_ids[:0]
    first, end = np.searchsorted(path_ids, [folder + 1, int(stack.end[folder])])
    return path_ids[first:end]
