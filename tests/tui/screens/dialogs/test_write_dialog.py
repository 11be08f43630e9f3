import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from textual import events
from textual.widgets import TextArea

from layertui.tui.screens.actions.write_action import OfferContainer
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.shared import suspend
from tui_stage import Stage
from tui_values import built
from tui_world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    world = World(tmp_path / "store", *built())
    world.container()
    return world


def text_of(app, selector):
    return str(app.screen.query_one(selector).render())


async def test_it_says_live_what_a_write_will_do(world):
    app = Stage(WriteDialog("kind_banzai", "/"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        for typed, said in (
            ("bin/sh", "/bin/sh is in layer 1: copied up, layer 1 stays as it is."),
            ("x", "/bin/shx: new file in the writable layer."),
        ):
            await pilot.press(*typed)
            await app.quiet(pilot)
            assert text_of(app, "#effect") == said
        line = app.screen.query_one("#path")
        line.value = "/etc/motd"
        await app.quiet(pilot)
        assert text_of(app, "#effect") == "/etc/motd is already in the writable layer: overwritten there."


async def test_an_existing_text_opens_in_the_editor_and_is_saved(world):
    app = Stage(WriteDialog("kind_banzai", "/etc/motd"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert app.screen.query_one(TextArea).text == "hello from the container\n"
        await pilot.press(*"oh, ", "ctrl+s")
        await app.quiet(pilot)
        assert app.answers == ["/etc/motd"]
        assert world.file("kind_banzai", "/etc/motd")[0] == b"oh, hello from the container\n"


async def test_the_text_of_the_proposed_file_is_not_saved_under_a_path_that_was_typed_before_it_came(world):
    app = Stage(WriteDialog("kind_banzai", "/etc/motd"), world.inspector)
    opened, may_open = world.inspector.open, threading.Event()

    def late(name, **more):
        assert may_open.wait(20)
        return opened(name, **more)

    world.inspector.open = late
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("ctrl+u", *"/other")
        may_open.set()
        await app.quiet(pilot)
        assert app.screen.query_one(TextArea).text == ""
        assert app.focused.id == "path"
        await pilot.press("enter", *"mine", "ctrl+s")
        await app.quiet(pilot)
        assert world.file("kind_banzai", "/other")[0] == b"mine"


async def test_mode_and_owner_are_checked_and_shown_in_the_command(world):
    app = Stage(WriteDialog("kind_banzai", "/new"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("tab", *"text", "enter", "tab", *"999", "enter")
        assert "a mode is octal" in text_of(app, "#outcome")
        await pilot.press("ctrl+u", *"0755", "tab", *"root", "enter")
        assert "an owner is UID:GID" in text_of(app, "#outcome")
        await pilot.press("ctrl+u", *"7:8", "tab", "space")
        await pilot.pause()
        assert text_of(app, "#command") == "$ layertui write kind_banzai /new - --mode 0755 --owner 7:8 -p"
        await pilot.press("ctrl+s")
        await app.quiet(pilot)
        assert world.file("kind_banzai", "/new") == (b"text\n", 0o755)


async def test_a_file_of_the_host(world):
    Path("motd").write_bytes(b"from the host\xff")
    app = Stage(WriteDialog("kind_banzai", "/etc/motd2"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*["tab"] * 5, "right", "tab", *"mo")
        await app.quiet(pilot)
        await pilot.press("right")
        await app.quiet(pilot)
        assert app.screen.query_one("#host").value == "motd"
        assert not app.screen.query_one("#text").display
        await pilot.press("enter")
        await app.quiet(pilot)
        assert world.file("kind_banzai", "/etc/motd2")[0] == b"from the host\xff"


@pytest.mark.parametrize("kind", ["pipe", "device"])
async def test_what_is_no_file_of_the_host_is_not_waited_for(world, kind):
    """As `write` in a shell: neither a pipe, which may never say anything, nor a device, which may never end."""
    os.mkfifo("source")
    held = os.open("source", os.O_RDWR)
    ending = threading.Timer(3, os.close, [held])  # so that who waits for the pipe does not wait for ever
    ending.start()
    app = Stage(WriteDialog("kind_banzai", "/etc/motd2"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*["tab"] * 5, "right", "tab", *("source" if kind == "pipe" else "/dev/null"), "enter")
        await app.quiet(pilot)
        assert "is not a file" in text_of(app, "#outcome")
        assert app.focused.id == "host"
    ending.join()
    assert world.inspector.view(world.inspector.open("container:kind_banzai")).get("/etc/motd2") is None


async def test_on_an_image_it_offers_a_container(world):
    app = Stage(OfferContainer("demo:2.0", "/etc/motd"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "its layers are read-only" in text_of(app, "#about")
        await pilot.press("enter")
        await app.quiet(pilot)
        assert isinstance(app.screen, CreateDialog)
        await pilot.press(*"box", "enter")
        await app.quiet(pilot)
        assert isinstance(app.screen, WriteDialog)
        await pilot.press(*"new ", "ctrl+s")
        await app.quiet(pilot)
        assert world.file("box", "/etc/motd")[0] == b"new hello from layer 3"
        assert app.answers == [("box", "/etc/motd")]


async def test_a_folder_is_no_place_to_write_to_by_whatever_name(world):
    app = Stage(WriteDialog("kind_banzai", "/"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        for path, said in (
            ("/", "Type a path in the container."),
            ("/..", "Type a path in the container."),
            ("/etc", "/etc is a folder: add the name of a file in it."),
            ("/bin/../etc/", "/etc is a folder: add the name of a file in it."),
        ):
            app.screen.query_one("#path").value = path
            await app.quiet(pilot)
            assert text_of(app, "#effect") == said


async def test_what_is_typed_ahead_after_tab_goes_into_the_next_field(world):
    app = Stage(WriteDialog("kind_banzai", "/new"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        tab = ("tab", "\t")
        for key, letter in (tab, tab, ("6", "6"), tab, ("shift+tab", None), tab, tab, tab, ("right", None)):
            app.post_message(events.Key(key, letter))
        await app.quiet(pilot)
        assert app.screen.query_one("#mode").value == "6"
        assert app.screen.query_one("#source").value == "host"
        assert app.screen.query_one("#path").value == "/new"


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """An editor that adds the name of its file, and ends with a code; the screen has no terminal to suspend."""
    script = tmp_path / "editor"
    script.write_text('#!/bin/sh\nbasename "$2" >> "$2"; exit $1\n')
    script.chmod(0o755)
    monkeypatch.setattr(suspend, "suspended", lambda app, run: run())
    return script


async def edited_by(editor, world, path, code, typed=""):
    """The dialog's text after the editor has ended, and its message."""
    world.inspector.settings = replace(world.inspector.settings, editor=f"{editor} {code}")
    app = Stage(WriteDialog("kind_banzai", "/"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        app.screen.query_one("#path").value = path
        app.screen.query_one(TextArea).text = typed
        await app.quiet(pilot)
        await pilot.press("ctrl+o")
        await app.quiet(pilot)
        return app.screen.query_one(TextArea).text, text_of(app, "#outcome")


async def test_ones_own_editor_sees_what_is_typed_or_else_what_is_there(world, editor):
    assert (await edited_by(editor, world, "/new.py", 0))[0] == "new.py\n"
    assert (await edited_by(editor, world, "/new.py", 0, "typed\n"))[0] == "typed\nnew.py\n"
    assert (await edited_by(editor, world, "/etc/motd", 0))[0] == "hello from the container\nmotd\n"
    assert (await edited_by(editor, world, "/a b\x1b", 0))[0] == "file\n"


async def test_an_editor_that_fails_changes_nothing(world, editor):
    text, said = await edited_by(editor, world, "/etc/motd", 3, "typed")
    assert text == "typed"
    assert "ended with exit code 3" in said
    assert "cannot be used" in (await edited_by(editor.with_name("none"), world, "/new", 0))[1]
    editor.write_text("#!/bin/sh\nkill -9 $$\n")
    assert "was ended by signal 9; the text is unchanged" in (await edited_by(editor, world, "/new", 0))[1]
