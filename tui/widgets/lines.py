"""Lines of pieces as Textual's content, for what is wrapped and not listed."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content

from layertui.tui.widgets.pieces import Pieces

# The same colours as in `RowList`, by the theme's names.
STYLES = {
    "added": "$text-success",
    "changed": "$text-warning",
    "removed": "$text-error",
    "own": "$text-accent",
    "base": "$text-primary",
    "dim": "$text-muted",
    "strong": "bold",
    "title": "bold $text-muted",
    "good": "bold $text-success",
    "bad": "bold $text-error",
}


def style_of(words: str) -> str:
    """The style of a piece's words."""
    return " ".join(STYLES[word] for word in words.split() if word in STYLES)


def line_of(pieces: Pieces) -> Content:
    """One line."""
    return Content.assemble(*[(text, style_of(words)) for text, words in pieces])


def content_of(lines: Iterable[Pieces]) -> Content:
    """Several lines, to be wrapped by whoever shows them."""
    return Content("\n").join([line_of(pieces) for pieces in lines])
