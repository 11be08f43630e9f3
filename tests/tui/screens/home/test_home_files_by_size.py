"""From home to the flat list of files by size, and from a file in it back to that file on home."""

from threading import Event

import pytest

from builders import docker_archive
from command_line import layertui
from home_driver import driven
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.size.files_by_size_screen import FilesBySizeScreen
from tui_sizes import sized
from tui_world import World

pytestmark = pytest.mark.slow


@pytest.fixture
async def drive(tmp_path):
    async with driven(LayerTui(None, "sized:1", inspector=World(tmp_path, sized()).inspector)) as driver:
        yield driver


def shown(drive):
    return [(row.path, row.size, row.layer, row.hidden_by) for row in map(drive.app.screen.sized.row, range(3))]


async def test_one_key_shows_the_largest_file_and_enter_goes_to_it(drive):
    await drive.press("F")
    assert isinstance(drive.app.screen, FilesBySizeScreen)
    assert shown(drive)[:2] == [("/usr/lib/libx.so", 220_000, 1, 0), ("/usr/lib/libs.so", 180_000, 1, 0)]
    assert str(drive.app.screen.sized.border_title).startswith("Files of layers 1 to 6 by size: ")
    await drive.press("j", "enter")
    assert drive.app.screen is drive.home
    assert drive.home.panes.files.path == "/usr/lib/libs.so"
    assert drive.home.state.layer == 6


async def test_hidden_files_are_listed_on_demand_and_shown_as_of_their_layer(drive):
    await drive.press("F")
    assert "hidden files" in str(drive.app.screen.sized.border_subtitle)
    await drive.press("v")
    assert shown(drive)[0] == ("/var/cache/apt/pkgcache.bin", 700_000, 1, 5)
    assert "hidden by 5" in drive.app.screen.sized.render_line(1).text
    await drive.press("enter")
    assert drive.home.panes.files.path == "/var/cache/apt/pkgcache.bin"
    assert drive.home.state.layer == 1


async def test_the_filter_takes_names_and_paths_and_escape_clears_it_first(drive):
    await drive.press("F", "slash", *"mod_1", "enter")
    screen = drive.app.screen
    assert shown(drive)[0] == ("/usr/lib/python3/mod_19.py", 80_000, 2, 0)
    assert screen.sized.count == 10
    await drive.press("slash", *(["backspace"] * 5), *"lib/*.so", "enter")
    assert [path for path, *_ in shown(drive)] == ["/usr/lib/libx.so", "/usr/lib/libs.so", "/usr/lib/libz.so"]
    await drive.press("escape")
    assert drive.app.screen is screen
    assert screen.sized.count > 40
    await drive.press("escape")
    assert drive.app.screen is drive.home


async def test_a_layer_alone_lists_what_it_stores(drive):
    await drive.press("3", "j", "j", "j", "a", "F")
    assert str(drive.app.screen.sized.border_title).startswith("Files of layer 3 by size: 5 files")


async def test_the_first_row_is_the_largest_file_of_ls(tmp_path):
    world = World(tmp_path, sized())
    app = LayerTui(None, "sized:1", inspector=world.inspector)
    async with driven(app, (80, 24)) as driver:
        await driver.press("F")
        listed = layertui("ls", "-R", "--json", docker_archive(sized(), tmp_path / "sized.tar")).ok().json
        largest = max((row for row in listed if row["type"] == "file"), key=lambda row: row["size"])
        assert shown(driver)[0][:2] == (largest["path"], largest["size"])


async def test_without_an_image_the_key_says_why(tmp_path):
    app = LayerTui(None, inspector=World(tmp_path).inspector)
    async with driven(app, (80, 24)) as driver:
        assert driver.home.refusal("F") == "files by size needs an image or a container: L loads an image"


@pytest.fixture
async def held(tmp_path):
    """Home on busybox:latest, and a gate that holds up the reading of all layers from then on."""
    inspector, gate = Inspector(Settings.load(store=tmp_path / "store")), Event()
    inspector.images.demo()
    async with driven(LayerTui(None, "busybox:latest", inspector=inspector)) as driver:
        await driver.press("1")
        read = inspector.stack

        def stack(subject, progress=None):
            while not gate.wait(0.01):
                progress.advance(0)
            return read(subject, progress)

        inspector.stack = stack
        try:
            yield driver, gate
        finally:
            gate.set()


async def test_a_key_typed_before_the_layers_are_read_is_about_the_image_under_the_cursor(held):
    drive, gate = held
    for key in ("j", "j", "F"):
        await drive.pilot.press(key)
    assert drive.app.screen is drive.home
    gate.set()
    await drive.rest()
    assert isinstance(drive.app.screen, FilesBySizeScreen)
    assert str(drive.app.screen.sized.border_title).startswith("Files of layers 1 to 7 by size: ")


async def test_a_key_that_waits_is_forgotten_when_the_cursor_moves_on_or_the_reading_is_stopped(held):
    drive, gate = held
    for key in ("j", "F", "j"):
        await drive.pilot.press(key)
    for key in ("F", "escape", "escape"):
        await drive.pilot.press(key)
    gate.set()
    await drive.rest()
    assert drive.app.screen is drive.home
    await drive.press("r", "F")
    assert isinstance(drive.app.screen, FilesBySizeScreen)
    assert str(drive.app.screen.sized.border_title).startswith("Files of layers 1 to 7 by size: ")
