"""`y` and `Y` on every screen: what the cursor is on goes to the clipboard."""

import pytest

from at_rest import at_rest
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.compare.file_versions import Side
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.shared.clipboard import copy_text
from tui_stage import Stage
from tui_values import built, flat
from tui_world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, *built(), flat())
    world.container()
    return world


async def copied(world, screen, *keys):
    """What each `y` and `Y` among the keys has copied."""
    app, found = Stage(screen, world.inspector), []
    app.copy_to_clipboard = found.append
    async with app.run_test(size=(160, 45)) as pilot:
        await app.quiet(pilot)
        for key in keys:
            await pilot.press(key)
            await app.quiet(pilot)
    return found


async def test_of_two_histories_the_layer_and_its_command(world):
    image = next(one for one in world.images.all if "demo:2.0" in [name.familiar for name in one.names])
    assert await copied(world, CompareScreen("demo:1.0", "demo:2.0"), "g", "y", "Y") == [
        str(image.layers[-1].diff_id),
        "RUN rm -rf /var/cache/* && rm /etc/passwd",
    ]


@pytest.mark.parametrize("text", ["sha256:" + "0" * 64, "漢" * 60])
async def test_what_was_copied_is_shown_in_one_row_of_80_cells(world, text):
    stage, app = Stage(ContainerScreen("kind_banzai"), world.inspector), LayerTui(None, inspector=world.inspector)
    async with stage.run_test(size=(80, 24)) as pilot:
        await stage.quiet(pilot)
        copy_text(stage.screen, text, text)
        shown = [notice for _, notice in stage.told]
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await at_rest(app, pilot)
        app.show_notice(shown[0], seconds=3600)
        await at_rest(app, pilot, until=lambda: any(notice.region.height for notice in app.screen.query("Toast")))
        (notice,) = app.screen.query("Toast")
        assert notice.region.height == 1
        assert shown[0].endswith("…")


async def test_of_what_differs_the_path_the_value_and_the_folder(world):
    keys = ("2", "g", "y", "Y", "3", "y", "4", "y")
    assert await copied(world, CompareScreen("demo:1.0", "demo:2.0"), *keys) == ["/etc/passwd", '["sh"]', "/usr/lib"]


@pytest.mark.parametrize(
    ("tab", "expected"),
    [
        ("1", ["● mnt 4026531841 – 4026532241 mounts: a root of its own 4242 4243"]),
        ("3", ["/1.txt"]),
        ("4", ["sh -c 'sleep 600 & wait'"]),
        ("5", ["ready", "ready\nwarning: \\x1b[31mred\\x1b[0m"]),
    ],
)
async def test_of_a_container_what_its_tab_is_about(world, tab, expected):
    assert await copied(world, ContainerScreen("kind_banzai", start=True), tab, "g", "y", "Y") == expected


async def test_of_the_mounts_the_folder_of_the_layer(world):
    (folder,) = await copied(world, ContainerScreen("kind_banzai"), "2", "g", "y")
    assert folder.startswith("/store/containers/")
    assert folder.endswith("/upper")


async def test_of_a_lookup_the_path_and_the_content(world):
    keys = ("y", "enter", "y", "tab", "y")  # in the field a y is a letter of the path
    assert await copied(world, LookupScreen("demo:2.0", "/etc/motd"), *keys[1:]) == ["/etc/motd", "hello from layer 3"]
    assert await copied(world, LookupScreen("demo:2.0", "/etc/motd"), keys[0]) == []


async def test_of_two_contents_the_line(world):
    subject = world.inspector.open("demo:2.0")
    below, top = (world.inspector.trace(subject, "/etc/motd", deep=True).steps[at].entry for at in (-1, 3))
    sides = [Side(subject, entry, entry.layer) for entry in (below, top)]
    assert await copied(world, ContentScreen(*sides, "/etc/motd"), "y") == ["hello from layer 3"]
