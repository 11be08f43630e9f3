"""Maps the meanings of styled text to the colours of the theme.

These are plain styles, not component classes. Textual keeps a node for each component class in each widget and matches
every rule of the style sheet against it; for five lists of eighteen styles, that took longer than everything else
before the first frame.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.segment import Segment
from rich.style import Style
from textual.color import Color, ColorParseError

WORD_STYLES: Mapping[str, tuple[str, str]] = {
    "added": ("text-success", ""),
    "changed": ("text-warning", ""),
    "removed": ("text-error", ""),
    "own": ("text-accent", ""),
    "base": ("text-primary", ""),
    "link": ("text-secondary", ""),
    "dim": ("text-muted", ""),
    "title": ("text-muted", "bold"),
    "good": ("text-success", "bold"),
    "bad": ("text-error", "bold"),
    "key": ("footer-key-foreground", "bold"),
    "strong": ("", "bold"),
    "struck": ("", "strike"),
    "match": ("", "underline"),
}
"""The theme variable of each word, and the text attributes in a terminal without it."""

MARKS: Mapping[str, tuple[str, float]] = {
    "was-line": ("text-error", 0.09),
    "now-line": ("text-success", 0.09),
    "was": ("text-error", 0.36),
    "now": ("text-success", 0.30),
}
"""The theme variable of each word for differences between texts, and the share of it in the background."""

GROUNDS: Mapping[str, str] = {"own-line": "row-own", "cursor": "row-cursor", "cursor-blurred": "row-cursor-blurred"}
"""The theme variable of each word for a whole row's background."""


SIGNS: Mapping[str, tuple[str, str]] = {"cursor": ("▌", "primary"), "cursor-blurred": ("▏", "text-muted")}
"""What the first cell of a row with the cursor shows, of a list with and without the focus, and its theme variable."""


class ThemeStyles:
    """The styles of one theme, each computed once."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._styles: dict[str, Style] = {}

    def style(self, words: str) -> Style:
        """The style of words separated by blanks; of several colours the last one counts."""
        found = self._styles.get(words)
        if found is None:
            found = Style.null()
            for word in words.split():
                if word in MARKS:
                    found += self._mark(*MARKS[word])
                    continue
                variable, letters = WORD_STYLES[word]
                style = Style.parse(letters) if letters else Style.null()
                colour = self.colour(variable) if variable else None
                if colour is not None:
                    style += Style(color=colour.rich_color)
                elif variable:  # the terminal's own colours cannot be mixed; dim is the nearest
                    style += Style(dim=True)
                found += style
            self._styles[words] = found
        return found

    def _mark(self, variable: str, part: float) -> Style:
        colour = self.colour(variable)
        if colour is not None and self.colour("background") is not None:
            return Style(bgcolor=self._named("background").blend(colour, part).rich_color)
        # The terminal's own colours cannot be mixed; a faint background is left out.
        return Style(reverse=True) if part > 0.2 else Style.null()

    def ground(self, word: str) -> Style:
        """The background of a row."""
        found = self._styles.get(f"on {word}")
        if found is None:
            colour = self.colour(GROUNDS[word])
            found = Style(bgcolor=colour.rich_color) if colour is not None else Style.null()
            if self._variables.get(GROUNDS[word], "").startswith("ansi"):  # there are no shades
                found = Style(reverse=True) if word == "cursor" else Style.null()
            self._styles[f"on {word}"] = found
        return found

    def sign(self, word: str) -> Segment:
        """The cursor's sign, of one cell, on the background of its row."""
        text, variable = SIGNS[word]
        ground, colour = self.ground(word), self.colour(variable)
        # On a reversed row the terminal's own colour would become the background of this cell.
        is_coloured = colour is not None and colour.ansi is None and ground.bgcolor is not None
        return Segment(text, ground + Style(color=colour.rich_color) if is_coloured and colour else ground)

    def colour(self, variable: str) -> Color | None:
        """The colour of a theme variable; None for one that mixes the terminal's own colours."""
        value = self._variables.get(variable, "")
        try:
            if value.startswith("auto"):  # this share of the text's colour, the rest of the background's
                part = float(value.removeprefix("auto").strip(" %") or 100) / 100
                return self._named("background").blend(self._named("foreground"), part)
            return Color.parse(value)
        except (ColorParseError, ValueError):
            return None

    def _named(self, variable: str) -> Color:
        return Color.parse(self._variables.get(variable, "white"))
