"""What holds for each dialog: it fits 80x24, its first field has the focus, Tab goes on, Esc leaves, its command is shown."""

import shlex

import pytest

from builders import docker_archive
from layertui.core.errors import LayertuiError
from layertui.tui.screens.actions.write_action import OfferContainer
from layertui.tui.screens.dialogs.commit_dialog import CommitDialog
from layertui.tui.screens.dialogs.compare_dialog import CompareDialog
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog
from layertui.tui.screens.dialogs.export_dialog import taking_out
from layertui.tui.screens.dialogs.life_dialogs import KillDialog, RenameDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.home.engines.copy_image_dialog import CopyImageDialog
from layertui.tui.screens.home.engines.engines_dialog import EngineChoice, EnginesDialog
from layertui.tui.screens.home.engines.pull_dialog import PullDialog
from layertui.tui.screens.home.engines.push_dialog import PushDialog
from layertui.tui.screens.home.engines.registry_dialog import RegistryDialog
from layertui.tui.screens.home.engines.transfer_inquiry import TransferTarget
from tui_stage import Stage
from tui_values import BASE, built
from tui_world import World

pytestmark = pytest.mark.slow

DIALOGS = {
    "create": (lambda: CreateDialog("demo:2.0"), "name"),
    "tag": (lambda: TagDialog("demo:2.0"), "new"),
    "commit": (lambda: CommitDialog("kind_banzai"), "ref"),
    "delete_file": (lambda: DeleteFileDialog("kind_banzai", "/etc/motd"), "yes"),
    "delete_image": (lambda: DeleteImageDialog("demo:1.0"), "yes"),
    "delete_container": (lambda: DeleteContainerDialog("kind_banzai"), "yes"),
    "save": (lambda: taking_out("demo:2.0"), "target"),
    "export": (lambda: taking_out("container:kind_banzai"), "target"),
    "extract": (lambda: taking_out("demo:2.0", "/etc/motd"), "target"),
    "load": (lambda: BringInDialog("two.tar"), "file"),
    "import": (lambda: BringInDialog("rootfs.tar"), "file"),
    "write": (lambda: WriteDialog("kind_banzai", "/new"), "path"),
    "kill": (lambda: KillDialog("kind_banzai"), "signal"),
    "rename": (lambda: RenameDialog("kind_banzai"), "new"),
    "offer": (lambda: OfferContainer("demo:2.0", "/"), "yes"),
    "compare": (lambda: CompareDialog("demo:1.0"), "other"),
    "copy": (
        lambda: CopyImageDialog("demo:2.0", "demo:2.0", [TransferTarget("docker", "docker", "docker-daemon:")]),
        "target",
    ),
    "pull": (lambda: PullDialog([TransferTarget("", "memory", "memory:")], ""), "ref"),
    "push": (lambda: PushDialog("demo:2.0", "localhost:1/demo:2.0"), "to"),
    "registry": (RegistryDialog, "where"),
    "engines": (lambda: EnginesDialog(EngineChoice()), "engines"),
}


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    docker_archive(list(built()), tmp_path / "here" / "two.tar")
    (tmp_path / "here" / "rootfs.tar").write_bytes(BASE)
    world = World(tmp_path / "store", *built())
    world.container()
    return world


@pytest.mark.parametrize("name", DIALOGS)
async def test_it_fits_is_walked_with_tab_and_left_with_escape(world, name):
    make, first = DIALOGS[name]
    app = Stage(make(), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        dialog = app.screen
        frame = dialog.query_one("#frame").region
        assert (frame.x >= 0, frame.right <= 80, frame.y >= 0, frame.bottom <= 24) == (True,) * 4
        for part in ("#buttons", "#command"):
            assert frame.contains_region(dialog.query_one(part).region)
        assert app.focused.id == first
        command = str(dialog.query_one("#command").render()).removeprefix("$ ")
        assert shlex.split(command)[0] == "layertui"
        seen = []
        while app.focused.id not in seen:
            seen.append(app.focused.id)
            assert frame.contains_region(app.focused.region)
            await pilot.press("tab")
        assert {"yes", "no"} <= set(seen)
        await pilot.press("escape")
        await app.quiet(pilot)
        assert app.answers == [None]


@pytest.mark.parametrize("size", [(120, 40), (200, 50), (60, 20)])
@pytest.mark.parametrize("name", ["create", "write", "import"])
async def test_other_sizes(world, name, size):
    app = Stage(DIALOGS[name][0](), world.inspector)
    async with app.run_test(size=size) as pilot:
        await app.quiet(pilot)
        frame = app.screen.query_one("#frame").region
        assert frame.right <= size[0]
        assert frame.bottom <= size[1]


async def test_work_shows_how_far_it_is_and_escape_stops_it(world, monkeypatch):
    def save(names, out, *, progress, **options):
        progress.begin("demo:2.0", total=1_000_000)
        while True:
            progress.advance(1000)

    monkeypatch.setattr(world.inspector.images, "save", save)
    monkeypatch.setattr("layertui.tui.screens.dialogs.dialog.BEHIND_AFTER", float("inf"))
    app = Stage(taking_out("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("enter")
        outcome = app.screen.query_one("#outcome")
        for _ in range(200):
            await pilot.pause(0.02)
            if "Esc stops" in str(outcome.render()):
                break
        assert outcome.has_class("-busy")
        await pilot.press("enter")  # a second Enter starts nothing
        assert app.screen.busy
        await pilot.press("escape")
        await app.quiet(pilot)
        assert str(outcome.render()) == "stopped"
        assert app.answers == []
        assert app.focused.id == "target"


async def test_an_error_stays_in_the_dialog_and_goes_with_the_next_key(world, monkeypatch):
    def save(names, out, **options):
        raise LayertuiError("disk full: /x\x1b[2J; free some space")

    monkeypatch.setattr(world.inspector.images, "save", save)
    app = Stage(taking_out("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("enter")
        await app.quiet(pilot)
        assert str(app.screen.query_one("#outcome").render()) == "disk full: /x\\x1b[2J; free some space"
        await pilot.press("x")
        assert not app.screen.query_one("#outcome").display
