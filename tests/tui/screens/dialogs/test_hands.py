"""No hand falls into a hole: where Tab and Enter lead, what a filled-in text does, what is typed where no text goes."""

from pathlib import Path
from threading import Event

import pytest
from textual.widgets import TextArea

from builders import docker_archive
from layertui.tui.screens.dialogs import dialog
from layertui.tui.screens.dialogs.create_dialog import CreateDialog, is_shell
from layertui.tui.screens.dialogs.life_dialogs import KillDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.path_dialogs import NewFolderDialog, RenamePathDialog
from layertui.tui.screens.dialogs.questions import LeaveDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.widgets.chrome.lookup_view import LookupView
from tui_stage import Stage
from tui_values import BASE, built
from tui_world import World

pytestmark = pytest.mark.slow
BOX = "kind_banzai"


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    world = World(tmp_path / "store", *built())
    world.container()
    return world


def text_of(app, selector):
    return str(app.screen.query_one(selector).render())


def written(world, path):
    return world.file(BOX, path)[0]


@pytest.mark.parametrize("key", ["tab", "enter"])
async def test_from_the_path_to_the_content(world, key):
    app = Stage(WriteDialog(BOX), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*"/a", key, *"hello", "ctrl+s")
        await app.quiet(pilot)
        assert written(world, "/a") == b"hello"


