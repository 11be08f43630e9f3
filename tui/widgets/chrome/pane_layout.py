"""The layout of the five panes: three columns on a wide screen, two on a medium one, one on a narrow one.

`pane_regions` is a pure function from a size to regions; `PaneLayout` moves the widgets there. The focused pane grows if
there is little room, and by `zoom`: 1 gives it the larger part, 2 the whole screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from textual.geometry import Offset, Region, Size, Spacing
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import with_key

IMAGES, CONTAINERS, LAYERS, FILES, DETAILS = PANES = ("images", "containers", "layers", "files", "details")
PANE_NAMES = {
    IMAGES: tr("Images"),
    CONTAINERS: tr("Containers"),
    LAYERS: tr("Layers"),
    FILES: tr("Files"),
    DETAILS: tr("Details"),
}


def pane_title(pane: str, text: str) -> str:
    """A title after the key that leads to its pane: its number, unless config.toml gave that to another action."""
    return with_key(f"pane('{pane}')", str(PANES.index(pane) + 1), text)


MEDIUM, WIDE = 100, 150
"""The widths in cells from which there are two, and three, columns of panes."""

LEAST_WIDTH, LEAST_HEIGHT = 16, 3
"""Of a pane whose border is dragged."""

LOW = 10
"""The height in lines below which only the focused pane is shown: otherwise only frames would fit."""


class Arrangement(NamedTuple):
    """What the regions depend on, besides the size of the screen."""

    focused: str = IMAGES
    zoom: int = 0
    grown: str = ""
    """The pane that has the room of the focused one, where that got the focus by a click on a row, which stays where it is."""
    rows: Mapping[str, int] = MappingProxyType({})
    """How many lines each pane could show; a pane with few can be lower."""
    dragged: Mapping[str, int] = MappingProxyType({})
    """Where borders were dragged to, in thousandths of the width or height; by the names of `borders`."""


def pane_regions(width: int, height: int, arrangement: Arrangement) -> dict[str, Region]:
    """The region of each visible pane."""
    if arrangement.zoom >= 2 or height < LOW:
        return {arrangement.focused: Region(0, 0, width, height)}
    if arrangement.grown and not arrangement.zoom:
        arrangement = arrangement._replace(focused=arrangement.grown)
    by_itself = _by_itself(width, height, arrangement)
    return by_itself if arrangement.zoom else _as_dragged(by_itself, width, height, arrangement.dragged)


def _by_itself(width: int, height: int, now: Arrangement) -> dict[str, Region]:
    if width >= WIDE:
        return _wide(width, height, now)
    if width >= MEDIUM:
        return _medium(width, height, now)
    return _narrow(width, height, now)


class Border(NamedTuple):
    """A line between panes that can be dragged."""

    name: str
    """By which its place is kept; another one for each number of columns."""
    is_upright: bool
    at: int
    """The first column or line behind it."""
    least: int
    most: int
    """How far it can be dragged."""
    start: int
    end: int
    """The lines or columns along which it runs."""


def borders(found: Mapping[str, Region], width: int) -> list[Border]:
    """The borders between these regions."""
    columns = "wide" if width >= WIDE else "medium" if width >= MEDIUM else "narrow"
    lines: list[Border] = []
    edges = sorted({region.right for region in found.values()})
    starts = [0, *edges]
    for number, edge in enumerate(edges[:-1]):
        beside = [region for region in found.values() if region.right == edge]
        ends = (min(region.y for region in beside), max(region.bottom for region in beside))
        limits = (starts[number] + LEAST_WIDTH, edges[number + 1] - LEAST_WIDTH)
        lines.append(Border(f"{columns} {number + 1}", True, edge, *limits, *ends))
    for pane, region in found.items():
        below = [one for one in found.values() if one.y == region.bottom and one.x <= region.x < one.right]
        left = not any(one.bottom == region.bottom and one.right == region.x for one in found.values() if below)
        if below and (columns != "narrow" or left):
            ends = (region.x, region.right if columns != "narrow" else width)
            limits = (region.y + LEAST_HEIGHT, below[0].bottom - LEAST_HEIGHT)
            lines.append(Border(f"{columns} {pane}", False, region.bottom, *limits, *ends))
    return lines


def _as_dragged(found: dict[str, Region], width: int, height: int, dragged: Mapping[str, int]) -> dict[str, Region]:
    """The regions with each border where it was dragged to, as far as there is room."""
    for name in [border.name for border in borders(found, width)] if dragged else ():
        border = next(one for one in borders(found, width) if one.name == name)
        if name not in dragged or border.least > border.most:
            continue
        whole = width if border.is_upright else height
        to = _between(round(dragged[name] * whole / 1000), border.least, border.most)
        found = {pane: _with_border(region, border, to) for pane, region in found.items()}
    return found


def _with_border(region: Region, border: Border, to: int) -> Region:
    x, y, right, bottom = region.x, region.y, region.right, region.bottom
    if border.is_upright:
        x, right = (to if edge == border.at else edge for edge in (x, right))
    elif border.start <= x < border.end:
        y, bottom = (to if edge == border.at else edge for edge in (y, bottom))
    return Region(x, y, right - x, bottom - y)


def _wide(width: int, height: int, now: Arrangement) -> dict[str, Region]:
    columns = [(IMAGES, CONTAINERS), (LAYERS, DETAILS), (FILES,)]
    # Additional width goes to the lists first: they show the IDs of images, and the images of containers.
    widths = [_between(width * 3 // 5 - 60, 36, 60), width * 36 // 100]
    widths.append(width - sum(widths))
    return _columns(columns, widths, height, now)


def _medium(width: int, height: int, now: Arrangement) -> dict[str, Region]:
    columns = [(IMAGES, CONTAINERS, LAYERS), (FILES, DETAILS)]
    widths = [width * 44 // 100]
    widths.append(width - sum(widths))
    return _columns(columns, widths, height, now)


def _columns(columns: list[tuple[str, ...]], widths: list[int], height: int, now: Arrangement) -> dict[str, Region]:
    at = next(number for number, column in enumerate(columns) if now.focused in column)
    if now.zoom:
        total = sum(widths)
        widths = [total * (66 if number == at else 34 // (len(widths) - 1)) // 100 for number in range(len(widths))]
        widths[-1] += total - sum(widths)
    found: dict[str, Region] = {}
    x = 0
    for column, width in zip(columns, widths, strict=True):
        y = 0
        for pane, tall in zip(column, _heights(column, height, now), strict=True):
            found[pane] = Region(x, y, width, tall)
            y += tall
        x += width
    return found


def _heights(column: tuple[str, ...], height: int, now: Arrangement) -> list[int]:
    """Heights in one column: panes are sized by need, and the `greedy` one takes the rest."""
    if len(column) == 1:
        return [height]
    greedy = {IMAGES: CONTAINERS, LAYERS: DETAILS, FILES: FILES}.get(column[0], column[-1])
    if len(column) == 3:
        greedy = LAYERS
    most = {IMAGES: height * (30 if len(column) == 3 else 62) // 100, CONTAINERS: height * 25 // 100}
    most[DETAILS] = height * 38 // 100
    least = {IMAGES: 5, CONTAINERS: 4, DETAILS: height * 38 // 100}
    # Few different heights for Layers, not one per length: panes should not move while one goes through the images.
    steps = [height * share // 100 for share in (24, 34, 44, 54, 64)]
    least[LAYERS] = most[LAYERS] = next((step for step in steps if step >= now.rows.get(LAYERS, 1) + 2), steps[-1])
    tall = {pane: _between(now.rows.get(pane, 1) + 2, least.get(pane, 4), most.get(pane, height)) for pane in column}
    if now.zoom and now.focused in column:
        small = max(3, height * 30 // 100 // (len(column) - 1))
        tall = {pane: min(tall[pane], small) for pane in column}
        greedy = now.focused
    tall[greedy] = height - sum(tall[pane] for pane in column if pane != greedy)
    return [tall[pane] for pane in column]


def _narrow(width: int, height: int, now: Arrangement) -> dict[str, Region]:
    """Images beside containers, then layers, files and details; panes without focus are low."""
    spare = max(0, height - 22)
    top, layers, details = 3 + min(spare // 6, 4), 6 + min(spare // 4, 8), 1 if spare < 8 else 3 + spare // 6
    if now.zoom:
        top, layers, details = 1, 3, 1
    focused = now.focused
    wish = min(now.rows.get(focused, 1) + 2, height)
    if focused in (IMAGES, CONTAINERS):
        top = height - layers - details - 4 if now.zoom else _between(wish, top, height - 12)
        layers = min(layers, height - top - details - 4)
    elif focused == LAYERS:
        layers = height - top - details - 4 if now.zoom else _between(wish, layers, height * 55 // 100)
    elif focused == DETAILS:
        layers = min(layers, 5)
        details = height - top - layers - 4 if now.zoom else height * 50 // 100
    top = max(1, min(top, height - details - 7))
    layers = max(3, min(layers, height - top - details - 4))
    half = width // 2
    files = height - top - layers - details
    return {
        IMAGES: Region(0, 0, half, top),
        CONTAINERS: Region(half, 0, width - half, top),
        LAYERS: Region(0, top, width, layers),
        FILES: Region(0, top + layers, width, files),
        DETAILS: Region(0, top + layers + files, width, details),
    }


def _between(value: int, least: int, most: int) -> int:
    return max(least, min(value, max(least, most)))


class PaneLayout(Layout):
    """Arranges the children with panes' names as IDs as `pane_regions` says; others are hidden."""

    name = "panes"

    def __init__(self) -> None:
        self.arrangement = Arrangement()

    def arrange(
        self,
        parent: Widget,
        children: list[Widget],
        size: Size,
        greedy: bool = True,  # noqa: FBT002 - Textual calls it so
    ) -> ArrangeResult:
        """Regions for the panes."""
        parent.pre_layout(self)
        found = pane_regions(size.width, size.height, self.arrangement)
        return [
            WidgetPlacement(found[child.id], Offset(0, 0), Spacing(), child) for child in children if child.id in found
        ]
