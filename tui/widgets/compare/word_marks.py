"""Marks the words of a line that the other side does not have."""

from __future__ import annotations

from functools import lru_cache

from layertui.core.images.compare.word_diff import differing_words
from layertui.tui.widgets.text.pieces import Piece

LONGEST = 2000
"""The length from which a line is marked as a whole, without comparing words."""

Span = tuple[str, bool]
"""A part of a line, and whether the other side lacks it."""


@lru_cache(maxsize=1024)
def word_spans(text: str, other: str) -> tuple[Span, ...]:
    """The line in parts. Lines with hardly anything in common differ as a whole: marks on single words would not help."""
    if max(len(text), len(other)) > LONGEST:
        return ((text, True),)
    spans = [(part, not common) for part, common in differing_words(text, other)]
    alike = sum(len(part.strip()) for part, differs in spans if not differs)
    return tuple(spans) if alike * 4 >= len(text.strip()) else ((text, True),)


def shifted(pieces: list[Piece], skip: int) -> list[Piece]:
    """The pieces without their first characters, as after horizontal scrolling."""
    kept: list[Piece] = []
    for text, words in pieces:
        if skip < len(text):
            kept.append((text[skip:] if skip > 0 else text, words))
        skip -= len(text)
    return kept
