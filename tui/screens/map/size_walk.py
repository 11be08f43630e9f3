"""Where one is in a size map: which folder is shown, what the cursor is on, and the way that led there. Knows no widget."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.analysis.by_folder.size_tree import TOP

if TYPE_CHECKING:
    from layertui.core.analysis.by_folder.size_map import SizeMap

Key = tuple[int, int]
"""A node and 0; or a folder, and how many of its largest are before the rest: see `Tile.key`."""


class Spot(NamedTuple):
    """What the map shows: a node, and how its bytes are split."""

    folder: int = TOP
    skipped: int = 0
    """How many of the largest in the folder are left out, which one has gone into the rest of."""
    cursor: Key | None = None
    """None for the largest."""


class SizeWalk:
    """The shown folder of a map, and the cursor in it."""

    def __init__(self, found: SizeMap) -> None:
        self.map = found
        self._way = [Spot()]

    @property
    def here(self) -> Spot:
        """What is shown now."""
        return self._way[-1]

    def look(self, cursor: Key | None) -> None:
        """The cursor is on something else."""
        self._way[-1] = self.here._replace(cursor=cursor)

    def enter(self) -> bool:
        """Go into what the cursor is on; False for a file."""
        if self.here.cursor is None:
            return False
        node, skipped = self.here.cursor
        if not skipped and not len(self.map.tree.children(node)):
            return False
        self._way.append(Spot(node, skipped))
        return True

    def leave(self) -> bool:
        """Go back to what was shown before; False at the top."""
        if len(self._way) == 1:
            return False
        self._way.pop()
        return True

    def out(self) -> bool:
        """Move the cursor to the folder around what it is on; if that is the shown one, leave it."""
        if self.here.cursor is not None:
            node, skipped = self.here.cursor
            around = node if skipped else int(self.map.tree.parents[node])
            if around != self.here.folder:
                self.look((around, 0))
                return True
        return self.leave()

    def go_to(self, path: str) -> None:
        """Show a folder, with all folders above it as the way back; of a file the folder that it is in."""
        chain = [self.map.node_of(path)]
        while chain[-1] != TOP:
            chain.append(int(self.map.tree.parents[chain[-1]]))
        chain.reverse()
        self._way = [Spot(node, 0, (inner, 0)) for node, inner in pairwise(chain)]
        if len(self.map.tree.children(chain[-1])):
            self._way.append(Spot(chain[-1]))
        self._way = self._way or [Spot()]
