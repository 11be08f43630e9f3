"""Home opens where it was left: image, layer, path, pane, tab, orders, filter, folds, zoom and the panes' sizes."""

import pytest

from builders import docker_archive
from home_driver import Driver
from layertui.core.containers.model.container import CreateOptions
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.home.home_screen import HomeScreen
from tui_sample import clock
from tui_values import built

pytestmark = pytest.mark.slow


@pytest.fixture
def session(tmp_path):
    """Runs the app with a store on disk, drives it by `act`, and quits."""
    store = tmp_path / "store"
    inspector = Inspector(Settings.load(store=store))
    for number, one in enumerate(built()):
        inspector.images.load(docker_archive(one, tmp_path / f"{number}.tar"))
    inspector.containers.create("demo:2.0", CreateOptions(name="box"))

    async def run(act, image=None, **options):
        app = LayerTui(Settings.load(store=store, **options), image, clock=clock)
        async with app.run_test(size=(120, 40)) as pilot:
            driver = Driver(app, pilot)
            await driver.rest()
            await act(driver)

    return run


async def test_a_first_start_is_as_ever_and_the_next_is_where_it_was_left(session):
    async def first(drive):
        assert drive.home.remembering.place().path == drive.paths()[0]
        await drive.press("1", "o", "j", "3", "j", "4", "o", "*")
        drive.home.panes.files.go_to("/etc/motd")
        await drive.press("f", "escape", "slash", *"etc", "enter")
        drive.home.panes.frame.rearrange(dragged={"medium 1": 600})
        drive.left = drive.home.remembering.place()
        left.append(drive.left)

    left = []
    await session(first)

    async def second(drive):
        assert drive.home.remembering.place() == left[0]
        assert drive.home.panes.frame.arrangement.focused == "files"
        assert drive.home.panes.images.region.width == 72
        await drive.press("2", "j", "3", "plus")
        left.append(drive.home.remembering.place())

    await session(second)

    async def third(drive):
        assert drive.home.remembering.place() == left[1]

    await session(third)
    assert left[0].path == "/etc"
    assert left[0].layer is not None
    assert left[0].filters == {"files": "etc"}
    assert left[0].orders["files"] == "size"


async def test_fresh_and_a_named_image_go_elsewhere(session):
    async def leave(drive):
        await drive.press("2", "4", "slash", *"etc", "enter")
        assert drive.home.state.selection.container == "box"

    await session(leave)

    async def fresh(drive):
        assert drive.home.state.selection.container is None
        assert not drive.home.remembering.place().filters

    await session(fresh, fresh=True)

    async def named(drive):
        assert drive.home.state.selection.name == "demo:1.0"

    await session(named, "demo:1.0")


async def test_what_is_gone_is_not_gone_to(session, tmp_path):
    async def leave(drive):
        await drive.press("2", "4")

    await session(leave)
    Inspector(Settings.load(store=tmp_path / "store")).containers.remove("box")

    async def again(drive):
        assert drive.home.state.subject is not None
        assert drive.home.state.container is None
        assert not drive.app._notifications

    await session(again)


async def test_filters_and_lookups_that_were_typed_before(session):
    async def type_them(drive):
        await drive.press("4", "slash", *"motd", "enter", "slash", "ctrl+u", *"etc", "enter", "escape")
        await drive.press("f", *"/etc/motd", "enter", "escape")

    await session(type_them)

    async def again(drive):
        await drive.press("4", "slash", "up")
        assert drive.home.finding.finder.pattern("files").typed == "etc"
        await drive.press("up")
        assert drive.home.finding.finder.pattern("files").typed == "motd"
        await drive.press("down", "down", *"x")
        assert drive.home.finding.finder.pattern("files").typed == "x"
        await drive.press("escape", "f", "up")
        assert drive.app.screen.query_one("#path").value == "/etc/motd"
        await drive.press("enter")
        assert drive.app.screen.focused.id == "layers"

    await session(again)


async def test_an_archive_is_offered_again_and_a_bookmark_is_gone_to(session, tmp_path):
    async def open_it(drive):
        await drive.press("O", *str(tmp_path / "0.tar"), "enter")
        await drive.press("4")
        drive.home.panes.files.go_to("/etc/motd")
        await drive.press("b")
        await drive.press("1", "k", "j")

    await session(open_it)

    async def again(drive):
        assert drive.app.memory.state.recent == (str(tmp_path / "0.tar"),)
        titles = [command.title for command in drive.app.get_system_commands(drive.home)]
        assert f"Open {tmp_path / '0.tar'}" in titles
        await drive.press("B", "enter")
        assert isinstance(drive.app.screen, HomeScreen)
        assert drive.home.panes.files.path == "/etc/motd"
        await drive.press("b", "B")
        assert "No bookmarks yet" in str(drive.app.screen.query_one("#about").render())

    await session(again)
