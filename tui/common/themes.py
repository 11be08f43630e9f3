"""Our own themes: a dark and a light one, and the same two for people who cannot tell red from green.

Each colour has a meaning, and is never the only sign of it. `tests/tui/common/test_themes.py` computes the contrast of all
of them in terminals of every kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.color import Color
from textual.theme import Theme

MANY_COLOURS = 1 << 24

SCROLLBAR_GROUNDS = (
    "scrollbar-background",
    "scrollbar-background-hover",
    "scrollbar-background-active",
    "scrollbar-corner-color",
)

DARK_GROUNDS = {
    "foreground": "#c5cdf0",
    "text-muted": "#979ec4",
    "text-disabled": "#8289ad",
    "background": "#15161e",
    "surface": "#191b25",
    "panel": "#232637",
    "row-cursor": "#262b43",
    "row-cursor-blurred": "#1f2230",
    "row-own": "#241f33",
    "pane-border": "#626991",
    "scrollbar-hover": "#7b83ad",
}

LIGHT_GROUNDS = {
    "foreground": "#2a2f45",
    "text-muted": "#565c76",
    "text-disabled": "#666b82",
    "background": "#fafafc",
    "surface": "#f1f2f7",
    "panel": "#e4e7f0",
    "row-cursor": "#d3def8",
    "row-cursor-blurred": "#e4e8f3",
    "row-own": "#efe7fa",
    "pane-border": "#7f85a0",
    "scrollbar-hover": "#6a7190",
}


def _theme(name: str, grounds: Mapping[str, str], meanings: Mapping[str, str], *, dark: bool) -> Theme:
    """A theme of the colours of grounds, and of those with a meaning: `primary`, `secondary`, `accent`, `success` and so on."""
    return Theme(
        name=name,
        foreground=grounds["foreground"],
        background=grounds["background"],
        surface=grounds["surface"],
        panel=grounds["panel"],
        dark=dark,
        variables=_variables(grounds, meanings),
        primary=meanings["primary"],
        secondary=meanings["secondary"],
        accent=meanings["accent"],
        success=meanings["success"],
        warning=meanings["warning"],
        error=meanings["error"],
    )


def _variables(grounds: Mapping[str, str], meanings: Mapping[str, str]) -> dict[str, str]:
    """The colours by the names that style sheets use: several names have the same colour."""
    found = {**grounds, **{f"text-{meaning}": colour for meaning, colour in meanings.items()}}
    same = {
        "border": meanings.get("primary"),
        "scrollbar-active": meanings.get("primary"),
        "footer-key-foreground": meanings.get("warning"),
        **dict.fromkeys(("border-blurred", "scrollbar"), grounds.get("pane-border")),
        **dict.fromkeys(SCROLLBAR_GROUNDS, grounds.get("background")),
    }
    return found | {name: colour for name, colour in same.items() if colour is not None}


DARK = _theme(
    "layertui-dark",
    DARK_GROUNDS,
    {
        "primary": "#7aa2f7",
        "secondary": "#7dcfff",
        "accent": "#bb9af7",
        "success": "#9ece6a",
        "warning": "#e0af68",
        "error": "#f7768e",
    },
    dark=True,
)

LIGHT = _theme(
    "layertui-light",
    LIGHT_GROUNDS,
    {
        "primary": "#2956b0",
        "secondary": "#0b6472",
        "accent": "#7339b6",
        "success": "#2f6617",
        "warning": "#775000",
        "error": "#ab1f39",
    },
    dark=False,
)

BLUE_ORANGE = _theme(
    "layertui-blue-orange",
    DARK_GROUNDS,
    {
        "primary": "#aab8ee",
        "secondary": "#9adcf0",
        "accent": "#d3a6cf",
        "success": "#4fa3ff",
        "warning": "#f4efc0",
        "error": "#f0843c",
    },
    dark=True,
)

BLUE_ORANGE_LIGHT = _theme(
    "layertui-blue-orange-light",
    LIGHT_GROUNDS,
    {
        "primary": "#44538f",
        "secondary": "#1b5f86",
        "accent": "#7d3c78",
        "success": "#0048b8",
        "warning": "#4d4d4d",
        "error": "#9c3d00",
    },
    dark=False,
)

THEMES = (DARK, LIGHT, BLUE_ORANGE, BLUE_ORANGE_LIGHT)

# Where a terminal has few colours, the nearest of them are not always apart, or lack contrast. These are in its palette.
# A ground that begins with `ansi` is not drawn: the row is reversed instead, which every terminal can show.
_FEW_GROUNDS: Mapping[tuple[int, bool], Mapping[str, str]] = {
    (256, True): {
        "row-cursor": "#303030",
        "row-cursor-blurred": "#1c1c1c",
        "row-own": "#121212",
        "panel": "#262626",
    },
    (256, False): {
        "row-cursor": "#e4e4e4",
        "row-cursor-blurred": "#f2f2f2",
        "row-own": "#eeeeee",
        "panel": "#eeeeee",
        "pane-border": "#878787",
        "text-muted": "#4e4e4e",
        "text-disabled": "#626262",
    },
    (16, True): {
        **dict.fromkeys(("row-cursor", "row-cursor-blurred", "row-own"), "ansi_black"),
        **dict.fromkeys(("surface", "panel"), "#000000"),
        **dict.fromkeys(("text-muted", "text-disabled", "pane-border"), "#aaaaaa"),
        "foreground": "#ffffff",
    },
    (16, False): {
        **dict.fromkeys(("row-cursor", "row-cursor-blurred", "row-own"), "ansi_bright_white"),
        **dict.fromkeys(("surface", "panel"), "#ffffff"),
        **dict.fromkeys(("text-muted", "text-disabled", "pane-border"), "#555555"),
        "foreground": "#000000",
    },
}

_SIX = "primary", "secondary", "accent", "success", "warning", "error"
_FEW_MEANINGS: Mapping[tuple[int, str], Sequence[str]] = {
    (256, DARK.name): ("#87afff", "#87d7ff", "#afafff", "#afd75f", "#d7af5f", "#ff87af"),
    (256, LIGHT.name): ("#005faf", "#005f5f", "#5f00af", "#005f00", "#5f5f00", "#87005f"),
    (256, BLUE_ORANGE.name): ("#afafff", "#87d7ff", "#d7afd7", "#5fafff", "#ffffd7", "#ff9f5f"),
    (256, BLUE_ORANGE_LIGHT.name): ("#005f87", "#005f5f", "#87005f", "#0000d7", "#444444", "#870000"),
    (16, DARK.name): ("#55ffff", "#00aaaa", "#ff55ff", "#55ff55", "#ffff55", "#ff5555"),
    (16, LIGHT.name): ("#0000aa", "#5555ff", "#aa00aa", "#0000aa", "#aa5500", "#aa0000"),
    (16, BLUE_ORANGE.name): ("#aaaaaa", "#00aaaa", "#ff55ff", "#55ffff", "#ffffff", "#ffff55"),
    (16, BLUE_ORANGE_LIGHT.name): ("#000000", "#5555ff", "#aa00aa", "#0000aa", "#000000", "#aa5500"),
}


def automatic_theme(colours: int, *, is_light: bool) -> str:
    """The name of the theme for a terminal of so many colours, if the user has chosen none."""
    if colours < 256:  # the terminal's own colours, which its user can see
        return "ansi-light" if is_light else "ansi-dark"
    return (LIGHT if is_light else DARK).name


def variables_for(theme: Theme, colours: int) -> dict[str, str]:
    """What replaces variables of one of our themes in a terminal of so many colours, 256 or 16; of other themes nothing."""
    if theme not in THEMES or colours not in (16, 256):
        return {}
    meanings = dict(zip(_SIX, _FEW_MEANINGS.get((colours, theme.name), ()), strict=False))
    return _variables({**_FEW_GROUNDS[colours, theme.dark]}, meanings) | meanings


_FRAME_CONTRAST = 3.0
"""WCAG 2.1's least contrast of what is no text: here of frames, and of the letters of keys, which are bold."""


def visible_variables(theme: Theme, variables: Mapping[str, str]) -> dict[str, str]:
    """What replaces variables of somebody else's theme: colours of ours that it does not have in mind, where they are hardly seen.

    A theme has no colour for the frames of panes, and its colour for keys is for a key bar of another colour than ours.
    """
    if theme in THEMES or theme.name.startswith("ansi"):
        return {}
    foreground = Color.parse(variables["foreground"])
    background, panel = Color.parse(variables["background"]), Color.parse(variables["panel"])
    frame = Color.parse(variables["pane-border"])
    steps = (frame.blend(foreground, step / 10) for step in range(11))
    keys = (Color.parse(variables[name]) for name in ("footer-key-foreground", "accent", "primary", "secondary"))
    return {
        "pane-border": next((one for one in steps if _contrast(one, background) >= _FRAME_CONTRAST), foreground).hex,
        "footer-key-foreground": next(
            (one for one in keys if _contrast(one, panel) >= _FRAME_CONTRAST), foreground
        ).hex,
    }


def _contrast(one: Color, other: Color) -> float:
    """The contrast of two colours by WCAG 2, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
