"""The size map of what two compared sides differ by: bytes added, removed and changed, by folder. Reads no layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.by_folder.size_map import SizeMap
from layertui.core.analysis.by_folder.size_tree import Groups
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Change

if TYPE_CHECKING:
    from layertui.core.layers.diff.rollup import Rollup
    from layertui.core.layers.table.columns import Column

KINDS_OF_CHANGE = ("added", "removed", "changed")
"""The groups of the map, by number."""


class ChangedFiles:
    """The changed paths of a Rollup as `Copies` of a SizeTree, one item each.

    A file of the right side alone counts with its bytes, one of the left side alone too. A file of both sides with other
    content counts with the bytes of the right side; if it has none there, because it is empty or a link now, with those of
    the left side. Of several hard links one counts.
    """

    def __init__(self, tree: Rollup) -> None:
        changes = tree.changes
        # The changes are in the order of the rows.
        self.path_ids: Column = np.flatnonzero(tree.change >= 0)
        self.bytes: Column = np.where(changes.after > 0, changes.after, changes.before)
        self.hidden: Column = np.zeros(len(changes), bool)
        kinds = np.zeros(len(changes), np.int32)
        kinds[changes.kind == Change.REMOVED] = KINDS_OF_CHANGE.index("removed")
        kinds[changes.kind == Change.MODIFIED] = KINDS_OF_CHANGE.index("changed")
        self.kinds = Groups(kinds, tuple(map(tr, KINDS_OF_CHANGE)))


def changed_size_map(tree: Rollup) -> SizeMap:
    """The map of changed paths; the layers of its nodes are indexes into KINDS_OF_CHANGE."""
    files = ChangedFiles(tree)
    return SizeMap(tree, files, files.kinds)
