"""ThemeStyles: words of meaning in the colours of whatever theme."""

import pytest
from textual.app import App

from layertui.tui.app import LayerTui
from layertui.tui.common.themes import THEMES
from layertui.tui.widgets.text.theme_styles import WORD_STYLES, ThemeStyles


def inks_of(app, theme):
    app.theme = theme
    return ThemeStyles(app.get_css_variables())


@pytest.mark.parametrize("theme", [*sorted(App().available_themes), *(theme.name for theme in THEMES)])
def test_every_theme_has_every_ink(theme):
    inks = inks_of(LayerTui(None), theme)
    for word, (variable, letters) in WORD_STYLES.items():
        style = inks.style(word)
        assert (style.color is not None or bool(style.dim)) == bool(variable)
        assert bool(style.bold or style.strike or style.underline) == bool(letters)
    ground = inks.ground("cursor")
    assert ground.bgcolor is not None or ground.reverse
    assert inks.sign("cursor").text != inks.sign("cursor-blurred").text


def test_words_add_up():
    inks = inks_of(LayerTui(None), "layertui-dark")
    style = inks.style("removed struck strong")
    assert style.strike
    assert style.bold
    assert style.color.name == "#f7768e"
    assert inks.style("").color is None
