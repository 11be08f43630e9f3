"""What the settings say of the screen: its theme, the mouse, a config.toml that is not obeyed."""

from threading import Event

import pytest
from textual.app import App

from at_rest import at_rest
from layertui.core.errors import UsageError
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.help_screen import sections
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.shared.key_check import key_problems
from layertui.tui.widgets.chrome.key_bar import KeyBar
from tui_sample import SampleInspector, clock


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


REMAPPED = """\
[keys]
lookup = "ctrl+l"
size_map = "f"
write = "j"
wriet = "W"
restart = "ctrl+i"
"""


@pytest.fixture
def remapped(tmp_path, monkeypatch):
    path = tmp_path / "config.toml"
    path.write_text(REMAPPED)
    settings = Settings.load(environ={"LAYERTUI_CONFIG": str(path), "LAYERTUI_STORE": str(tmp_path / "store")})
    return LayerTui(settings, inspector=SampleInspector(tmp_path), clock=clock)


@pytest.mark.slow
async def test_a_remapped_key_is_what_is_shown_and_what_works(remapped):
    app = remapped
    async with app.run_test(size=(160, 45)) as pilot:
        await at_rest(app, pilot)
        bar = {key.action: key.label for key in KeyBar.keys(app.screen.query_one(KeyBar))}
        assert (bar["lookup"], bar["size_map"]) == ("^l", "f")
        assert "Look up (^l)" in [command.title for command in app.get_system_commands(app.screen)]
        helped = {one.text: one.keys for _, keys in sections(app.screen, app) for one in keys}
        assert helped["Look up which layer a path comes from: top-down search"] == "^l"
        await pilot.press("ctrl+l")
        await at_rest(app, pilot)
        assert isinstance(app.screen, LookupScreen)
        await pilot.press("escape")
        await at_rest(app, pilot)
        await pilot.press("f")
        await at_rest(app, pilot)
        assert type(app.screen).__name__ == "SizeScreen"


@pytest.mark.slow
async def test_what_is_wrong_with_the_keys_is_reported_at_the_start(remapped):
    app = remapped
    async with app.run_test(size=(160, 45)) as pilot:
        await at_rest(app, pilot, until=lambda: bool(app._notifications))
        told = [str(one.message) for one in app._notifications]
    path = app.settings.config.path
    (told,) = told
    assert told.startswith(f"{path}:4: the key 'j' of 'write' is also that of 'move(1)' ")
    assert told.endswith("(and 2 more: `layertui config` lists them)")
    warned = key_problems(app.settings.config, LayerTui)[1:]
    assert warned == [
        f"{path}:5: unknown action 'wriet' in [keys]; did you mean 'write'?",
        f"{path}:6: 'ctrl+i' is 'tab' in a terminal; choose another key for 'restart'",
    ]


@pytest.mark.slow
async def test_two_keys_of_one_action_answer_one_question(tmp_path):
    path, gate = tmp_path / "config.toml", Event()
    path.write_text('[keys]\nquit = "q,ctrl+x"\n')
    settings = Settings.load(environ={"LAYERTUI_CONFIG": str(path), "LAYERTUI_STORE": str(tmp_path / "store")})
    app = LayerTui(settings, inspector=SampleInspector(tmp_path), clock=clock)

    def call(progress):
        while not gate.wait(0.01):
            progress.advance(0)

    async with app.run_test(size=(160, 45)) as pilot:
        await at_rest(app, pilot)
        app.jobs.start(app, "loading a.tar", call, lambda _: None, group="dialog", failed=lambda _: None)
        try:
            await pilot.press("q", "j")
            assert app.is_running
            await pilot.press("q")  # another key came between: asked again
            assert app.is_running
            await pilot.press("ctrl+x")
            assert app.return_code == 0
        finally:
            gate.set()
