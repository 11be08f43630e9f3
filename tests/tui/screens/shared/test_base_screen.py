"""What all screens do: keys typed in one moment are each for what the key before them led to, and Esc stops what runs."""

from threading import Event

import pytest
from textual.events import Key

from at_rest import at_rest
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.widgets.chrome.lookup_view import LookupView
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.compare.history_view import HistoryView
from layertui.tui.widgets.files.file_tree import FileTree
from tui_sample import SampleInspector, clock
from tui_stage import Stage
from tui_values import built, flat
from tui_world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, *built(), flat())
    world.container()
    return world


def type_at_once(app, *keys):
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


@pytest.mark.parametrize("leading", [["2"], ["right_square_bracket"], ["4", "left_square_bracket", "2"]])
async def test_the_next_key_goes_to_the_tab_of_a_comparison(world, leading):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        tree, history = app.screen.query_one(ChangeTree), app.screen.query_one(HistoryView)
        before = history.cursor
        type_at_once(app, *leading, "down")
        await app.quiet(pilot)
        assert app.focused is tree
        assert (history.cursor, tree.cursor) == (before, 1)


async def test_the_next_key_goes_to_the_tab_of_a_container(world):
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        spaces, layer = app.screen.query_one("#namespaces"), app.screen.query_one(FileTree)
        before = spaces.cursor
        type_at_once(app, "3", "down", "1", "3", "down")
        await app.quiet(pilot)
        assert app.focused is layer
        assert (spaces.cursor, layer.cursor) == (before, 2)


@pytest.mark.parametrize("leading", [["3"], ["tab", "3"], ["shift+tab"], ["tab", "shift+tab", "shift+tab"]])
async def test_the_next_key_goes_to_the_pane_of_home(tmp_path, leading):
    app = LayerTui(None, "demo:2.0", inspector=SampleInspector(tmp_path), clock=clock)
    async with app.run_test(size=(160, 45)) as pilot:
        home = app.screen
        await at_rest(app, pilot, until=lambda: home.state.stack is not None)
        image, row, path = home.state.selection.name, home.panes.layers.cursor, home.panes.files.path
        type_at_once(app, "4", "down", *leading, "down")
        await at_rest(app, pilot)
        assert home.state.selection.name == image
        assert home.panes.layers.cursor == row + 1
        assert home.panes.files.path != path


async def test_the_next_key_goes_to_the_path_of_a_lookup_or_to_the_answers(world):
    app = Stage(LookupScreen("container:kind_banzai", "/etc/motd"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        answers = app.screen.query_one(LookupView)
        await pilot.press("down")
        first = answers.cursor
        type_at_once(app, "f", "down", "down")
        await app.quiet(pilot)
        assert app.focused is answers
        assert answers.cursor == first + 1


async def test_esc_stops_what_runs_and_says_so_and_the_next_one_goes_back(world, monkeypatch):
    begun = Event()

    def start(_inspector, name, progress=None):
        progress.begin(f"unpacking {name}", 100)
        begun.set()
        while True:
            progress.advance(0)
            Event().wait(0.005)

    monkeypatch.setattr(type(world.inspector.containers.lifecycle), "start", start)
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        screen = app.screen
        await pilot.press("s")
        while not begun.is_set():
            await pilot.pause(0.01)
        await pilot.press("escape")
        await app.quiet(pilot)
        assert app.screen is screen
        assert app.told == [("information", "Stopped.")]
        await pilot.press("escape")
        await pilot.pause()
        assert app.screen is not screen
