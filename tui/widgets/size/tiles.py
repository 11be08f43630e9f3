"""The tiles of a size map: which folders and files are drawn, where, and which tile is next to which.

A folder with enough room is open: its name is a line, and its own folders and files are below it. What is too small to be read
is together in one tile, the rest.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.tui.common.tile_layout import Rect, tiled

if TYPE_CHECKING:
    from layertui.core.analysis.by_folder.size_tree import SizeTree

LEAST = 24
"""The smallest number of cells in which a name and a size can be read."""

OPEN_WIDTH, OPEN_HEIGHT = 16, 4
"""The smallest folder that is open."""

WORTH = 2
"""A folder is open if its tiles stand for at least one part in so many of its bytes: a large rest says less than the folder."""

FEWEST = 6
"""Of the folder that is shown, so many are drawn however small they are; then there is always one to go into."""


class Tile(NamedTuple):
    """One rectangle of the map."""

    area: Rect
    node: int
    """A folder or file; of the rest, the folder whose rest it is."""
    size: int
    depth: int
    is_open: bool = False
    """What is in the folder is drawn in it; the first line has its name."""
    rest: int = 0
    """How many nodes it stands for, if it is a rest."""
    skipped: int = 0
    """How many larger ones in its folder are before a rest."""

    @property
    def is_rest(self) -> bool:
        """Whether it stands for all that is too small, or for a file that a folder has replaced."""
        return self.skipped > 0 or self.rest > 0

    @property
    def key(self) -> tuple[int, int]:
        """What it stands for, whatever the size of the screen: a node, and if it is a rest, how many are before it."""
        return self.node, self.skipped

    @property
    def stop(self) -> Rect:
        """The part of it that the cursor is at: of an open folder the line with its name."""
        return self.area._replace(height=1) if self.is_open else self.area


def arranged(tree: SizeTree, folder: int, area: Rect, skipped: int = 0) -> list[Tile]:
    """The tiles of what is in a folder, without the largest `skipped`; what is in an open folder comes after it."""
    tiles: list[Tile] = []
    _fill(tiles, tree, folder, area, skipped, 0)
    return tiles


def _fill(tiles: list[Tile], tree: SizeTree, folder: int, area: Rect, skipped: int, depth: int) -> bool:
    """Add the tiles of a folder; False if it has nothing that could be read."""
    nodes = tree.children(folder)
    count = len(nodes) - skipped
    if count <= 0 or area.cells < 1:
        return False
    total = int(tree.sizes[folder] - (tree.sizes[nodes[:skipped]].sum() if skipped else 0))
    sizes: list[int] = tree.sizes[nodes[skipped : skipped + area.cells // LEAST + FEWEST]].tolist()
    least = max(1, total * LEAST // area.cells)
    shown = sum(size >= least for size in sizes)
    if depth and sum(sizes[:shown]) * WORTH < total:
        return False
    shown = max(shown, 0 if depth else min(FEWEST, len(sizes), area.cells - 1))
    if count == shown + 1 < area.cells and shown < len(sizes):
        shown += 1  # one more takes no more room than a rest of one
    weights = [max(size, least) for size in sizes[:shown]]
    rest = total - sum(sizes[:shown])
    if count > shown or rest:
        weights.append(max(rest, least))
    rects = tiled(weights, area)
    for node, size, rect in zip(nodes[skipped : skipped + shown].tolist(), sizes, rects, strict=False):
        tiles.append(Tile(rect, node, size, depth))
        if rect.width >= OPEN_WIDTH and rect.height >= OPEN_HEIGHT:
            at = len(tiles) - 1
            inner = Rect(rect.x + 1, rect.y + 1, rect.width - 1, rect.height - 1)
            if _fill(tiles, tree, node, inner, 0, depth + 1):
                tiles[at] = tiles[at]._replace(is_open=True)
    if len(rects) > shown:
        tiles.append(Tile(rects[shown], folder, rest, depth, rest=count - shown, skipped=skipped + shown))
    return True


class TileGrid:
    """Which tile each cell belongs to."""

    def __init__(self, tiles: list[Tile], width: int, height: int) -> None:
        self.tiles = tiles
        self._cells = np.full((height, width), -1, np.int32)
        for number, tile in enumerate(tiles):
            x, y, across, down = tile.area
            self._cells[y : y + down, x : x + across] = number
        self.lines = [[(number, len(list(cells))) for number, cells in groupby(row)] for row in self._cells.tolist()]
        """For each line the tiles from the left, each with a number of cells; -1 is none."""

    def at(self, x: int, y: int) -> int | None:
        """The tile at a cell; None outside."""
        height, width = self._cells.shape
        number = int(self._cells[y, x]) if 0 <= x < width and 0 <= y < height else -1
        return number if number >= 0 else None

    def beside(self, number: int, x: int, y: int, across: int, down: int) -> int | None:
        """The next tile in a direction (`across`, `down`), seen from the cell of a tile that is nearest to (`x`, `y`); None at the edge."""
        stop = self.tiles[number].stop
        x = max(stop.x, min(x, stop.x + stop.width - 1))
        y = max(stop.y, min(y, stop.y + stop.height - 1))
        if self.tiles[number].is_open and not across:
            x = max(x, stop.x + 1)  # below its first column there is no other tile
        while (found := self.at(x, y)) is not None:
            tile = self.tiles[found]
            if found != number and (not tile.is_open or y == tile.area.y):
                return found
            x, y = x + across, y + down
        return None