async def test_tab_goes_from_the_content_to_mode_owner_and_the_rest(world):
    app = Stage(WriteDialog(BOX, "/new"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        walked = []
        for _ in range(6):
            walked.append(app.focused.id)
            await pilot.press("tab")
        assert walked == ["path", "text", "mode", "owner", "parents", "source"]


async def test_what_is_typed_on_a_box_or_a_choice_is_refused_and_nothing_is_lost(world, monkeypatch):
    monkeypatch.setattr(dialog, "REFUSED_FOR", 600)  # seconds: a busy machine may look later than it is shown
    app = Stage(WriteDialog(BOX, "/new"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("tab", *"kept", "tab", "tab", "tab", *"ab")
        assert app.focused.id == "parents"
        assert app.focused.has_class("-refused")
        assert text_of(app, "#outcome").startswith("Space ticks this box")
        await pilot.press("tab", *"x", "tab")
        assert text_of(app, "#outcome").startswith("← and → choose here")
        await pilot.press("q")
        assert text_of(app, "#outcome").startswith("This is a button")
        assert (app.screen.query_one("#parents").value, app.screen.query_one("#source").value) == (False, "typed")
        assert app.screen.query_one(TextArea).text == "kept"
        assert [app.screen.query_one(field).value for field in ("#path", "#mode", "#owner")] == ["/new", "", ""]


async def test_a_tab_is_inserted_by_its_own_key(world):
    app = Stage(WriteDialog(BOX, "/Makefile"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("enter", *"all:", "enter", "ctrl+t", *"cc", "ctrl+s")
        await app.quiet(pilot)
        assert written(world, "/Makefile") == b"all:\n\tcc"


@pytest.mark.parametrize(
    ("make", "field", "keys", "value"),
    [
        (lambda: WriteDialog(BOX, "/etc/nothing"), "path", "/a", "/a"),
        (lambda: WriteDialog(BOX, "/etc/"), "path", "x", "/etc/x"),
        (lambda: WriteDialog(BOX, "/etc/"), "path", "/x", "/x"),
        (lambda: RenamePathDialog(BOX, "/1.txt"), "new", "/2", "/2"),
        (lambda: NewFolderDialog(BOX, "/srv/"), "path", "x", "/srv/x"),
        (lambda: NewFolderDialog(BOX, "/srv/"), "path", "/x", "/x"),
        (lambda: BringInDialog("old.tar"), "file", "n", "n"),
        (lambda: LookupScreen("demo:2.0", "/bin/sh"), "path", "/x", "/x"),
        (lambda: LookupScreen("demo:2.0"), "path", "/x", "/x"),
    ],
)
async def test_the_first_letter_replaces_a_path_that_is_filled_in_and_goes_on_from_a_folder(
    world, make, field, keys, value
):
    app = Stage(make(), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*keys)
        await app.quiet(pilot)
        assert app.screen.query_one(f"#{field}").value == value


async def test_tab_completes_a_path_where_something_is_offered_and_else_goes_on(world):
    app = Stage(LookupScreen("demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*"/etc/mo")
        await app.quiet(pilot)
        await pilot.press("tab")
        await app.quiet(pilot)
        assert (app.screen.query_one("#path").value, app.focused.id) == ("/etc/motd", "path")
        await pilot.press("tab")
        assert app.focused.id == "layers"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [("/bin/etc/motd", "/etc/motd"), ("/ect/motd", "/etc/motd"), ("/etc/mtod", "/etc/motd"), ("/zzz/none", None)],
)
async def test_for_a_path_that_no_layer_has_the_nearest_is_offered(world, typed, offered):
    app = Stage(LookupScreen("demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*typed)
        await app.quiet(pilot)
        head = app.screen.query_one(LookupView).render_line(0).text
        assert "not found in any layer" in head
        assert (f"nearest: {offered}" in head) == (offered is not None)
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.screen.query_one("#path").value == (offered or typed)
        assert app.focused.id == ("layers" if offered is None else "path")


@pytest.mark.parametrize("slow", [False, True])
async def test_enter_behind_a_path_loads_it_once_however_fast(world, slow):
    docker_archive(built()[0].tagged("shop:7"), Path("one.tar"))
    app = Stage(BringInDialog(), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*"one.tar")
        if slow:
            await app.quiet(pilot)
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.answers == [("shop:7",)]


async def test_where_tags_would_move_a_fast_enter_waits_for_another_one(world, monkeypatch):
    docker_archive(built()[1].tagged("demo:1.0"), Path("one.tar"))
    app = Stage(BringInDialog(), world.inspector)
    look_into, entered = world.inspector.images.look_into, Event()

    def slowly(*args, **more):
        entered.wait()
        return look_into(*args, **more)

    monkeypatch.setattr(world.inspector.images, "look_into", slowly)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*"one.tar", "enter")
        entered.set()
        await app.quiet(pilot)
        assert app.answers == []
        assert "demo:1.0 would move from" in text_of(app, "#effect")
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.answers == [("demo:1.0",)]


async def test_another_file_than_was_looked_into_is_looked_into_before_it_is_loaded(world):
    docker_archive(built()[0].tagged("shop:7"), Path("one.tar"))
    Path("one.tar2").write_bytes(BASE)
    app = Stage(BringInDialog("one.tar"), world.inspector)
    loaded = []
    world.inspector.images.import_ = lambda path, *_, **__: loaded.append(path) or world.images.all[0]
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("end", "2", "enter")
        await app.quiet(pilot)
        assert loaded == [Path("one.tar2")]


async def test_text_that_is_not_saved_is_kept_saved_or_discarded(world):
    app = Stage(WriteDialog(BOX, "/new"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("tab", *"long work")
        for keep in ("enter", "escape"):
            await pilot.press("escape")
            await pilot.pause()
            assert isinstance(app.screen, LeaveDialog)
            await pilot.press(keep)
            await pilot.pause()
            assert app.screen.query_one(TextArea).text == "long work"
        await pilot.press("escape", "s")
        await app.quiet(pilot)
        assert app.answers == ["/new"]
        assert written(world, "/new") == b"long work"


async def test_discarded_text_is_not_written(world):
    app = Stage(WriteDialog(BOX, "/new"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("tab", *"x", "escape", "d")
        await app.quiet(pilot)
        assert app.answers == [None]
        assert world.file(BOX, "/new") is None


async def test_a_wrong_value_has_the_focus_and_what_was_typed_stays(world):
    app = Stage(WriteDialog(BOX, "/new"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("tab", *"text", "tab", *"999", "tab", "tab", "ctrl+s")
        assert app.focused.id == "mode"
        await pilot.press("backspace", "backspace", "backspace", *"0600", "ctrl+s")
        await app.quiet(pilot)
        assert world.file(BOX, "/new") == (b"text", 0o600)


@pytest.mark.parametrize(
    ("words", "shell"),
    [
        ("sh", True),
        ("/bin/bash -l", True),
        ("bash --login -i", True),
        ("/bin/busybox sh", True),
        ("busybox ash", True),
        ("zsh", True),
        ("dash", True),
        ("sh -c ls", False),
        ("sh -ec ls", False),
        ("sh script.sh", False),
        ("busybox", False),
        ("busybox ls", False),
        ("python3", False),
        ("", False),
    ],
)
def test_which_commands_are_shells(words, shell):
    assert is_shell(words.split()) is shell


async def test_terminal_and_input_are_ticked_while_the_command_is_a_shell_unless_by_hand(world):
    app = Stage(CreateDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)

        def ticked():
            return [app.screen.query_one(box).value for box in ("#tty", "#interactive")]

        assert ticked() == [True, True]  # the image's own command is sh
        assert "create -ti demo:2.0" in text_of(app, "#command")
        await pilot.press("tab", *"ls")
        assert ticked() == [False, False]
        await pilot.press("backspace", "backspace", *"bash -l")
        assert ticked() == [True, True]
        await pilot.click("#tty")
        await pilot.press("shift+tab", "shift+tab", "shift+tab", "shift+tab", "shift+tab", "shift+tab", "shift+tab")
        assert app.focused.id == "command-words"
        await pilot.press(*"ls")
        assert ticked() == [False, True]


async def test_the_signal_to_begin_with_is_one_that_a_process_can_answer(world):
    app = Stage(KillDialog(BOX), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert text_of(app, "#command") == f"$ layertui kill -s TERM {BOX}"
