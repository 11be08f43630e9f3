"""The settings `confirm` and `start`: before which acts the screen asks, and what it shows after a start."""

import pytest

from home_driver import Driver
from layertui.core.containers.model.container import State
from layertui.tui.app import LayerTui
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog
from layertui.tui.screens.dialogs.questions import Confirm
from layertui.tui.screens.home.home_screen import HomeScreen
from tui_sample import clock
from tui_values import built
from tui_world import World

pytestmark = pytest.mark.slow

BOX = "kind_banzai"


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, *built())


@pytest.fixture
async def driven(world):
    """An app on the world, with these settings."""
    app = LayerTui(None, inspector=world.inspector, clock=clock)
    async with app.run_test(size=(100, 30)) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        yield driver


def state(world):
    return world.inspector.containers.get(BOX).state


@pytest.mark.parametrize(("key", "after"), [("s", State.EXITED), ("z", State.PAUSED), ("S", State.RUNNING)])
async def test_all_asks_before_a_process_is_touched(world, driven, key, after):
    world.container(running=True)
    driven.app.confirm = "all"
    await driven.press("r", "2", key)
    assert isinstance(driven.app.screen, Confirm)
    assert state(world) is State.RUNNING
    await driven.press("escape")
    assert state(world) is State.RUNNING
    await driven.press(key, "enter")
    assert state(world) is after


async def test_by_default_only_what_deletes_is_asked(world, driven):
    world.container(running=True)
    await driven.press("r", "2", "s")
    assert state(world) is State.EXITED
    await driven.press("d")
    assert isinstance(driven.app.screen, DeleteContainerDialog)


async def test_none_deletes_at_once_but_forces_nothing(world, driven):
    world.container(running=True)
    driven.app.confirm = "none"
    await driven.press("r", "2", "d")
    assert isinstance(driven.app.screen, DeleteContainerDialog)  # it runs: that has to be forced
    await driven.press("escape", "s", "1", "j", "d")
    assert isinstance(driven.app.screen, DeleteImageDialog)  # a container uses it
    await driven.press("escape", "2", "d")
    assert isinstance(driven.app.screen, HomeScreen)
    assert not world.inspector.containers.list()


async def test_a_start_stays_where_it_was_pressed_or_goes_to_the_container(world, driven):
    world.container()
    driven.app.start_shows = "stay"
    await driven.press("r", "2", "s")
    assert isinstance(driven.app.screen, HomeScreen)
    assert state(world) is State.RUNNING
    await driven.press("s")
    driven.app.start_shows = "container"
    await driven.press("s")
    assert isinstance(driven.app.screen, ContainerScreen)
