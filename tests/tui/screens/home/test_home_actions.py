"""What the keys of home do beyond looking: they copy, mark, compare, open dialogs, and say what they would do."""

import pytest

from at_rest import at_rest
from builders import docker_archive
from home_driver import driven
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.compare_dialog import CompareDialog
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.help_screen import HelpScreen
from layertui.tui.screens.log.command_log_screen import CommandLogScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar, fitting
from tui_sample import clock
from tui_values import built
from tui_world import World

pytestmark = pytest.mark.slow


async def test_what_is_copied(drive):
    copied = []
    drive.app.copy_to_clipboard = copied.append
    await drive.press("j", "j", "y", "Y", "3", "y", "Y", "4")
    drive.home.panes.files.go_to("/etc/motd")
    await drive.press("y", "Y", "2", "Y")
    image = drive.app.inspector.all_images[0]
    assert copied == [
        str(image.id),
        "demo:2.0",
        str(image.layers[5].diff_id),
        "RUN rm -rf /var/cache/* /usr/lib/libssl.so.1",
        "/etc/motd",
        "Hello from demo:2.0\n",
        "sh -c 'while true; do date; sleep 1; done'",
    ]


@pytest.mark.parametrize(
    ("keys", "screen"),
    [
        (["question_mark"], HelpScreen),
        (["c"], CreateDialog),
        (["t"], TagDialog),
        (["d"], DeleteImageDialog),
        (["space", "="], CompareScreen),
        (["2", "d"], DeleteContainerDialog),
        (["2", "enter"], ContainerScreen),
        (["2", "4", "w"], WriteDialog),
        (["2", "4", "d"], DeleteFileDialog),
        (["4", "f"], LookupScreen),
    ],
)
async def test_keys_that_open_something(drive, keys, screen):
    await drive.press(*["equals_sign" if key == "=" else key for key in keys])
    assert isinstance(drive.app.screen, screen)
    await drive.press("escape")


async def test_marks_say_what_is_compared(drive):
    home = drive.home
    assert home.comparing.pair() is None
    await drive.press("space")
    assert home.comparing.pair() == ("busybox:latest", "demo:1.0")
    await drive.press("j", "space")
    assert home.comparing.pair() == ("busybox:latest", "demo:2.0")
    assert home.panes.images.marked == {"busybox:latest", "demo:2.0"}
    await drive.press("escape")
    assert home.panes.images.marked == set()
    await drive.press("2")
    assert home.comparing.pair() == (str(home.app.inspector.all_images[0].id), "container:kind_banzai")


async def test_a_container_and_an_image_are_marked_across_their_panes(drive):
    await drive.press("j", "space", "2", "space")
    home = drive.home
    assert home.marks.names == ("demo:1.0", "container:kind_banzai")
    assert home.comparing.pair() == home.marks.names
    assert "✓" in home.panes.containers.render_line(0).text
    await drive.press("1", "g", "space")
    assert home.marks.names == ("container:kind_banzai", "busybox:latest")  # of three the oldest goes
    await drive.press("g", "space")
    assert home.marks.names == ("container:kind_banzai",)


async def test_a_layer_is_held_against_a_layer(drive):
    await drive.press("1", "j", "3", "space")
    assert drive.home.marks.names == ("demo:1.0@3..3",)
    await drive.press("G")
    assert drive.home.comparing.pair() == ("demo:1.0@3..3", "demo:1.0@1..1")
    await drive.press("equals_sign")
    assert isinstance(drive.app.screen, CompareScreen)


async def test_without_a_second_one_it_is_asked_for(drive):
    await drive.press("equals_sign")
    dialog = drive.app.screen
    assert isinstance(dialog, CompareDialog)
    assert dialog.query_one("#one").value == "busybox:latest"
    assert dialog.query_one("#other").has_focus
    await drive.press(*"demo:2", "right", "enter")
    assert isinstance(drive.app.screen, CompareScreen)
    assert drive.app.screen.query_one(HeaderLine).subject == "busybox:latest ⇄ demo:2.0"


