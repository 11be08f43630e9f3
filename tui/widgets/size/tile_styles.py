"""The colours and patterns of a size map: one of each for the largest layers or kinds, one for all others.

Where a terminal has few colours or none, tiles are filled with patterns instead of backgrounds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.style import Style
from textual.color import Color

from layertui.tui.widgets.text.theme_styles import ThemeStyles

if TYPE_CHECKING:
    from textual.app import App

HATCH = "╱"
"""Fills what is hidden; no layer has this pattern."""

RIGHT, BELOW = "▕", "▁"
"""The thin lines between tiles."""


class Ink(NamedTuple):
    """How the tiles of one layer or kind look."""

    degrees: int | None
    """The hue of the background; None for grey."""
    colour: str
    """The terminal's own colour, of the pattern."""
    pattern: str
    """Fills a tile where there are no backgrounds."""
    sign: str = ""
    """Before the name on a tile, if colours have signs: so that a map can be read without its colours."""


INKS = (
    Ink(217, "blue", "░"),
    Ink(40, "yellow", "·"),
    Ink(140, "green", ":"),
    Ink(185, "cyan", "-"),
    Ink(18, "bright_yellow", "="),
    Ink(80, "bright_green", "'"),
    Ink(325, "bright_cyan", "."),
)
OTHERS = Ink(None, "white", " ")
WRITABLE = Ink(268, "magenta", "+")
"""A container's writable layer, which is violet everywhere."""

CHANGES = (
    Ink(130, "green", "+", "+"),
    Ink(358, "red", "-", "-"),
    Ink(40, "yellow", "~", "~"),
)
"""What two compared sides differ by: added, removed, changed."""


def inks_of(sizes: Sequence[int], writable: int | None = None) -> list[Ink]:
    """One for each layer or kind, by its bytes: the largest have one of their own."""
    order = sorted(
        (number for number, size in enumerate(sizes) if size and number != writable), key=lambda one: -sizes[one]
    )
    found = [OTHERS] * len(sizes)
    for number, ink in zip(order, INKS, strict=False):
        found[number] = ink
    if writable is not None:
        found[writable] = WRITABLE
    return found


def has_few_colours(app: App[object]) -> bool:
    """Whether backgrounds would look the same in this terminal, or not be shown at all."""
    if app.no_color or app.native_ansi_color:
        return True
    return not app.is_headless and app.console.color_system in (None, "standard")


class TileStyles:
    """The styles of one theme, each computed once."""

    def __init__(self, variables: Mapping[str, str], *, dark: bool, few_colours: bool) -> None:
        self.few_colours = few_colours
        self._dark = dark
        self._words = ThemeStyles(variables)
        self._variables = variables
        self._styles: dict[tuple[object, ...], Style] = {}

    def filling(self, ink: Ink) -> str:
        """The character that fills a tile."""
        return ink.pattern if self.few_colours else " "

    def fill(self, ink: Ink, *, cursor: bool = False) -> Style:
        """The area of a tile, and the small text on it."""
        return self._made("fill", ink, cursor)

    def name(self, ink: Ink, *, cursor: bool = False) -> Style:
        """The name on a tile."""
        return self._made("name", ink, cursor)

    def hatch(self, ink: Ink, *, cursor: bool = False) -> Style:
        """What is hidden."""
        return self._made("hatch", ink, cursor)

    def edge(self, ink: Ink, *, cursor: bool = False) -> Style:
        """The line to the next tile."""
        return self._made("edge", ink, cursor)

    def hatch_edge(self, ink: Ink, *, cursor: bool = False) -> Style:
        """The line at the right of what is hidden."""
        return self._made("hatch_edge", ink, cursor)

    def head(self, *, cursor: bool = False) -> Style:
        """The name of an open folder, and what is left of its tiles."""
        return self._made("head", OTHERS, cursor)

    def head_text(self, *, cursor: bool = False) -> Style:
        """The figures beside the name of an open folder."""
        return self._made("head_text", OTHERS, cursor)

    def sign(self) -> Style:
        """The cursor's sign at the left of a tile."""
        return self._made("sign", OTHERS, True)

    def _made(self, what: str, ink: Ink, cursor: bool) -> Style:
        key = what, ink, cursor
        if key not in self._styles:
            self._styles[key] = (
                self._plain(what, ink, cursor) if self.few_colours else self._coloured(what, ink, cursor)
            )
        return self._styles[key]

    def _plain(self, what: str, ink: Ink, cursor: bool) -> Style:
        match what:
            case "fill":
                return Style(color=ink.colour)
            case "name":
                return Style(bold=True, reverse=cursor)
            case "hatch":
                return Style(color="red")
            case "edge" | "hatch_edge":
                return Style(dim=True)
            case "head":
                return Style(bold=True, reverse=cursor, underline=not cursor)
            case "head_text":
                return Style(reverse=cursor, underline=not cursor)
        return Style(bold=True)

    def _coloured(self, what: str, ink: Ink, cursor: bool) -> Style:
        ground, text = self._colour("background"), self._colour("foreground")
        accent = self._colour("primary")
        panel = self._colour("panel")
        tile = self._tile(ink)
        if cursor:  # brighter, and its text too
            tile, text = tile.blend(text, 0.16), text.blend(Color.parse("white" if self._dark else "black"), 0.8)
        match what:
            case "fill":
                return _on(tile, text)
            case "name":
                return _on(accent, ground, bold=True) if cursor else _on(tile, text, bold=True)
            case "hatch":
                return _on(tile.blend(ground, 0.6), self._colour("text-error").blend(tile, 0.25))
            case "hatch_edge":
                return _on(tile.blend(ground, 0.6), ground)
            case "edge":
                return _on(tile, ground)
            case "head":
                return _on(accent, ground, bold=True) if cursor else _on(panel, text, bold=True)
            case "head_text":
                return _on(accent, ground) if cursor else _on(panel, self._colour("text-muted"))
        return _on(tile, accent, bold=True)

    def _tile(self, ink: Ink) -> Color:
        saturation = 0.04 if ink.degrees is None else 0.40 if self._dark else 0.62
        colour = Color.from_hsl((ink.degrees or 230) / 360, saturation, 0.275 if self._dark else 0.83)
        return colour.blend(self._colour("background"), 0.08)

    def _colour(self, variable: str) -> Color:
        return Color.parse(self._variables.get(variable, "white"))


def _on(ground: Color, text: Color, *, bold: bool = False) -> Style:
    return Style(color=text.rich_color, bgcolor=ground.rich_color, bold=bold or None)
