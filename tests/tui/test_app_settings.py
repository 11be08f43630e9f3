"""What the settings say of the screen: its theme, the mouse, a config.toml that is not obeyed."""

import pytest
from textual.app import App

from layertui.core.errors import UsageError
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui


def test_the_theme_of_the_settings_is_shown(tmp_path):
    assert LayerTui(Settings.load(environ={"LAYERTUI_THEME": "nord"})).theme == "nord"
    with pytest.raises(UsageError, match=r"^LAYERTUI_THEME: unknown theme 'nrd'; did you mean 'nord'\?$"):
        LayerTui(Settings.load(environ={"LAYERTUI_THEME": "nrd"}))


@pytest.mark.parametrize("wanted", [True, False])
def test_the_screen_takes_the_mouse_or_leaves_it(tmp_path, monkeypatch, wanted):
    given = []
    monkeypatch.setattr(App, "run", lambda app, **options: given.append(options["mouse"]))
    LayerTui(Settings.load(environ={"LAYERTUI_MOUSE": "01"[wanted]})).run(headless=True)
    assert given == [wanted]
