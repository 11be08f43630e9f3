"""The size map as a picture, SVG inside HTML: folders in folders, each as large as its bytes, in the colour of a layer."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from layertui.tui.common.format import safe, shorten, size
from layertui.tui.common.tile_layout import Rect, tiled

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.analysis.by_folder.size_map import SizeMap, SizeNode

_WHOLE = Rect(0, 0, 1180, 560)  # pixels
_LEVELS = 4
_MOST_TILES = 40  # in one folder; the rest is one tile
_HEAD = 16  # pixels of a folder's own line
_LEAST = Rect(0, 0, 60, 40)  # of a folder whose content is drawn
_LETTER = 7  # pixels

_PATTERN = (
    '<pattern id="hidden" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<line x1="0" y1="0" x2="0" y2="6" stroke="currentColor" stroke-width="1.5" stroke-opacity=".5"/></pattern>'
)


def map_picture(size_map: SizeMap) -> Iterator[str]:
    """The picture; what the top view does not show is hatched. Nothing for a map of no bytes."""
    top = size_map.describe_one()
    if not top.size:
        return
    yield f'<svg viewBox="0 0 {_WHOLE.width} {_WHOLE.height}" role="img" aria-label="bytes by folder">{_PATTERN}'
    yield from _inside(size_map, top, "", _WHOLE, _LEVELS)
    yield "</svg>"


def _inside(size_map: SizeMap, folder: SizeNode, path: str, area: Rect, levels: int) -> Iterator[str]:
    nodes = size_map.describe(size_map.tree.children(folder.node)[:_MOST_TILES])
    nodes = [node for node in nodes if node.size]
    rest = folder.size - sum(node.size for node in nodes)
    weights = [node.size for node in nodes] + ([rest] if rest else [])
    if len(weights) > area.cells:
        return
    # Strict only where nothing is left over.
    for node, tile in zip(nodes, tiled(weights, area), strict=False):
        yield from _tile(size_map, node, f"{path}/{node.name}", tile, levels)


def _tile(size_map: SizeMap, node: SizeNode, path: str, tile: Rect, levels: int) -> Iterator[str]:
    layer = size_map.colours[node.colour]
    hidden = f", {size(node.hidden)} of it hidden" if node.hidden else ""
    words = escape(safe(f"{path}: {size(node.size)}{hidden}; {layer}"))
    yield f"<g><title>{words}</title>"
    yield _rect(tile, f'fill="{_colour(node.colour)}" fill-opacity=".45" stroke="var(--line)"')
    if node.is_hidden:
        yield _rect(tile, 'fill="url(#hidden)"')
    if tile.height >= _HEAD and (letters := (tile.width - 6) // _LETTER) >= 4:
        name = shorten(safe(f"{node.name} {size(node.size)}"), letters)
        yield f'<text x="{tile.x + 3}" y="{tile.y + 12}">{escape(name)}</text>'
    if levels > 1 and node.is_folder and tile.width >= _LEAST.width and tile.height >= _LEAST.height:
        inner = Rect(tile.x + 2, tile.y + _HEAD, tile.width - 4, tile.height - _HEAD - 2)
        yield from _inside(size_map, node, path, inner, levels - 1)
    yield "</g>"


def _rect(tile: Rect, look: str) -> str:
    return f'<rect x="{tile.x}" y="{tile.y}" width="{tile.width}" height="{tile.height}" {look}/>'


def _colour(number: int) -> str:
    """A colour far from those of the numbers before: hues in steps of the golden angle."""
    return f"hsl({(220 + number * 137) % 360}, 55%, 55%)"


def legend(size_map: SizeMap, sizes: Sequence[int]) -> Iterator[str]:
    """The colour of each layer, with its name and bytes."""
    for number, (name, count) in enumerate(zip(size_map.colours, sizes, strict=True)):
        square = f'<span class="bar" style="width:.8em;background:{_colour(number)};opacity:.6"></span>'
        yield f"<span>{square} {escape(name)} {size(count)}</span> "
