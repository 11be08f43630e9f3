"""The command log on the screen: its rows, what is copied, and a script that runs and does the same."""

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.common.command_log import ActCommand, CommandLog
from layertui.tui.screens.dialogs.commit_dialog import CommitDialog
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog
from layertui.tui.screens.dialogs.export_dialog import taking_out
from layertui.tui.screens.dialogs.life_dialogs import RenameDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.path_dialogs import NewFolderDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.log.act_list import ActList
from layertui.tui.screens.log.command_log_screen import CommandLogScreen
from layertui.tui.screens.log.save_script_dialog import SaveScriptDialog
from tui_stage import Stage

SESSION = (
    (lambda: TagDialog("demo:1.0"), [*"web:1", "enter"]),
    (lambda: CreateDialog("demo:2.0"), ["tab", *"sh", "enter"]),  # its name is generated: the log has to tell it
    (lambda: RenameDialog(name_of_one()), [*"box", "enter"]),
    (lambda: WriteDialog("box", "/it's $HOME"), ["enter", *"-a'b %d !!", "enter", *"c", "ctrl+s"]),
    (lambda: NewFolderDialog("box", "/srv/"), [*"x", "enter"]),
    (lambda: DeleteFileDialog("box", "/etc/motd"), ["enter"]),
    (lambda: CommitDialog("box"), [*"made:1", "enter"]),
    (lambda: taking_out("made:1"), ["enter"]),
    (lambda: DeleteImageDialog("made:1"), ["enter"]),
    (lambda: BringInDialog("made_1.tar"), ["enter"]),
    (lambda: taking_out("container:box"), ["enter"]),
    (lambda: BringInDialog("box.tar"), ["enter"]),
    (lambda: taking_out("demo:1.0", "/etc/motd"), ["enter"]),
    (lambda: DeleteContainerDialog("box"), ["enter"]),
    (lambda: CreateDialog("web:1"), [*"other", "tab", *"sh", "enter"]),
    (lambda: TagDialog(nameless()), [*"flat:1", "enter"]),  # a run of the script makes it with another ID
    (lambda: CreateDialog(id_of("flat:1")), [*"third", "tab", *"sh", "enter"]),
)


def nameless():
    (image,) = (
        image for image in Inspector(Settings(Path(os.environ["LAYERTUI_STORE"]))).images.list() if not image.names
    )
    return str(image.id)


def id_of(name):
    return str(Inspector(Settings(Path(os.environ["LAYERTUI_STORE"]))).open(name).image.id)


def name_of_one():
    (container,) = Inspector(Settings(Path(os.environ["LAYERTUI_STORE"]))).containers.list()
    return container.name


def ran(script, environment):
    done = subprocess.run([script], cwd="/", env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def state(store):
    """The images and their files, the containers and their changes; without IDs and times, which each run makes anew."""
    inspector = Inspector(Settings(store))
    images = {}
    for image in inspector.images.list():
        subject = inspector.open(str(image.id))
        files = [(one.path, one.mode, one.uid, one.gid, one.size) for one in inspector.view(subject)]
        images[tuple(name.familiar for name in image.names)] = (len(image.diff_ids), files)
    containers = {
        one.name: sorted((line.kind, line.path) for line in inspector.containers.files.diff(one.name))
        for one in inspector.containers.list()
    }
    return images, containers


@pytest.mark.slow
async def test_its_script_does_the_same_in_a_fresh_store(tmp_path, monkeypatch):
    here, one, two = tmp_path / "here", tmp_path / "one", tmp_path / "two"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("LAYERTUI_STORE", str(one))
    inspector = Inspector(Settings(one))
    app = Stage(inspector=inspector)
    inspector.images.demo()
    app.notices.log.add("Added 3 demo images", ActCommand(("layertui", "demo", "--no-ui")))
    async with app.run_test(size=(100, 40)) as pilot:
        await app.quiet(pilot)
        for make, keys in SESSION:
            dialog = make()
            app.push_screen(dialog)
            await app.quiet(pilot)
            await pilot.press(*keys)
            await app.quiet(pilot)
            assert app.screen is not dialog, (dialog, dialog.query_one("#outcome").render())
        app.push_screen(SaveScriptDialog(tuple(app.notices.log.acts), "layertui"), app.answers.append)
        await app.quiet(pilot)
        await pilot.press("enter")
        await app.quiet(pilot)
    assert len(app.notices.log.acts) == len(SESSION) + 1
    (script,) = app.answers
    assert stat.S_IMODE(os.stat(script).st_mode) == 0o700
    before = {path.name: path.stat().st_size for path in here.iterdir()}
    for name in before.keys() - {script}:
        (here / name).unlink()
    environment = {"LAYERTUI_STORE": str(two), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    assert ran(here / script, environment) == (0, "")
    assert state(two) == state(one)
    assert {path.name for path in here.iterdir()} == before.keys()


EVIL = "box\x1b[2J\n; rm -rf x"


def log():
    made = CommandLog(clock=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    made.add("Tagged demo:1.0 as web:1", ActCommand(("layertui", "tag", "demo:1.0", "web:1")))
    made.add(f"Made folder /x in {EVIL}", ActCommand(("layertui", "mkdir", EVIL, "/x")))
    made.add("Renamed /a to /b", ActCommand(()))
    return made


async def test_one_command_is_copied_or_all_and_never_a_control_character(tmp_path, monkeypatch):
    copied = []
    monkeypatch.setattr(Stage, "copy_to_clipboard", lambda _app, text: copied.append(text))
    made = log()
    app = Stage(CommandLogScreen(made))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("y")  # the cursor is on the newest, which no command does
        await pilot.press("k", "y", "Y", "g", "b", "y", "Y")
        await app.quiet(pilot)
        acts = app.screen.query_one(ActList)
        assert acts.border_subtitle == "as docker commands"
        about = app.screen.query_one("#about").render().plain.split("\n")
    evil = "layertui mkdir \"$(printf 'box\\033[2J\\n; rm -rf x')\" /x"
    assert copied == [
        evil,
        f"layertui tag demo:1.0 web:1\n{evil}",
        "docker tag demo:1.0 web:1",
        "docker tag demo:1.0 web:1",
    ]
    assert about == ["Tagged demo:1.0 as web:1", "$ layertui tag demo:1.0 web:1", "$ docker tag demo:1.0 web:1"]
    assert json.dumps(copied).isprintable()


async def test_an_empty_one_says_what_it_will_list():
    app = Stage(CommandLogScreen(CommandLog()))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        acts = app.screen.query_one("ActList")
        assert acts.render_line(0).text.strip().startswith("Nothing was done yet in this session.")
        assert not app.screen.query_one("#about").display
        await pilot.press("x", "y")
        await app.quiet(pilot)
        assert app.told == [
            ("warning", "Save: nothing was done yet."),
            ("warning", "Copy: there is nothing to copy here."),
        ]
