"""Every act answers: a notice names its object, an absolute path where a file was written, and keys that do what it says."""

import ast
import inspect
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from builders import docker_archive
from layertui.core.inspector.images.image_transfers import Transferred
from layertui.core.inspector.images.transfer_estimate import TransferEstimate
from layertui.tui.common.shell_text import layertui_line
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.commit_dialog import CommitDialog
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog
from layertui.tui.screens.dialogs.export_dialog import taking_out
from layertui.tui.screens.dialogs.life_dialogs import KillDialog, RenameDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.path_dialogs import AttributesDialog, NewFolderDialog, RenamePathDialog
from layertui.tui.screens.dialogs.report_dialog import SaveReportDialog
from layertui.tui.screens.dialogs.restore_config import RestoreConfigDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.home.engines.copy_image_dialog import CopyImageDialog
from layertui.tui.screens.home.engines.engines_dialog import EngineChoice, EnginesDialog
from layertui.tui.screens.home.engines.pull_dialog import PullDialog
from layertui.tui.screens.home.engines.push_dialog import PushDialog
from layertui.tui.screens.home.engines.transfer_inquiry import TransferTarget
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from tui_stage import Stage
from tui_values import BASE, built
from tui_world import World

BOX = "kind_banzai"


def report(world):
    return world.inspector.compare(world.inspector.open("demo:1.0"), world.inspector.open(f"container:{BOX}"))


class FakeReport:
    """A comparison in which the right side is an import of the left one."""

    def __init__(self, world):
        self.a, self.b = world.inspector.open("demo:2.0"), world.inspector.open("demo:1.0")
        self.imported = type("Imported", (), {"copy": "b", "lost": ()})()


class Carried:
    """Carries each image at once, without an engine."""

    estimates = SimpleNamespace(**dict.fromkeys(("pull", "push", "copy"), lambda *_, **__: TransferEstimate(2, 4_000)))

    def pull(self, ref, **_):
        return Transferred(f"docker.io/library/{ref}:latest", None, None)

    def push(self, image, ref, *_):
        return Transferred(ref, None, None)

    def copy(self, image, destination, **_):
        return Transferred("demo:2.0", None, None)


OF_TAKING_OUT = {"SaveDialog", "ExportDialog", "ExtractDialog"}
"""What `taking_out` makes."""

