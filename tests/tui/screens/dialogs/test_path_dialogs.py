"""New folder, another path, another mode and owner: on a container of the embedded engine that has never run."""

import pytest

from builders import docker_archive
from layertui.core.containers.model.container import CreateOptions
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.screens.dialogs.path_dialogs import AttributesDialog, NewFolderDialog, RenamePathDialog
from tui_stage import Stage
from tui_values import built

pytestmark = pytest.mark.slow


@pytest.fixture
def inspector(tmp_path):
    inspector = Inspector(Settings(tmp_path / "store"))
    inspector.images.load(docker_archive(list(built()), tmp_path / "two.tar"))
    inspector.containers.create("demo:2.0", CreateOptions(name="box"))
    return inspector


def text_of(app, selector):
    return str(app.screen.query_one(selector).render())


def entry(inspector, path):
    return inspector.view(inspector.open("container:box")).get(path)


async def answered(dialog, inspector, *keys):
    """What a dialog said would happen, and its answer after some keys."""
    app = Stage(dialog, inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        frame = app.screen.query_one("#frame").region
        assert (frame.right <= 80, frame.bottom <= 24) == (True, True)
        effect = text_of(app, "#effect")
        await pilot.press(*keys)
        await app.quiet(pilot)
        if not app.answers:
            return text_of(app, "#outcome"), None
        return effect, app.answers[0]


async def test_a_new_folder(inspector):
    effect, answer = await answered(NewFolderDialog("box", "/srv/"), inspector, "end", *"made", "enter")
    assert answer == "/srv/made"
    assert "0755" in effect
    assert entry(inspector, "/srv/made").kind.word == "dir"
    said, answer = await answered(NewFolderDialog("box", "/no/such/"), inspector, "end", *"made", "enter")
    assert (answer, "no such folder" in said) == (None, True)
    _, answer = await answered(NewFolderDialog("box", "/no/such/"), inspector, "end", *"x", "tab", "space", "enter")
    assert entry(inspector, answer).path == "/no/such/x"


async def test_another_path_for_what_the_image_has(inspector):
    effect, answer = await answered(RenamePathDialog("box", "/etc/motd"), inspector, "end", *".old", "enter")
    assert answer == "/etc/motd.old"
    assert "a whiteout hides the old one" in effect
    assert entry(inspector, "/etc/motd") is None
    effect, _ = await answered(RenamePathDialog("box", "/etc/motd.old"), inspector, "end", *"er", "enter")
    assert "Moved within the writable layer." in effect
    assert entry(inspector, "/etc/motd.older") is not None


async def test_a_path_that_is_taken(inspector):
    said, answer = await answered(RenamePathDialog("box", "/etc/motd"), inspector, "enter")
    assert (answer, said) == (None, "another path is needed")
    typed = ["backspace"] * len("/motd")
    said, answer = await answered(RenamePathDialog("box", "/etc/motd"), inspector, "end", *typed, "enter")
    assert (answer, "/etc exists already" in said) == (None, True)


async def test_another_mode_and_owner(inspector):
    effect, answer = await answered(AttributesDialog("box", "/etc/motd"), inspector, *"4711", "tab", *"7:8", "enter")
    assert answer == "/etc/motd"
    assert "Copied up into the writable layer" in effect
    found = entry(inspector, "/etc/motd")
    assert (found.mode, found.uid, found.gid) == (0o4711, 7, 8)
    said, answer = await answered(AttributesDialog("box", "/etc/motd"), inspector, *"9", "enter")
    assert (answer, said) == (None, "9: a mode is octal, such as 0644")


@pytest.mark.parametrize("dialog", [RenamePathDialog, AttributesDialog])
async def test_a_dialog_without_a_command_says_so(inspector, dialog):
    app = Stage(dialog("box", "/etc/motd"), inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "No command does this" in text_of(app, "#command")
