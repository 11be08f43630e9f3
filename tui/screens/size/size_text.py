"""What a size map says in words: the whole in a line, and two lines about what the cursor is on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.analysis.stored_files import Why
from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line, safe, size
from layertui.tui.screens.map.map_text import exact_size, hidden_pieces, percent
from layertui.tui.widgets.size.about_lines import AboutLine
from layertui.tui.widgets.size.tile_styles import inks_of
from layertui.tui.widgets.text.pieces import Piece, Pieces, many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.by_folder.size_map import SizeMap, SizeNode
    from layertui.core.inspector.look.size_maps import SizeMaps, Split
    from layertui.tui.widgets.size.tile_styles import Ink

HIDDEN = {
    Why.OVERWRITTEN: tr("hidden: overwritten in layer {}"),
    Why.REMOVED: tr("hidden: removed in layer {}"),
    Why.OPAQUE: tr("hidden: its folder is emptied in layer {}"),
    Why.SAME_CONTENT: tr("hidden: the same content is stored again in layer {}"),
}


SPLIT_NAMES: dict[Split, str] = {
    "layer": tr("layer"),
    "kind": tr("kind"),
    "package": tr("package"),
    "folder": tr("folder"),
}


class LayerMeaning:
    """The colours of a Subject's map are layers; or kinds of files, or packages."""

    def __init__(self, maps: SizeMaps, split: Split) -> None:
        self._maps, self._split = maps, split
        self._of_layers = split in ("folder", "layer")

    def figures(self, found: SizeMap, folder: SizeNode) -> Sequence[str]:
        return size(folder.size), tr("by {split}", split=SPLIT_NAMES[self._split])

    def whole(self) -> AboutLine:
        return whole_line(self._maps)

    def inks(self, found: SizeMap) -> Sequence[Ink]:
        return inks_of(found.by_colour(), self._maps.writable if self._of_layers else None)

    def notes(self, found: SizeMap) -> Sequence[str]:
        if self._of_layers:
            return [layer.command for layer in self._maps.layers]
        return [""] * len(found.colours)

    def group(self, about: SizeNode) -> str:
        return self._maps.layers[about.layer].name

    def node(self, found: SizeMap, node: int) -> tuple[AboutLine, AboutLine]:
        return node_lines(self._maps, found, node)


def whole_line(maps: SizeMaps) -> AboutLine:
    """How many bytes are stored in how many layers, how many are hidden, and the largest file."""
    found = maps.by()
    top = found.describe_one()
    pieces: list[Piece] = [(size(top.size), "strong"), (tr(" in {layers}", layers=many(len(maps.layers), "layer")), "")]
    pieces += hidden_pieces(top)
    if (largest := maps.largest) is not None and largest.size:
        pieces += [
            (tr(" · largest file "), "dim"),
            (size(largest.size), "strong"),
            (f" {safe(largest.path)}", "base"),
        ]
    return AboutLine(pieces=pieces)


def node_lines(maps: SizeMaps, found: SizeMap, node: int) -> tuple[AboutLine, AboutLine]:
    """The path of a node with its bytes and its share of everything; below, its layer and that layer's step."""
    about, whole = found.describe_one(node), found.describe_one().size
    path = safe(found.path(node))
    if about.is_folder and path != "/":
        path += "/"
    part = found.group_of(node)
    pieces = [(tr(" of {colours}", colours=safe(found.colours[part])), "")] if part is not None else []
    figures = [exact_size(about.size), percent(about.size, whole)]
    if about.hidden and not about.is_hidden:
        figures.append(tr("{size} hidden", size=size(about.hidden)))
    if about.is_folder:
        figures.append(many(about.files, "file"))
    return AboutLine(path, pieces, " · ".join(figures)), AboutLine(pieces=_origin(maps, found, about))


def _origin(maps: SizeMaps, found: SizeMap, about: SizeNode) -> Pieces:
    """The layer that most bytes came from, what hides them, and the step."""
    if not about.size:
        return [(tr("No bytes are stored."), "dim")]
    layer = maps.layers[about.layer]
    pieces: list[Piece] = [(layer.name, "own strong" if layer.writable else "base strong")]
    others = sum(1 for index, one in enumerate(found.by_layer(about.node)) if one and index != about.layer)
    if others:
        pieces.append((f" {percent(about.layer_size, about.size)}, {many(others, 'other layer')}", "dim"))
    if about.is_hidden:
        pieces.append((f" · {_why(maps, found, about)}", "removed"))
    missing = "" if layer.writable else tr("no command recorded")
    return [*pieces, ("  " + one_line(layer.command or missing), "" if layer.command else "dim")]


def _why(maps: SizeMaps, found: SizeMap, about: SizeNode) -> str:
    hidden = None if about.is_folder else maps.hidden_by(found, about.node)
    return HIDDEN[hidden[0]].format(hidden[1]) if hidden is not None else "hidden"
