"""Inks: words of meaning in the colours of whatever theme."""

import pytest
from textual.app import App

from layertui.tui.app import LayerTui
from layertui.tui.widgets.text.theme_styles import INKS, Inks


def inks_of(app, theme):
    app.theme = theme
    return Inks(app.get_css_variables())


@pytest.mark.parametrize("theme", [*sorted(App().available_themes), "layertui-dark", "layertui-light"])
def test_every_theme_has_every_ink(theme):
    inks = inks_of(LayerTui(None), theme)
    for word, (variable, letters) in INKS.items():
        style = inks.style(word)
        assert (style.color is not None or bool(style.dim)) == bool(variable)
        assert bool(style.bold or style.strike or style.underline) == bool(letters)
    for word in ("cursor", "cursor-blurred"):
        ground = inks.ground(word)
        assert ground.bgcolor is not None or ground.reverse or ground.underline


def test_words_add_up():
    inks = inks_of(LayerTui(None), "layertui-dark")
    style = inks.style("removed struck strong")
    assert style.strike
    assert style.bold
    assert style.color.name == "#f7768e"
    assert inks.style("").color is None


@pytest.mark.parametrize("theme", ["layertui-dark", "layertui-light"])
def test_text_can_be_read_on_its_ground(theme):
    """Contrast by WCAG: 4.5 for text, as far as a cursor's ground."""
    app = LayerTui(None)
    app.theme = theme
    variables = app.get_css_variables()

    def light(name):
        parts = [int(variables[name].lstrip("#")[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    for text in {variable for variable, _ in INKS.values() if variable} | {"foreground"}:
        one, other = sorted((light(text), light("background")), reverse=True)
        assert (one + 0.05) / (other + 0.05) >= 4.5, text
