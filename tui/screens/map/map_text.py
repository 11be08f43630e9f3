"""What every size map says in words: figures, and two lines about what is too small to be shown alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, safe, size
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.widgets.size.about_lines import AboutLine
from layertui.tui.widgets.text.pieces import Piece, many

if TYPE_CHECKING:
    from layertui.core.analysis.by_folder.size_map import SizeMap, SizeNode


def rest_lines(found: SizeMap, folder: int, count: int, rest_size: int) -> tuple[AboutLine, AboutLine]:
    """The same of the smaller ones in a folder that are together in one tile or row."""
    whole = found.describe_one().size
    figures = " · ".join([exact_size(rest_size), percent(rest_size, whole)])
    text = [(f": {many(count, 'smaller one')}", "")]
    return AboutLine(safe(found.path(folder)), text, figures), AboutLine(
        pieces=[(key_name("choose", "Enter"), "key"), (tr(" shows them."), "dim")]
    )


def hidden_pieces(whole: SizeNode) -> list[Piece]:
    """Behind the figures of everything: what is hidden of it, and its share; nothing where nothing is."""
    if not whole.hidden:
        return []
    share = percent(whole.hidden, whole.size)
    return [(" · ", "dim"), (size(whole.hidden), "removed strong"), (tr(" hidden ({share})", share=share), "removed")]


def exact_size(count: int) -> str:
    """A number of bytes with its unit, and exactly if that differs."""
    return tr("{size} ({count} bytes)", size=size(count), count=count_text(count)) if count >= 1000 else size(count)


def percent(count: int, whole: int) -> str:
    """A share with one digit after the point: `61.2%`; `<0.1%` for what is less."""
    share = 100 * count / whole if whole else 0.0
    return "<0.1%" if 0 < share < 0.05 else f"{share:.1f}%"
