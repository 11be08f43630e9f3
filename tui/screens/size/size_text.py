"""What a size map says in words: the whole in a line, and two lines about what the cursor is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.analysis.stored_files import Why
from layertui.tui.common.format import count_text, one_line, safe, size
from layertui.tui.widgets.size.about_lines import AboutLine
from layertui.tui.widgets.text.pieces import Piece, Pieces, many

if TYPE_CHECKING:
    from layertui.core.analysis.by_folder.size_map import SizeMap, SizeNode
    from layertui.core.inspector.look.size_maps import SizeMaps

HIDDEN = {
    Why.OVERWRITTEN: "hidden: overwritten in layer {}",
    Why.REMOVED: "hidden: removed in layer {}",
    Why.OPAQUE: "hidden: its folder is emptied in layer {}",
    Why.SAME_CONTENT: "hidden: the same content is stored again in layer {}",
}


def whole_line(maps: SizeMaps) -> AboutLine:
    """How many bytes are stored in how many layers, how many are hidden, and the largest file."""
    found = maps.by()
    top = found.describe_one()
    pieces: list[Piece] = [(size(top.size), "strong"), (f" in {many(len(maps.layers), 'layer')}", "")]
    if top.hidden:
        share = percent(top.hidden, top.size)
        pieces += [(" · ", "dim"), (size(top.hidden), "removed strong"), (f" hidden ({share})", "removed")]
    if (largest := found.largest_file) is not None:
        about = found.describe_one(largest)
        pieces += [(" · largest file ", "dim"), (size(about.size), "strong"), (f" {safe(found.path(largest))}", "base")]
    return AboutLine(pieces=pieces)


def node_lines(maps: SizeMaps, found: SizeMap, node: int) -> tuple[AboutLine, AboutLine]:
    """The path of a node with its bytes and its share of everything; below, its layer and that layer's step."""
    about, whole = found.describe_one(node), found.describe_one().size
    path = safe(found.path(node))
    if about.is_folder and path != "/":
        path += "/"
    part = found.group_of(node)
    pieces = [(f" of {safe(found.colours[part])}", "")] if part is not None else []
    figures = [_bytes(about.size), percent(about.size, whole)]
    if about.hidden and not about.is_hidden:
        figures.append(f"{size(about.hidden)} hidden")
    if about.is_folder:
        figures.append(many(about.files, "file"))
    return AboutLine(path, pieces, " · ".join(figures)), AboutLine(pieces=_origin(maps, found, about))


def rest_lines(found: SizeMap, folder: int, count: int, rest_size: int) -> tuple[AboutLine, AboutLine]:
    """The same of the smaller ones in a folder that are together in one tile or row."""
    whole = found.describe_one().size
    figures = " · ".join([_bytes(rest_size), percent(rest_size, whole)])
    text = [(f": {many(count, 'smaller one')}", "")]
    return AboutLine(safe(found.path(folder)), text, figures), AboutLine(
        pieces=[("Enter", "key"), (" shows them.", "dim")]
    )


def _origin(maps: SizeMaps, found: SizeMap, about: SizeNode) -> Pieces:
    """The layer that most bytes came from, what hides them, and the step."""
    if not about.size:
        return [("No bytes are stored.", "dim")]
    layer = maps.layers[about.layer]
    pieces: list[Piece] = [(layer.name, "own strong" if layer.writable else "base strong")]
    others = sum(1 for index, one in enumerate(found.by_layer(about.node)) if one and index != about.layer)
    if others:
        pieces.append((f" {percent(about.layer_size, about.size)}, {many(others, 'other layer')}", "dim"))
    if about.is_hidden:
        pieces.append((f" · {_why(maps, found, about)}", "removed"))
    missing = "" if layer.writable else "no command recorded"
    return [*pieces, ("  " + one_line(layer.command or missing), "" if layer.command else "dim")]


def _why(maps: SizeMaps, found: SizeMap, about: SizeNode) -> str:
    hidden = None if about.is_folder else maps.hidden_by(found, about.node)
    return HIDDEN[hidden[0]].format(hidden[1]) if hidden is not None else "hidden"


def _bytes(count: int) -> str:
    return f"{size(count)} ({count_text(count)} bytes)" if count >= 1000 else size(count)


def percent(count: int, whole: int) -> str:
    """A share with one digit after the point: `61.2%`; `<0.1%` for what is less."""
    share = 100 * count / whole if whole else 0.0
    return "<0.1%" if 0 < share < 0.05 else f"{share:.1f}%"
