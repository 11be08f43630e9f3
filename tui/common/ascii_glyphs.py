"""Draws everything in ASCII, for terminals and fonts that have no other characters for lines, marks and signs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

_SAME = {
    "+": "┌┐└┘├┤┬┴┼╭╮╰╯╔╗╚╝▛▜▙▟┏┓┗┛▆",
    "-": "─━╌═╸╺—–⎯╴▔▄▀🬂🬭▏",
    "_": "▁",
    "|": "│┃║▎▕▐▊▋▍┆┇╎",
    ">": "▌▸→⇒❯►▶›»",
    "<": "←‹◀⏎",
    "v": "▾▼↓",
    "^": "▲↑△",
    "*": "●•✱★▇",
    "o": "○◎",
    "#": "█■▓",
    "=": "≡⇄▤▅",
    "!": "≠",
    ":": "▒▃",
    ".": "·…⋯⋮░◌▂",
    "x": "✗✘✖×",
    '"': "‖",
    "y": "✓✔",
    "w": "✎",
    "/": "╱",
    "@": "◉",
    "~": "≈⟳",
    "?": "⚠",
}
TABLE = {ord(glyph): plain for plain, glyphs in _SAME.items() for glyph in glyphs}
"""Each of them one cell wide, as its replacement is; the bars of a chart, from low to high, are `_.:-=+*#`.

Names keep their letters: a terminal that lacks them shows its own sign."""


class AsciiGlyphs(LineFilter):
    """Replaces the characters that are drawn by those of ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """One line; its width stays."""
        return [
            Segment(text if text.isascii() else text.translate(TABLE), style, control)
            for text, style, control in segments
        ]
