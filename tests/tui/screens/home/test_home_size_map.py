"""From home to the size map, and from a file in it back to that file on home."""

import pytest

from home_driver import driven
from layertui.tui.app import LayerTui
from layertui.tui.screens.size.size_screen import SizeScreen
from tui_sizes import sized
from tui_world import World

pytestmark = pytest.mark.slow


@pytest.fixture
async def drive(tmp_path):
    async with driven(LayerTui(None, "sized:1", inspector=World(tmp_path, sized()).inspector)) as driver:
        yield driver


async def test_v_begins_where_the_cursor_of_files_is_and_enter_comes_back_to_it(drive):
    await drive.press("4", "j", "j", "v")  # bin, srv, usr
    assert isinstance(drive.app.screen, SizeScreen)
    assert str(drive.app.screen.view.frame.border_subtitle).startswith("/usr · ")
    await drive.press("tab", "l", "G", "enter")
    assert drive.app.screen is drive.home
    assert drive.home.panes.focused == "files"
    assert drive.home.panes.files.path == "/usr/lib/libc.so"
    assert drive.home.state.layer == 6


async def test_a_hidden_file_is_shown_as_of_the_layer_that_stores_it(drive):
    await drive.press("3", "a", "m", "v", "tab", "j", "l", "l", "l", "enter")
    assert drive.home.panes.files.path == "/var/cache/apt/pkgcache.bin"
    assert drive.home.state.selection.layer == 1
    assert not drive.home.state.selection.alone
    assert not drive.home.state.only_changes


async def test_without_an_image_the_key_says_why(tmp_path):
    app = LayerTui(None, inspector=World(tmp_path).inspector)
    async with driven(app, (80, 24)) as driver:
        await driver.press("v")
        assert app.screen is driver.home
        assert driver.home.refusal("v") == "size map needs an image or a container: L loads an image"
