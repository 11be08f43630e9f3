"""`u` takes the newest act back: while its notice is shown, until the next act, and not at all where it would not be exact."""

import io

import pytest

from builders import docker_archive
from home_driver import Driver
from layertui.core.containers.model.container import CreateOptions
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.shared.undo import UndoBoard, UndoOffer
from tui_sample import clock
from tui_values import built

pytestmark = pytest.mark.slow

BOX = "kind_banzai"


@pytest.fixture
def inspector(tmp_path):
    """A store on disk: what is taken back is compared with what the engine itself wrote."""
    found = Inspector(Settings.load(store=tmp_path / "store"))
    for number, one in enumerate(built()):
        found.images.load(docker_archive(one, tmp_path / f"{number}.tar"))
    found.containers.create("demo:2.0", CreateOptions(name=BOX))
    return found


@pytest.fixture
async def drive(inspector):
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        yield driver


def names(app):
    return sorted(str(name.familiar) for image in app.inspector.images.list() for name in image.names)


def kept(app):
    own = app.inspector.containers.files.writable_layer(BOX)
    return own.upper.parent / "kept"


async def test_a_tag_and_an_untag(drive):
    before = names(drive.app)
    await drive.press("j", "t", *"web", "enter")
    assert "web:latest" in names(drive.app)
    await drive.press("u")
    assert names(drive.app) == before
    assert drive.app.notices.log.acts[-1].text == "Removed the name web:latest again"
    assert drive.app.notices.log.acts[-1].command.words == ("layertui", "rmi", "web:latest")
    demo = str(drive.app.inspector.open("demo:2.0").image.id)
    await drive.press("t", *"web", "enter", "d", "enter")
    assert len(names(drive.app)) == len(before)
    await drive.press("u")
    assert drive.app.notices.log.acts[-1].text == "Put the name demo:2.0 back where it was"
    assert drive.app.notices.log.acts[-1].command.words == ("layertui", "tag", demo, "demo:2.0")
    assert len(names(drive.app)) == len(before) + 1


async def test_a_file_of_the_image_and_one_of_the_layer(drive):
    own = drive.app.inspector.containers.files.writable_layer(BOX)
    own.write("/mine", io.BytesIO(b"mine"), mode=0o640)
    await drive.press("2", "r", "4")
    for path in ("/etc/motd", "/mine"):
        drive.home.panes.files.go_to(path)
        await drive.press("d", "enter")
        assert path not in drive.paths()
        assert "u puts it back" in " ".join(str(one.message) for one in drive.app._notifications)
        await drive.press("u")
        assert "u puts it back" not in " ".join(str(one.message) for one in drive.app._notifications)
        assert path in drive.paths()
    assert not kept(drive.app).exists()


async def test_a_rename(drive):
    await drive.press("2", "4")
    drive.home.panes.files.go_to("/etc/motd")
    await drive.press("t", "end", *".old", "enter")
    assert "/etc/motd.old" in drive.paths()
    await drive.press("u")
    assert "/etc/motd" in drive.paths()
    assert "/etc/motd.old" not in drive.paths()


async def test_the_next_act_ends_it(drive):
    await drive.press("2", "4")
    drive.home.panes.files.go_to("/etc/motd")
    await drive.press("d", "enter", "1", "j", "t", *"web", "enter", "u", "u")
    await drive.press("2", "4")
    assert "/etc/motd" not in drive.paths()
    assert "web:latest" not in names(drive.app)


async def test_marks_that_were_cleared(drive):
    await drive.press("space", "space", "escape")
    assert not drive.home.marks.names
    await drive.press("u")
    assert len(drive.home.marks.names) == 2


async def test_without_an_act_it_says_so(drive):
    await drive.press("u")
    assert "Nothing to undo" in " ".join(str(one.message) for one in drive.app._notifications)


async def test_what_is_kept_goes_with_the_time_and_with_the_app(inspector, monkeypatch):
    monkeypatch.setattr("layertui.tui.screens.shared.undo.SHOWN_FOR", 0.05)
    dropped = []
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        app.undo.offer(UndoOffer("", drop=lambda: dropped.append("time")))
        while not dropped:
            await pilot.pause(0.01)
        assert app.undo.is_empty
        monkeypatch.setattr("layertui.tui.screens.shared.undo.SHOWN_FOR", 60)
        app.undo.offer(UndoOffer("", drop=lambda: dropped.append("end")))
    while len(dropped) < 2:
        await pilot.pause(0.01)
    assert dropped == ["time", "end"]
    assert isinstance(app.undo, UndoBoard)
