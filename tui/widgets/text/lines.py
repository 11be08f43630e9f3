"""Converts styled lines to Textual's content, for text that is wrapped."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from layertui.tui.widgets.text.pieces import Pieces
from layertui.tui.widgets.text.theme_styles import WORD_STYLES


def style_of(words: str) -> str:
    """The style of a piece's words, with the theme's names of colours."""
    styles = [WORD_STYLES[word] for word in words.split()]
    return " ".join(
        part for variable, letters in styles for part in (letters, f"${variable}" if variable else "") if part
    )


def line_of(pieces: Pieces) -> Content:
    return Content.assemble(*[(text, style_of(words)) for text, words in pieces])


def content_of(lines: Iterable[Pieces]) -> Content:
    """Several lines, to be wrapped by the caller."""
    return Content("\n").join([line_of(pieces) for pieces in lines])
