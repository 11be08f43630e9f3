"""What a size map of two compared sides says in words: the totals, and how each folder and file differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.analysis.by_folder.changed_sizes import KINDS_OF_CHANGE
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size
from layertui.tui.screens.map.map_text import exact_size, percent
from layertui.tui.widgets.size.about_lines import AboutLine
from layertui.tui.widgets.size.changed_table import SIGNS
from layertui.tui.widgets.size.tile_styles import CHANGES
from layertui.tui.widgets.text.pieces import Piece, Pieces, many

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.by_folder.size_map import SizeMap, SizeNode
    from layertui.tui.widgets.compare.change_choice import Chosen
    from layertui.tui.widgets.size.tile_styles import Ink


KIND_NAMES = {"added": tr("added"), "removed": tr("removed"), "changed": tr("changed")}


class ChangedMeaning:
    """The colours of the map are kinds of change: added, removed, changed."""

    def __init__(self, found: SizeMap, chosen: Chosen, titles: tuple[str, str]) -> None:
        """`titles` are the names of the two sides."""
        self._found, self._chosen = found, chosen
        self._titles = safe(titles[0]), safe(titles[1])

    def figures(self, found: SizeMap, folder: SizeNode) -> Sequence[str]:
        return ("".join(text for text, _ in _totals(found.by_layer(folder.node))),)

    def whole(self) -> AboutLine:
        top, choice = self._found.describe_one(), self._chosen.choice
        if not top.size:
            return AboutLine(pieces=[(tr("The files that differ have no bytes that differ."), "dim")])
        pieces = [*_totals(self._found.by_layer()), (tr(" in {files}", files=many(top.files, "file")), "")]
        if choice.text:
            pieces.append((tr(" that match {text}", text=safe(choice.text)), "changed"))
        if choice.layers is not None:
            pieces.append((tr(" of the chosen step"), "changed"))
        if (largest := self._found.largest_file) is not None:
            path = safe(self._found.path(largest))
            pieces += [(tr(" · largest "), "dim"), (size(self._found.describe_one(largest).size), "strong")]
            pieces.append((f" {path}", "base"))
        return AboutLine(pieces=pieces)

    def inks(self, found: SizeMap) -> Sequence[Ink]:
        return CHANGES

    def notes(self, found: SizeMap) -> Sequence[str]:
        a, b = self._titles
        return tr("only in {b}", b=b), tr("only in {a}", a=a), tr("as large as in {b}", b=b)

    def group(self, about: SizeNode) -> str:
        return KIND_NAMES[KINDS_OF_CHANGE[about.layer]]

    def node(self, found: SizeMap, node: int) -> tuple[AboutLine, AboutLine]:
        about = found.describe_one(node)
        path = safe(found.path(node))
        figures = [exact_size(about.size), percent(about.size, found.describe_one().size)]
        if not about.is_folder:
            return AboutLine(path, (), " · ".join(figures)), AboutLine(pieces=self._of_file(found, about))
        figures.append(many(about.files, "file"))
        path += "" if path == "/" else "/"
        return AboutLine(path, (), " · ".join(figures)), AboutLine(pieces=_totals(found.by_layer(node)))

    def _of_file(self, found: SizeMap, about: SizeNode) -> Pieces:
        """Which side has the file; of a changed one how large it is on both."""
        if not about.size:
            return [(tr("No bytes differ."), "dim")]
        kind, (a, b) = KINDS_OF_CHANGE[about.layer], self._titles
        pieces: list[Piece] = [(KIND_NAMES[kind], f"{kind} strong")]
        if kind == "changed":
            at = int(found.tree.copies[found.tree.first[about.node]])
            changes = self._chosen.tree.changes
            before, after = size(int(changes.before[at])), size(int(changes.after[at]))
            return [*pieces, (tr(": {before} in {a}, {after} in {b}", before=before, a=a, after=after, b=b), "")]
        return [*pieces, (tr(": only in {b}", b=b if kind == "added" else a), "")]


def _totals(parts: Sequence[int]) -> list[Piece]:
    """Bytes by kind of change: `+41MB -3MB ~2MB`."""
    pieces: list[Piece] = []
    for (kind, sign), count in zip(SIGNS.items(), parts, strict=True):
        if count:
            pieces.append(((" " if pieces else "") + f"{sign}{size(count)}", f"{kind} strong"))
    return pieces
