"""A screen that is dismissed by a job's result, while others are above it: all of these are dismissed, nothing else, and once."""

import pytest

from layertui.core.errors import NotFound
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.questions import Notice
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.help_screen import HelpScreen
from tui_stage import Stage
from tui_values import built
from tui_world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, *built())
    world.container(running=True)
    return world


async def test_a_container_that_goes_takes_its_screen_and_what_lies_over_it(world):
    app = Stage(None, world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        below = Notice("below")
        app.push_screen(below)
        app.push_screen(screen := ContainerScreen("kind_banzai"))
        await app.quiet(pilot)
        app.push_screen(HelpScreen(screen))
        app.push_screen(Notice("above"))
        await app.quiet(pilot)
        world.containers.remove("kind_banzai", force=True)
        for _ in range(3):
            screen._gone(NotFound("no such container"))
        await app.quiet(pilot)
        assert app.screen is below
        screen.dismiss(None)
        await app.quiet(pilot)
        assert app.screen is below


async def test_a_dialog_that_is_done_answers_though_help_lies_over_it(world):
    app = Stage(TagDialog("demo:1.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        dialog = app.screen
        app.push_screen(HelpScreen(dialog))
        await app.quiet(pilot)
        dialog.dismiss("new:1")
        dialog.dismiss("late:1")
        await app.quiet(pilot)
        assert app.answers == ["new:1"]
        assert len(app.screen_stack) == 1
