"""Pictures of home at three sizes; each is looked at by a person before it is kept."""

import pytest

from at_rest import at_rest
from layertui.tui.app import LayerTui
from tui_sample import SampleInspector, clock

SIZES = [(80, 24), *(pytest.param(size, marks=pytest.mark.slow) for size in [(120, 40), (200, 50)])]
MOTD = ["4", "g", "j", "j", "l", "j", "j", "j"]
HOME = {
    "image": ["j", "j", "3"],
    "container": ["2", *MOTD],
    "layer_alone": ["j", "j", "3", "j", "j", "j", "j", "a", "4", "g", "j", "j"],
    "removed": ["j", "j", "3", "R", "4", "asterisk", "G"],
    "file": ["2", *MOTD, *["right_square_bracket"] * 5],
    "lookup": [
        "2",
        *MOTD,
        "right_square_bracket",
        "right_square_bracket",
        "right_square_bracket",
        "right_square_bracket",
        "right_square_bracket",
        "right_square_bracket",
    ],
    "filter": ["j", "j", "4", "slash", *"mod_0?.py"],
    "history": ["j", "j", "H"],
    "dockerfile": ["j", "j", "D"],
    "unsafe_names": ["j", "j", "4", "g", "j", "j", "j", "l", "j", "l", "j"],
}

QUICK = ("image", "container", "layer_alone", "lookup")
NAMES = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in HOME]


@pytest.fixture
def picture(snap_compare, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # On a busy machine the look for changes, every two seconds, would fall into some pictures and not into others.
    monkeypatch.setattr("layertui.tui.screens.home.home_screen.TICK", 3600)
    inspector = SampleInspector(tmp_path)

    def compare(keys, size, *, theme="layertui-dark", empty=False):
        if empty:
            inspector.all_images, inspector.all_containers = [], []
        app = LayerTui(None, inspector=inspector, clock=clock)
        app.theme = theme
        app.animation_level = "none"

        async def rest(pilot):
            await at_rest(app, pilot)

        async def before(pilot):
            await rest(pilot)
            for key in keys:
                await pilot.press("full_stop" if key == "." else key)
                await rest(pilot)
            for field in app.screen.query("Input"):
                field.cursor_blink = False
            await rest(pilot)

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


@pytest.mark.sampled("size")
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("name", NAMES)
def test_home(picture, name, size):
    assert picture(HOME[name], size)


@pytest.mark.sampled("size")
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
def test_nothing_there_yet(picture, size):
    assert picture([], size, empty=True)


@pytest.mark.slow
def test_zoomed(picture):
    assert picture([*HOME["container"], "plus"], (120, 40))


@pytest.mark.slow
def test_help(picture):
    assert picture(["4", "question_mark"], (80, 24))


@pytest.mark.slow
def test_a_light_theme(picture):
    assert picture(HOME["container"], (120, 40), theme="layertui-light")


@pytest.mark.slow
def test_a_terminals_own_colours(picture):
    assert picture(HOME["container"], (120, 40), theme="ansi-dark")
