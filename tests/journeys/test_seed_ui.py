"""The same story on the screen, with keys only: what a user presses, and what is shown then."""

from pathlib import Path

import pytest

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.dialog import Dialog
from layertui.tui.screens.dialogs.export_dialog import ExportDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.container.life_line import LifeLine
from layertui.tui.widgets.container.namespaces_view import NamespacesView
from person import begins

pytestmark = [
    pytest.mark.slow,
    pytest.mark.late("a real terminal: keys may come before what they are meant for is painted"),
]

SIZE = (120, 40)


@pytest.fixture
def other(tmp_path):
    """A second host with nothing in it."""
    return Inspector(Settings(tmp_path / "node"))


def on(inspector):
    return LayerTui(inspector.settings, inspector=inspector)


async def test_create_makes_a_layer_and_start_the_namespaces(demo_host):
    app = on(demo_host)
    async with app.run_test(size=SIZE) as pilot:
        person = await begins(app, pilot)
        await person.goes_to("images", "busybox:latest")
        await person.press("c")
        await person.sees_screen(CreateDialog)
        await person.press(*"kind_banzai", "tab", *"sh")
        assert (
            str(app.screen.query_one("#command").render())
            == "$ layertui create -ti --name kind_banzai busybox:latest sh"
        )
        await person.press("enter")
        await person.sees(lambda: isinstance(app.screen, HomeScreen) and app.screen.state.container is not None)
        assert demo_host.containers.get("kind_banzai").state == "created"

        # Before: a writable layer, and no namespaces. After: its own, beside the host's.
        await person.goes_to("containers", "kind_banzai")
        await person.press("enter" if app.screen.state.container is None else "s")
        await person.sees_screen(ContainerScreen)
        view = app.screen.query_one(NamespacesView)
        await person.sees(lambda: view.now is not None and view.now.container is not None)
        assert view.before.container is None
        assert {"mnt", "pid", "net", "uts", "ipc"} <= set(view.now.own)
        assert "◉ running" in str(app.screen.query_one(LifeLine).render())
        assert all(view.now.container[kind] != view.now.host[kind] for kind in view.now.own)

        # Running or not, its layer is written to, and the image stays as it was.
        await person.press("w")
        await person.sees_screen(WriteDialog)
        await person.fills("/etc/motd")
        await person.sees(lambda: "layer" in str(app.screen.query_one("#effect").render()))
        await person.press("tab", *"hello", "ctrl+s")
        await person.sees_screen(ContainerScreen)
        with demo_host.read(demo_host.open("container:kind_banzai"), "/etc/motd") as content:
            assert content.read() == b"hello"

        await person.press("s")
        await person.sees(lambda: "◉ exited" in str(app.screen.query_one(LifeLine).render()))
        assert demo_host.containers.get("kind_banzai").state == "exited"
        await person.press("escape")
        await person.sees_screen(HomeScreen)


async def test_export_loses_what_save_keeps(demo_host, other):
    app = on(demo_host)
    async with app.run_test(size=SIZE) as pilot:
        person = await begins(app, pilot)

        # docker run --name test_export busybox touch /1.txt
        await person.goes_to("images", "busybox:latest")
        await person.press("c")
        await person.sees_screen(CreateDialog)
        await person.press(*"test_export", "tab", *"touch /1.txt", "enter")
        await person.sees(lambda: isinstance(app.screen, HomeScreen) and app.screen.state.container is not None)
        await person.goes_to("containers", "test_export")
        await person.press("s")
        await person.sees_screen(ContainerScreen)
        await person.sees(lambda: "◉ exited" in str(app.screen.query_one(LifeLine).render()))
        await person.press("escape")
        await person.sees_screen(HomeScreen)

        # docker export test_export -o test_export.tar
        await person.goes_to("containers", "test_export")
        await person.press("x")
        await person.sees_screen(ExportDialog)
        assert "Lost: 2 history steps, 1 layer, CMD" in str(app.screen.query_one("#effect").render())
        await person.fills("test_export.tar")
        await person.press("enter")
        await person.sees_screen(HomeScreen)
        assert Path("test_export.tar").exists()

        # beside it: docker save busybox -o busybox.tar
        await person.saves("busybox:latest", "busybox.tar")

    app = on(other)
    async with app.run_test(size=SIZE) as pilot:
        person = await begins(app, pilot)

        # docker import test_export.tar test:test
        await person.press("L")
        await person.sees_screen(BringInDialog)
        await person.fills("test_export.tar")
        await person.sees(lambda: "A tar of files" in str(app.screen.query_one("#effect").render()))
        await person.press("tab", *"test:test", "enter")
        await person.sees_screen(HomeScreen)
        imported = other.open("test:test")
        (step,) = other.history(imported)
        assert step.comment == "Imported from -"
        assert step.size == other.view(imported).total_size

        # docker load -i busybox.tar
        await person.press("L")
        await person.sees_screen(BringInDialog)
        await person.fills("busybox.tar")
        await person.sees(lambda: "1 image, 1 layer." in str(app.screen.query_one("#effect").render()))
        await person.press("enter")
        await person.sees_screen(HomeScreen)
        loaded = other.open("busybox:latest")
        assert loaded.image.id == demo_host.open("busybox:latest").image.id
        assert len(other.history(loaded)) == len(demo_host.history(demo_host.open("busybox:latest")))

        # Side by side, the difference is plain.
        await person.goes_to("images", "busybox:latest")
        await person.press("space")
        await person.goes_to("images", "test:test")
        await person.press("equals_sign")
        await person.sees_screen(CompareScreen)
        await person.sees(
            lambda: app.screen.comparison.report is not None and app.screen.comparison.report.files is not None
        )
        assert "the only layer is not shared" in str(app.screen.query_one("#verdict").render())
        assert [change.path for change in app.screen.comparison.report.files if change.kind == "added"] == ["/1.txt"]
        await person.press("2")
        assert app.screen.query_one(ChangeTree).has_focus
        await person.press("escape")
        await person.sees_screen(HomeScreen)
        assert not isinstance(app.screen, Dialog)


async def test_an_import_of_a_containers_export_beside_its_image_says_what_was_lost(demo_host):
    app = on(demo_host)
    async with app.run_test(size=SIZE) as pilot:
        person = await begins(app, pilot)
        await person.goes_to("images", "demo:2.0")
        await person.press("c")
        await person.sees_screen(CreateDialog)
        await person.press(*"box", "enter")
        await person.sees(lambda: isinstance(app.screen, HomeScreen) and app.screen.state.container is not None)
        await person.goes_to("containers", "box")
        await person.press("x")
        await person.sees_screen(ExportDialog)
        await person.fills("flat.tar")
        await person.press("enter")
        await person.sees_screen(HomeScreen)
        await person.press("L")
        await person.sees_screen(BringInDialog)
        await person.fills("flat.tar")
        await person.sees(lambda: "A tar of files" in str(app.screen.query_one("#effect").render()))
        await person.press("tab", *"flat:1", "enter")
        await person.sees_screen(HomeScreen)

        await person.goes_to("images", "demo:2.0")
        await person.press("space")
        await person.goes_to("images", "flat:1")
        await person.press("equals_sign")
        await person.sees_screen(CompareScreen)
        await person.sees(lambda: app.screen.query_one("#imported").display)
        said = str(app.screen.query_one("#imported").render())
        assert said.startswith("flat:1 is an import of an export of demo:2.0; lost:")
        assert "CMD" in said
        assert "history steps" in said
