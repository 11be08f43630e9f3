"""Pictures of comparison, lookup, container and the dialogs; each is looked at by a person before it is kept."""

import io
from dataclasses import dataclass

import pytest
from PIL import Image

from builders import docker_archive
from layertui.core.containers.model.container import CreateOptions
from layertui.tui.screens.actions.write_action import OfferContainer
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.commit_dialog import CommitDialog
from layertui.tui.screens.dialogs.compare_dialog import CompareDialog
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
from layertui.tui.screens.dialogs.delete.delete_image_dialog import DeleteImageDialog
from layertui.tui.screens.dialogs.export_dialog import taking_out
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.file.file_screen import FileScreen
from layertui.tui.screens.file.file_target import OpenedFile
from layertui.tui.screens.lookup_screen import LookupScreen
from tui_stage import Stage, Still
from tui_values import BASE, built, flat
from tui_world import World

SIZES = [(80, 24), *(pytest.param(size, marks=pytest.mark.slow) for size in [(120, 40), (200, 50)])]
SCREENS = {
    "history": (lambda: CompareScreen("demo:1.0", "demo:2.0"), []),
    "files": (lambda: CompareScreen("demo:1.0", "demo:2.0"), ["2", "down", "down"]),
    "config": (lambda: CompareScreen("demo:1.0", "demo:2.0"), ["3"]),
    "sizes": (lambda: CompareScreen("demo:1.0", "demo:2.0"), ["4"]),
    "import": (lambda: CompareScreen("demo:2.0", "flat:1"), []),
    "writable_layer": (lambda: CompareScreen("demo:2.0", "container:kind_banzai"), []),
    "content": (lambda: CompareScreen("demo:2.0", "container:kind_banzai"), ["2", "down", "enter", "wait"]),
    "lookup": (lambda: LookupScreen("container:kind_banzai", "/etc/motd"), ["enter"]),
    "container_created": (lambda: ContainerScreen("kind_banzai"), []),
    "container_started": (lambda: ContainerScreen("kind_banzai", start=True), ["wait"]),
    "container_mounts": (lambda: ContainerScreen("kind_banzai", start=True), ["wait", "2"]),
    "container_layer": (lambda: ContainerScreen("kind_banzai", start=True), ["wait", "3"]),
    "container_processes": (lambda: ContainerScreen("kind_banzai", start=True), ["wait", "4"]),
    "write": (lambda: WriteDialog("fresh", "/srv/app/run.py"), ["wait"]),
}
DIALOGS = {
    "create": (lambda: CreateDialog("demo:2.0"), ["tab", "s", "h"]),
    "tag": (lambda: TagDialog("demo:2.0"), [*"demo:1.0"]),
    "commit": (lambda: CommitDialog("kind_banzai"), []),
    "delete_file": (lambda: DeleteFileDialog("kind_banzai", "/etc/motd"), []),
    "delete_image": (lambda: DeleteImageDialog("demo:2.0"), []),
    "delete_container": (lambda: DeleteContainerDialog("kind_banzai"), []),
    "save": (lambda: taking_out("demo:2.0"), []),
    "export": (lambda: taking_out("container:kind_banzai"), []),
    "extract": (lambda: taking_out("demo:2.0", "/etc/motd", upto=2), []),
    "load": (lambda: BringInDialog("two.tar"), []),
    "import_tar": (lambda: BringInDialog("rootfs.tar"), ["tab", *"web:1", "tab", "tab", *"demo:1.0", "wait"]),
    "offer": (lambda: OfferContainer("demo:2.0", "/etc/motd"), []),
    "compare": (lambda: CompareDialog("demo:1.0"), ["d", "wait"]),
}

QUICK = ("files", "container_started", "create")
NAMES = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in SCREENS]
DIALOG_NAMES = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in DIALOGS]


@pytest.fixture
def picture(snap_compare, tmp_path, monkeypatch):
    monkeypatch.setattr("layertui.tui.common.format.datetime", Still)
    monkeypatch.setattr("layertui.tui.screens.container.container_screen.EVERY", 3600)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    one, two = built()
    docker_archive([one.tagged("shop:1.9"), two.tagged("demo:1.0", "shop:2.0")], tmp_path / "here" / "two.tar")
    (tmp_path / "here" / "rootfs.tar").write_bytes(BASE)
    world = World(tmp_path / "store", *built(), flat())
    world.container()
    world.inspector.containers.create("demo:2.0", CreateOptions(name="fresh"))

    def compare(screen, keys, size):
        app = Stage(screen, world.inspector)

        async def before(pilot):
            await app.quiet(pilot)
            for key in keys:
                await (pilot.pause(0.4) if key == "wait" else pilot.press(key))
                await app.quiet(pilot)
            await app.quiet(pilot)

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


@pytest.mark.sampled("size")
@pytest.mark.parametrize("size", SIZES, ids=lambda size: "x".join(map(str, size)))
@pytest.mark.parametrize("name", NAMES)
def test_screen(picture, name, size):
    make, keys = SCREENS[name]
    assert picture(make(), keys, size)


@pytest.mark.slow
@pytest.mark.parametrize("name", DIALOG_NAMES)
def test_dialog_fits_the_smallest_terminal(picture, name):
    make, keys = DIALOGS[name]
    assert picture(make(), keys, (80, 24))


@dataclass(frozen=True)
class PictureFile:
    """A FileTarget: a picture whose right half fades away."""

    path: str = "/logo.png"
    title: str = "demo:2.0"
    depth: int = 1

    def open(self, inspector, progress):
        picture = Image.new("RGBA", (8, 4))
        for x in range(8):
            for y in range(4):
                picture.putpixel((x, y), (250 - 30 * x, 60 * y, 30 * x, min(255, 60 * (8 - x))))
        content = io.BytesIO()
        picture.save(content, "PNG", compress_level=0)  # of the same length with every zlib
        return OpenedFile(content, len(content.getvalue()), self.path)


@pytest.mark.slow
def test_a_picture_in_the_file_view(picture):
    assert picture(FileScreen(PictureFile()), [], (80, 24))
