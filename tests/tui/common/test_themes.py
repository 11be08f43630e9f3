"""Our themes in every kind of terminal: what can be told apart, and read. Contrast by WCAG 2, colours as Rich sends them."""

import itertools

import pytest
from rich._palettes import EIGHT_BIT_PALETTE, STANDARD_PALETTE
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.style import Style
from textual.app import App
from textual.color import Color
from textual.filter import monochrome_style
from textual.theme import BUILTIN_THEMES

from layertui.tui.app import LayerTui
from layertui.tui.common.themes import MANY_COLOURS, THEMES, automatic_theme, variables_for
from layertui.tui.widgets.text.theme_styles import MARKS, WORD_STYLES, ThemeStyles

SYSTEMS = {MANY_COLOURS: ColorSystem.TRUECOLOR, 256: ColorSystem.EIGHT_BIT, 16: ColorSystem.STANDARD}
PALETTES = {ColorSystem.EIGHT_BIT: EIGHT_BIT_PALETTE, ColorSystem.STANDARD: STANDARD_PALETTE}
TERMINALS = [(MANY_COLOURS, False), (256, False), (16, False), (MANY_COLOURS, True), (256, True)]
TEXTS = {variable for variable, _ in WORD_STYLES.values() if variable} | {"foreground"}
ALL = [
    pytest.param(theme, *terminal, id=f"{theme.name}-{terminal[0]}{'-no-colour' * terminal[1]}")
    for theme in THEMES
    for terminal in TERMINALS
]


class Screen:
    """The colours of a theme as a terminal shows them."""

    def __init__(self, theme, colours, no_colour):
        self.variables = theme.to_color_system().generate() | theme.variables | variables_for(theme, colours)
        self.system, self.no_colour = SYSTEMS[colours], no_colour
        self.inks = ThemeStyles(self.variables)

    def sent(self, colour):
        if self.no_colour:
            colour = monochrome_style(Style(color=colour)).color
        number = colour.downgrade(self.system).number
        return colour.triplet if self.system is ColorSystem.TRUECOLOR else PALETTES[self.system][number]

    def named(self, variable):
        return self.sent(Color.parse(self.variables[variable]).rich_color)

    def ground(self, word):
        """The background of a row, and whether it is reversed."""
        style = self.inks.ground(word)
        return self.named("background") if style.bgcolor is None else self.sent(style.bgcolor), bool(style.reverse)


def luminance(colour):
    parts = [part / 255 for part in colour]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("theme", "colours", "no_colour"), ALL)
def test_text_can_be_read_on_every_ground(theme, colours, no_colour):
    screen = Screen(theme, colours, no_colour)
    grounds = {word: screen.ground(word)[0] for word in ("cursor", "cursor-blurred", "own-line")}
    grounds |= {name: screen.named(name) for name in ("background", "surface", "panel")}
    poor = [
        (text, ground) for text in TEXTS for ground, on in grounds.items() if contrast(screen.named(text), on) < 4.5
    ]
    poor += [
        ("text-disabled", name)
        for name in ("background", "surface")
        if contrast(screen.named("text-disabled"), grounds[name]) < 4.5
    ]
    assert poor == [], theme.name


@pytest.mark.parametrize(("theme", "colours", "no_colour"), ALL)
def test_frames_focus_and_the_cursors_sign_can_be_seen(theme, colours, no_colour):
    screen = Screen(theme, colours, no_colour)
    background = screen.named("background")
    for name in ("pane-border", "primary", "error", "scrollbar"):
        assert contrast(screen.named(name), background) >= 3, name
    for word in ("cursor", "cursor-blurred"):
        ground, _ = screen.ground(word)
        colour = screen.inks.sign(word).style.color
        shown = screen.named("foreground") if colour is None else screen.sent(colour)
        assert min(contrast(shown, ground), contrast(shown, background)) >= 3, word


@pytest.mark.parametrize(("theme", "colours", "no_colour"), ALL)
def test_a_cursor_a_cursor_without_focus_and_no_cursor_look_different(theme, colours, no_colour):
    screen = Screen(theme, colours, no_colour)
    looks = [(*screen.ground(word), screen.inks.sign(word).text) for word in ("cursor", "cursor-blurred")]
    looks.append((screen.named("background"), False, " "))
    assert len(set(looks)) == 3
    if colours > 16:  # the background alone does it; with 16 colours the row is reversed, or has its sign only
        assert len({ground for ground, _, _ in looks}) == 3


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_plain_text_can_be_read_where_a_word_differs(theme):
    screen = Screen(theme, MANY_COLOURS, False)
    for word in MARKS:
        assert contrast(screen.named("foreground"), screen.sent(screen.inks.style(word).bgcolor)) >= 4.5, word


# What people see who have no cones for red light (protanopia), or none for green (deuteranopia): Machado and others, 2009.
BLIND = {
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
}


def apart(theme, blindness):
    """The least distance between the colours of added, changed and removed, in shares of that from black to white."""
    seen = []
    for name in ("success", "warning", "error"):
        colour = Color.parse(theme.variables[f"text-{name}"]).normalized
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
        mixed = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in BLIND[blindness]]
        seen.append([max(0.0, part) ** (1 / 2.4) for part in mixed])
    return min(
        sum((a - b) ** 2 for a, b in zip(one, other, strict=True)) ** 0.5 / 3**0.5
        for one, other in itertools.combinations(seen, 2)
    )


@pytest.mark.parametrize("blindness", BLIND)
def test_blue_and_orange_stay_apart_for_the_colour_blind(blindness):
    usual_dark, usual_light, dark, light = (apart(theme, blindness) for theme in THEMES)
    assert dark > 0.15
    assert light > 0.1
    assert dark > usual_dark
    assert light > usual_light


def test_other_themes_keep_their_colours():
    assert all(variables_for(theme, 16) == {} for theme in App().available_themes.values())
    assert all(variables_for(theme, MANY_COLOURS) == {} for theme in THEMES)


def test_a_terminal_of_few_colours_keeps_its_own():
    names = {
        (colours, light): automatic_theme(colours, is_light=light) for colours in SYSTEMS for light in (False, True)
    }
    assert {name for (colours, _), name in names.items() if colours == 16} == {"ansi-dark", "ansi-light"}
    assert {name for (colours, _), name in names.items() if colours > 16} == {"layertui-dark", "layertui-light"}
    assert RichColor.parse("red").downgrade(ColorSystem.STANDARD).number == 1  # those of 16 are sent as they are


@pytest.mark.parametrize("theme", [theme for theme in BUILTIN_THEMES.values() if not theme.name.startswith("ansi")])
def test_frames_and_keys_can_be_seen_in_the_themes_of_others(theme):
    app = LayerTui(None)
    app.theme = theme.name
    variables = app.get_css_variables()
    frame, key, background, panel, foreground = (
        tuple(Color.parse(variables[name]).rgb)
        for name in ("pane-border", "footer-key-foreground", "background", "panel", "foreground")
    )
    assert contrast(frame, background) >= 3
    assert contrast(key, panel) >= min(3, contrast(foreground, panel))