async def test_the_key_bar_offers_what_makes_sense_here(drive):
    assert {"Space": "mark", "c": "create", "t": "tag"}.items() <= drive.offered().items()
    assert "s" not in drive.offered()
    await drive.press("2")
    assert drive.offered()["s"] == "stop"
    assert "t" not in drive.offered()
    await drive.press("j")
    assert drive.offered()["s"] == "start"
    await drive.press("4")
    assert {"a", "m", "f", "w", "d"} <= set(drive.offered())


async def test_from_a_containers_screen_h_goes_back_to_the_history_of_its_image(drive):
    await drive.press("2", "enter")
    assert isinstance(drive.app.screen, ContainerScreen)
    await drive.press("H")
    assert drive.app.screen is drive.home
    assert drive.home.panes.details.tab == "history"
    assert drive.app.focused is drive.home.panes.details.view_of("history")


async def test_stopping_a_container_says_what_stays(drive):
    await drive.press("2", "s")
    told = list(drive.app._notifications)[-1]
    assert "exit code 143" in str(told.message)
    assert "the writable layer is kept" in str(told.message)
    (logged,) = drive.app.notices.log.acts
    assert logged.command.words[:2] == ("layertui", "stop")
    await drive.press("semicolon")
    assert isinstance(drive.app.screen, CommandLogScreen)
    await drive.press("escape")
    assert drive.home.panes.containers.current.container.state == "exited"
    assert drive.offered()["s"] == "start"


async def test_without_a_runtime_start_is_not_offered_and_the_reason_is_reported(inspector):
    inspector.containers.lifecycle.unavailable = "no runtime passed its probe: bwrap is not on PATH"
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with driven(app) as drive:
        await drive.press("2", "j")
        assert "s" not in drive.offered()
        assert "bwrap is not on PATH" in drive.details("details")


async def test_escape_never_quits(drive):
    await drive.press("escape", "escape", "escape")
    assert drive.app.is_running
    assert drive.app.return_code is None


async def test_a_command_is_the_one_of_its_step(drive):
    await drive.press("j", "j", "3")
    steps = []
    for _ in range(8):
        steps.append(drive.home.target.step.command)
        await drive.press("j")
    assert steps == [step.command for step in reversed(drive.home.state.steps)]


async def test_a_path_is_looked_up_in_the_image_under_the_cursor(drive):
    await drive.press("1")
    assert drive.offered()["f"] == "look up"
    await drive.press("f")
    assert isinstance(drive.app.screen, LookupScreen)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_in_files_what_one_does_with_files_comes_first_in_the_key_bar(drive, size):
    await drive.pilot.resize_terminal(*size)
    await drive.press("4")
    bar = drive.home.query_one(KeyBar)
    shown = [key.press for key in fitting(bar.keys(), bar.size.width)]
    assert shown[:5] == ["enter", "slash", "w", "x", "f"]


async def test_a_file_written_into_an_image_is_under_the_cursor_in_its_new_container(tmp_path):
    world = World(tmp_path / "store", *built())
    app = LayerTui(world.inspector.settings, "demo:2.0", inspector=world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        await pilot.press("w")
        await at_rest(app, pilot)
        await pilot.press("enter")  # a container is wanted
        await at_rest(app, pilot)
        await pilot.press("enter")
        await at_rest(app, pilot)
        app.screen.query_one("#path").value = "/etc/new"
        await at_rest(app, pilot)
        await pilot.press("ctrl+s")
        await at_rest(app, pilot)
        (container,) = world.inspector.containers.list()
        home = app.screen
        assert home.state.container.name == container.name
        assert home.panes.files.entry.path == "/etc/new"


async def test_an_archive_whose_image_is_in_the_store_has_a_row_of_its_own(tmp_path):
    images = list(built())
    world = World(tmp_path / "store", *images)
    archive = docker_archive(images[1], tmp_path / "again.tar")
    app = LayerTui(world.inspector.settings, str(archive), inspector=world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        listed = app.screen.panes.images
        assert listed.current.key == str(archive)
        assert listed.current.image.id in {image.id for image in world.inspector.images.list()}
        assert len(listed.items) == len(world.inspector.images.list()) + 1