# For each act: the dialog, the keys after it is open, and what its notice says; {here} is the folder it was called in.
ACTS = {
    "save": (
        lambda w: taking_out("demo:2.0"),
        ["enter"],
        ["Saved demo:2.0 to {here}/demo_2.0.tar, ", ": all layers, the config and the history", "L loads it"],
    ),
    "export": (
        lambda w: taking_out(f"container:{BOX}"),
        ["enter"],
        [
            f"Exported {BOX} to {{here}}/{BOX}.tar, 5.19MB: only files, without layers, config and history",
            "y copies the path",
            "L imports it",
        ],
    ),
    "extract": (
        lambda w: taking_out("demo:2.0", "/etc/motd"),
        ["enter"],
        ["Extracted /etc/motd to {here}/motd, 18B", "y copies the path"],
    ),
    "extract into a folder": (
        lambda w: taking_out("demo:2.0", "/etc/motd"),
        [*"sub", "enter"],
        ["Extracted /etc/motd to {here}/sub/motd, 18B"],
    ),
    "save a report": (
        lambda w: SaveReportDialog(report(w), ("demo:1.0", BOX)),
        ["enter"],
        [f"the comparison of demo:1.0 with {BOX} to {{here}}/demo_1.0-{BOX}.txt"],
    ),
    "load": (lambda w: BringInDialog("one.tar"), ["enter"], ["Loaded shop:7 from {here}/one.tar, ", "y copies the"]),
    "commit": (
        lambda w: CommitDialog(BOX),
        [*"new:1", "enter"],
        [f"Committed {BOX} as image new:1, ", ": one layer more, history kept", "y copies the image ID"],
    ),
    "tag": (lambda w: TagDialog("demo:1.0"), [*"web", "enter"], ["Tagged demo:1.0 as web:latest", "y copies the name"]),
    "untag": (lambda w: DeleteImageDialog("shop:1"), ["enter"], ["Untagged shop:1; the image is kept"]),
    "delete an image": (lambda w: DeleteImageDialog("demo:1.0"), ["enter"], ["Deleted image demo:1.0, 4.71MB freed"]),
    "delete a container": (lambda w: DeleteContainerDialog(BOX), ["enter"], [f"Deleted container {BOX} and its writ"]),
    "delete a file": (
        lambda w: DeleteFileDialog(BOX, "/etc/motd"),
        ["enter"],
        [f"Deleted /etc/motd in {BOX}: a whiteout hides it, layer 3 still has it"],
    ),
    "create": (lambda w: CreateDialog("demo:2.0"), [*"box", "enter"], ["Created box: ", "demo:2.0", "s starts it"]),
    "write": (
        lambda w: WriteDialog(BOX, "/new"),
        ["enter", *"hello", "ctrl+s"],
        [f"Wrote /new in {BOX}, 5B", "y copies the path"],
    ),
    "kill": (lambda w: KillDialog(BOX), ["enter"], [f"Sent TERM to {BOX}"]),
    "rename a container": (
        lambda w: RenameDialog(BOX),
        [*"web", "enter"],
        [f"Renamed container {BOX} to web", "y copies the name"],
    ),
    "make a folder": (
        lambda w: NewFolderDialog(BOX, "/srv/"),
        [*"x", "enter"],
        [f"Made folder /srv/x in {BOX}", "y copies the path"],
    ),
    "rename a path": (
        lambda w: RenamePathDialog(BOX, "/1.txt"),
        [*"/2.txt", "enter"],
        [f"Renamed /1.txt to /2.txt in {BOX}", "y copies the path"],
    ),
    "mode and owner": (
        lambda w: AttributesDialog(BOX, "/1.txt"),
        [*"0600", "enter"],
        [f"Changed /1.txt in {BOX}: mode 0600", "y copies the path"],
    ),
    "pull": (
        lambda w: PullDialog([TransferTarget("", "memory", "memory:")], ""),
        [*"busybox", "enter", "enter"],
        ["Pulled busybox:latest into memory", "y copies the name"],
    ),
    "push": (
        lambda w: PushDialog("demo:2.0", "localhost:1/demo:2.0"),
        ["enter"],
        ["Pushed demo:2.0 to localhost:1/demo:2.0", "y copies the name"],
    ),
    "copy": (
        lambda w: CopyImageDialog("demo:2.0", "demo:2.0", [TransferTarget("docker", "docker", "docker-daemon:")]),
        ["enter"],
        ["Copied demo:2.0 to docker as demo:2.0", "y copies the name"],
    ),
    "show engines": (lambda w: EnginesDialog(EngineChoice()), ["enter"], ["All engines that answer are shown"]),
    "restore a config": (
        lambda w: RestoreConfigDialog(FakeReport(w)),
        ["enter"],
        ["Restored the config of demo:2.0: demo:1.0 is ", "y copies the image ID"],
    ),
}


def test_the_table_has_every_dialog_that_does_something():
    """No dialog ends with a notice that no test sees."""
    tui = Path(inspect.getfile(HomeScreen)).parents[2]
    trees = [ast.parse(path.read_text()) for path in tui.rglob("*.py")]
    classes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    ends = {one.name for one in classes if one.name.endswith("Dialog") and "self.finish(" in ast.unparse(one)}
    ends -= {ast.unparse(base) for one in classes for base in one.bases}
    here = Path(__file__).read_text()
    assert {name for name in ends if f"{name}(" not in here and name not in OF_TAKING_OUT} == set()


# What the command log says of each act; empty: no command does it. None: it changes the screen alone, and is not logged.
COMMANDS = {
    "save": "layertui save -o {here}/demo_2.0.tar demo:2.0",
    "export": f"layertui export -o {{here}}/{BOX}.tar {BOX}",
    "extract": "layertui extract demo:2.0 /etc/motd {here}/motd",
    "extract into a folder": "layertui extract demo:2.0 /etc/motd {here}/sub",
    "save a report": f"layertui compare demo:1.0 {BOX} > {{here}}/demo_1.0-{BOX}.txt",
    "load": "layertui load -i {here}/one.tar",
    "commit": f"layertui commit {BOX} new:1",
    "tag": "layertui tag demo:1.0 web",
    "untag": "layertui rmi shop:1",
    "delete an image": "layertui rmi demo:1.0",
    "delete a container": f"layertui rm {BOX}",
    "delete a file": f"layertui unlink {BOX} /etc/motd",
    "create": "layertui create -ti --name box demo:2.0",
    "write": f"printf 'hello' | layertui write {BOX} /new -",
    "kill": f"layertui kill -s TERM {BOX}",
    "rename a container": f"layertui rename {BOX} web",
    "make a folder": f"layertui mkdir {BOX} /srv/x",
    "rename a path": "",
    "mode and owner": "",
    "restore a config": "",
    "pull": "layertui pull busybox",
    "push": "layertui push demo:2.0 localhost:1/demo:2.0",
    "copy": "layertui copy demo:2.0 docker-daemon:demo:2.0",
    "show engines": None,
}


