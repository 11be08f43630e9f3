"""Pictures of the size map; each is looked at by a person before it is kept."""

import pytest

from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.size.size_screen import SizeScreen
from tui_sizes import sized
from tui_stage import Stage
from tui_values import built
from tui_world import World

PICTURES = {
    "map": (["j", "j"], (80, 24), "layertui-dark"),
    "wide": (["j", "j", "l"], (200, 50), "layertui-dark"),
    "light": (["l"], (80, 24), "layertui-light"),
    "wide_light": ([], (200, 50), "layertui-light"),
    "by_layer": (["b"], (120, 40), "layertui-dark"),
    "table": (["enter", "tab", "j"], (80, 24), "layertui-dark"),
    "writable_layer": (["G"], (120, 40), "layertui-dark"),
}
QUICK = ("map", "table")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in PICTURES]
)
def test_size_map(snap_compare, tmp_path, name):
    keys, size, theme = PICTURES[name]
    world = World(tmp_path, sized(), *built())
    of = "sized:1"
    if name == "writable_layer":
        world.container()
        of = "container:kind_banzai"
    app = Stage(SizeScreen(of), world.inspector)
    app.theme = theme

    async def before(pilot):
        await app.quiet(pilot)
        for key in keys:
            await pilot.press(key)
            await app.quiet(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.slow
def test_what_two_sides_differ_by(snap_compare, tmp_path):
    app = Stage(CompareScreen("demo:2.0", "sized:1"), World(tmp_path, sized(), *built()).inspector)

    async def before(pilot):
        await app.quiet(pilot)
        await pilot.press("v")
        await app.quiet(pilot)

    assert snap_compare(app, terminal_size=(120, 40), run_before=before)


@pytest.mark.slow
def test_few_colours(snap_compare, tmp_path, monkeypatch):
    monkeypatch.setattr("layertui.tui.widgets.size.treemap.has_few_colours", lambda _: True)
    monkeypatch.setattr("layertui.tui.widgets.size.map_legend.has_few_colours", lambda _: True)
    app = Stage(SizeScreen("sized:1"), World(tmp_path, sized()).inspector)
    assert snap_compare(app, terminal_size=(80, 24), run_before=app.quiet)
