"""Help: what the bindings themselves say, the pane in focus first."""

import pytest
from textual.binding import Binding

from at_rest import at_rest
from layertui.tui.app import LayerTui
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.help_screen import HelpScreen, keys_of, sections, text_of
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.shared.key_actions import own_bindings
from layertui.tui.widgets.files.document import Document
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.lists.image_table import ImageTable
from tui_sample import SampleInspector, clock
from tui_stage import Stage
from tui_values import built
from tui_world import World

NEVER = {"ctrl+m", "ctrl+i", "ctrl+h"}
"""A terminal sends these for Enter, Tab and Backspace."""


@pytest.fixture
def app(tmp_path):
    return LayerTui(None, inspector=SampleInspector(tmp_path), clock=clock)


def test_keys_of_one_action_share_a_line():
    lines = keys_of(
        [Binding("up,k", "up", "Up"), Binding("slash", "find", "find", key_display="/", tooltip="filter it")]
    )
    assert [(line.keys, line.text) for line in lines] == [("↑ k", "Up"), ("/", "Filter it")]


def test_the_nearer_class_has_the_key():
    assert [text_of(one) for one in own_bindings(ImageTable) if one.key == "enter"] == ["Show the layers of this image"]
    assert [text_of(one) for one in own_bindings(FileTree) if one.key == "space"] == ["Fold or unfold the folder"]


@pytest.mark.parametrize("kind", [LayerTui, HomeScreen, FileTree, ImageTable])
def test_no_key_a_terminal_cannot_distinguish(kind):
    assert not NEVER & {one.key for one in own_bindings(kind)}


def test_every_binding_says_what_it_does():
    for kind in (LayerTui, HomeScreen, FileTree, ImageTable):
        assert all(one.description for one in own_bindings(kind))


@pytest.mark.slow
async def test_the_pane_in_focus_comes_first(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.2)
        await pilot.press("4")
        await pilot.pause()
        titles = [title for title, _ in sections(app.screen, app)]
        assert titles[:3] == ["Files", "Here", "In another pane or state"]
        assert titles[-2:] == ["Moving in lists and texts", "Everywhere"]
        assert {"Images", "Containers", "Layers"} <= set(titles)


@pytest.mark.slow
async def test_a_key_that_does_two_things_is_listed_for_the_one_that_it_does_now(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.2)
        await pilot.press("4")
        await pilot.pause()
        for now, then in ((("alone", "merged")), ("merged", "alone")):
            told = {title: [key.text for key in keys] for title, keys in sections(app.screen, app)}
            texts = {one.action: text_of(one) for one in own_bindings(HomeScreen)}
            assert texts[now] in told["Here"]
            assert texts[then] in told["In another pane or state"]
            await pilot.press("a")
            await pilot.pause()


@pytest.mark.slow
async def test_an_empty_list_says_no_key_that_needs_a_row(tmp_path):
    inspector = SampleInspector(tmp_path)
    inspector.all_images, inspector.all_containers = [], []
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot, until=lambda: app.screen.state.listing is not None)
        await pilot.press("2")
        await pilot.pause()
        told = dict(sections(app.screen, app))
        assert "Containers" not in told
        assert not {"y", "Y"} & {key.keys for key in told["Here"]}


@pytest.mark.slow
async def test_it_opens_by_two_keys_and_closes_by_three(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause(0.2)
        for opening in ("question_mark", "f1"):
            for closing in ("escape", "q", "question_mark"):
                await pilot.press(opening)
                await pilot.pause()
                assert isinstance(app.screen, HelpScreen)
                assert "the writable layer of a container" in app.screen.query_one(Document).plain
                await pilot.press(closing)
                await pilot.pause()
                assert isinstance(app.screen, HomeScreen)


@pytest.mark.slow
async def test_the_tabs_around_what_has_the_focus_are_listed(tmp_path):
    world = World(tmp_path, *built())
    world.container()
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        told = dict(sections(app.screen, app))
        assert [key.keys for key in told["Tabs"]] == ["] ^→", "[ ^←"]


@pytest.mark.slow
async def test_keys_are_filtered_by_a_word_or_by_the_key_itself(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause(0.2)
        await pilot.press("question_mark")
        await pilot.pause()
        document = app.screen.query_one(Document)
        whole = document.plain
        await pilot.press("slash", *"bookmark")
        await pilot.pause()
        assert "List the bookmarks" in document.plain
        assert "Page down" not in document.plain
        assert "Signs" not in document.plain, "no heading without a key"
        await pilot.press("ctrl+u", "V")
        await pilot.pause()
        assert "Show where the bytes of a catalog go" in document.plain
        assert "Show what takes the bytes" in whole
        await pilot.press("ctrl+u", *"zebra")
        await pilot.pause()
        assert document.plain.strip() == "No match."
        await pilot.press("escape")
        await pilot.pause()
        assert document.plain == whole
        assert app.focused is document
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, HomeScreen)
