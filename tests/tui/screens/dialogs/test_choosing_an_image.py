"""An archive of several images, or of one for several platforms, opened in place: it says so, and lets one choose."""

import pytest

from at_rest import at_rest
from builders import BuiltIndex, docker_archive, file, image, layer, oci_archive, oci_layout
from layertui.core.errors import Ambiguous
from layertui.core.inspector import Inspector
from layertui.core.oci.descriptor import Platform
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.questions import ChooseImageDialog
from tui_sample import clock
from tui_stage import Stage

HOST = Platform.host()
OTHERS = [name for name in ("amd64", "arm64", "riscv64") if name != HOST.architecture]


def one(name, *tags, architecture=HOST.architecture):
    return image([layer([file(name, b"1")])], tags=tags, architecture=architecture)


def several(path):
    return docker_archive([one("a", "shop:1"), one("b", "shop:2", "shop:latest"), one("c"), one("d", "shop:4")], path)


def platforms(*architectures):
    return BuiltIndex(tuple(one(name, architecture=name) for name in architectures), ("many:1",))


def found(app):
    home = app.screen_stack[0]
    return home.state.subject and [layer.diff_id for layer in home.state.subject.image.layers]


@pytest.fixture
def opened(tmp_path):
    def open_screen(name):
        return LayerTui(
            Settings(tmp_path / "store"), str(name), inspector=Inspector(Settings(tmp_path / "store")), clock=clock
        )

    return open_screen


@pytest.mark.slow
@pytest.mark.parametrize("row", range(4))
async def test_each_of_several_images_can_be_chosen(tmp_path, opened, row):
    path = several(tmp_path / "four.tar")
    app = opened(path)
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        assert isinstance(app.screen, ChooseImageDialog)
        assert app.screen.query_one("#frame").border_title.startswith("4 images in ")
        await pilot.press(*["down"] * row, "enter")
        await at_rest(app, pilot)
        wanted = one("abcd"[row])
        assert [str(digest) for digest in found(app)] == list(wanted.diff_ids)
        assert app.screen is app.screen_stack[0]


@pytest.mark.slow
async def test_none_needs_to_be_chosen(tmp_path, opened):
    app = opened(several(tmp_path / "four.tar"))
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        await pilot.press("escape")
        await at_rest(app, pilot)
        assert found(app) is None
        assert app.screen is app.screen_stack[0]


@pytest.mark.slow
@pytest.mark.parametrize("write", [oci_archive, oci_layout])
async def test_where_no_platform_is_the_hosts_one_is_chosen(tmp_path, opened, write):
    app = opened(write(platforms(*OTHERS), tmp_path / "many"))
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        assert isinstance(app.screen, ChooseImageDialog)
        await pilot.press("down", "enter")
        await at_rest(app, pilot)
        assert [str(digest) for digest in found(app)] == list(one(OTHERS[1]).diff_ids)


@pytest.mark.slow
@pytest.mark.parametrize("write", [oci_archive, oci_layout])
async def test_where_one_is_the_hosts_it_is_shown_and_another_is_a_key_away(tmp_path, opened, write):
    app = opened(write(platforms(OTHERS[0], HOST.architecture), tmp_path / "many"))
    told = []
    app.notify = lambda message, **_: told.append(str(message))
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        assert [str(digest) for digest in found(app)] == list(one(HOST.architecture).diff_ids)
        assert [
            text for text in told if f"has 2 platforms; {HOST} is shown" in text and "O opens another" in text
        ] != []
        await pilot.press("O", "enter")
        await at_rest(app, pilot)
        assert [str(digest) for digest in found(app)] == list(one(OTHERS[0]).diff_ids)


def test_each_choice_is_a_name_that_opens_it(tmp_path):
    inspector = Inspector(Settings(tmp_path / "store"))
    for path in (several(tmp_path / "four.tar"), oci_archive(platforms(*OTHERS), tmp_path / "many.tar")):
        with pytest.raises(Ambiguous) as error:
            inspector.open(str(path))
        images = [inspector.open(choice.name).image for choice in error.value.choices]
        assert len({each.digest for each in images}) == len(images) >= 2
        for choice, opened_image in zip(error.value.choices, images, strict=True):
            assert str(opened_image.platform) in choice.title


async def loaded_by(tmp_path, architectures, *keys):
    """The load dialog on an archive for these platforms: what it says at first, and the image that is loaded by these keys."""
    inspector = Inspector(Settings(tmp_path / "store"))
    tmp_path.mkdir(exist_ok=True)
    path = oci_archive(platforms(*architectures), tmp_path / "many.tar")
    app = Stage(BringInDialog(str(path)), inspector)
    async with app.run_test(size=(100, 30)) as pilot:
        await app.quiet(pilot)
        shown = app.screen.query_one("#platform-field").display, app.screen.query_one("#platform").value
        await pilot.press(*keys)
        await app.quiet(pilot)
        command = str(app.screen.query_one("#command").render())
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.answers == [("many:1",)]
    return shown, command, inspector.images.list()[0].architecture


@pytest.mark.slow
async def test_to_be_loaded_this_machines_platform_is_taken_unless_another_is_chosen(tmp_path):
    both = (OTHERS[0], HOST.architecture)
    shown, command, architecture = await loaded_by(tmp_path / "1", both)
    assert (shown, "--platform" in command, architecture) == ((True, str(HOST)), False, HOST.architecture)
    shown, command, architecture = await loaded_by(tmp_path / "2", both, "tab", "left")
    assert (shown, f"--platform linux/{OTHERS[0]}" in command, architecture) == ((True, str(HOST)), True, OTHERS[0])


@pytest.mark.slow
async def test_to_be_loaded_one_is_chosen_where_none_is_this_machines(tmp_path):
    shown, _, architecture = await loaded_by(tmp_path, OTHERS, "tab", "right")
    assert (shown, architecture) == ((True, f"linux/{OTHERS[0]}"), OTHERS[1])


@pytest.mark.slow
async def test_of_one_platform_nothing_is_asked(tmp_path):
    shown, _, architecture = await loaded_by(tmp_path, (HOST.architecture,))
    assert (shown[0], architecture) == (False, HOST.architecture)