@pytest.fixture
def world(tmp_path, monkeypatch):
    here = tmp_path / "here"
    (here / "sub").mkdir(parents=True)
    monkeypatch.chdir(here)
    docker_archive(built()[0].tagged("shop:7"), here / "one.tar")
    (here / "rootfs.tar").write_bytes(BASE)
    world = World(tmp_path / "store", *built())
    world.inspector.images.tag("demo:2.0", "shop:1")
    world.container()
    monkeypatch.setattr(world.inspector, "transfers", Carried)
    monkeypatch.setattr(world.inspector, "of", lambda _engine: world.inspector)
    monkeypatch.setattr(world.inspector.images, "with_config_of", lambda *_, **__: world.images.all[0])
    return world


@pytest.mark.slow
@pytest.mark.parametrize("act", ACTS)
async def test_it_ends_with_a_notice_that_names_its_object(world, act, monkeypatch):
    make, keys, said = ACTS[act]
    if act == "kill":
        world.inspector.containers.lifecycle.start(BOX)
    if act == "delete an image":
        world.inspector.containers.remove(BOX, force=True)
    app = Stage(make(world), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        for key in keys:
            await pilot.press(key)
            if key == "enter":
                await app.quiet(pilot)
        await app.quiet(pilot)
        assert app.answers, app.screen.query_one("#outcome").render()
        (notice,) = app.notified
        for words in said:
            assert words.format(here=Path.cwd()) in notice
        logged, command = [layertui_line(one.command) for one in app.notices.log.acts], COMMANDS[act]
        assert logged == ([] if command is None else [command.format(here=Path.cwd())])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "key", "verb", "said"),
    [
        ("start", "z", "pause", "Paused kind_banzai ("),
        ("pause", "z", "unpause", "Resumed kind_banzai"),
        ("start", "S", "restart", "Restarted kind_"),
    ],
)
async def test_so_do_those_of_a_containers_life(world, before, key, verb, said):
    world.inspector.containers.lifecycle.start(BOX)
    if before == "pause":
        world.inspector.containers.lifecycle.pause(BOX)
    app = Stage(ContainerScreen(BOX), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        await pilot.press(key)
        await app.quiet(pilot)
        assert [text for text in app.notified if text.startswith(said)] != []
        (logged,) = app.notices.log.acts
        assert layertui_line(logged.command) == f"layertui {verb} {BOX}"


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["start", "stop"])
async def test_what_the_life_line_shows_is_logged_too(world, verb):
    if verb == "stop":
        world.inspector.containers.lifecycle.start(BOX)
    app = Stage(ContainerScreen(BOX), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        await pilot.press("s")
        await app.quiet(pilot)
        (logged,) = app.notices.log.acts
        assert layertui_line(logged.command) == f"layertui {verb} {BOX}"


def test_what_comes_from_an_archive_is_made_safe():
    assert ActNotice("Tagged a\x1b[2J as b\nc").line == "Tagged a\\x1b[2J as b c"


class Pressed(Stage):
    def __init__(self):
        super().__init__()
        self.done = []

    def show(self, *keys):
        self.notices.show(
            ActNotice("Done", tuple(NextKey(key, "does it", partial(self.done.append, key)) for key in keys)), None
        )


async def test_its_keys_work_once_and_only_where_no_text_is_typed(monkeypatch):
    app = Pressed()
    async with app.run_test() as pilot:
        assert not app.notices.run_key("y")
        app.show("y")
        assert [app.notices.run_key(key) for key in ("x", "y", "y")] == [False, True, False]
        unless = NextKey("y", "does it", partial(app.done.append, "not"), lambda: True)
        app.notices.show(ActNotice("Done", (unless,)), None)
        assert not app.notices.run_key("y")
        app.show("y")
        await app.push_screen(TagDialog("demo:1.0"))
        await pilot.pause()
        assert not app.notices.run_key("y")
        app.screen.dismiss(None)
        await pilot.pause()
        monkeypatch.setattr("layertui.tui.screens.shared.notices.SHOWN_FOR", -1)
        app.show("z")
        assert (app.notices.run_key("z"), app.notices.run_key("y")) == (False, True)
        assert app.done == ["y", "y"]
