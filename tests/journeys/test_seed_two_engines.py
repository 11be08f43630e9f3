"""The story of the seed with two engines as its two hosts, both on one screen, with keys only."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import TextArea

from containing import require_runtime
from daemon_engines import FIXTURES, api, clear, remove_images
from late import PEERS
from layertui.core.client_environment import ClientEnvironment
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.compare_dialog import CompareDialog
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.export_dialog import ExportDialog
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.home.engines.engines_dialog import EngineList, EnginesDialog
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.container.life_line import LifeLine
from layertui.tui.widgets.container.namespaces_view import NamespacesView
from layertui.tui.widgets.forms.fields import Line
from person import Person, begins

pytestmark = [
    pytest.mark.slow,
    pytest.mark.oracle,
    pytest.mark.xdist_group(PEERS),
    pytest.mark.late("daemons and processes that end in their own time"),
]

SIZE = (120, 40)
IMPORTED = {"embedded": "Imported from -", "docker": "Imported from -", "podman": "imported from tarball"}
"""What each writes into the history."""
PREFIX = {"embedded": "embedded", "docker": "docker-daemon", "podman": "podman"}


@pytest.fixture
def inspector_on(request, tmp_path, monkeypatch):
    """Give an Inspector whose default engine is the first, with both of them empty but for the demo in the first."""
    monkeypatch.chdir(tmp_path)
    with ExitStack() as stack:

        def made(first, second):
            clients = ClientEnvironment()
            for kind, peer in (one.split("-") for one in (first, second) if one != "embedded"):
                daemon = request.getfixturevalue(FIXTURES[f"{kind}-{peer}"])
                _clear(daemon)
                stack.callback(_clear, daemon)
                where = {"docker": "docker_host", "podman": "container_host"}[kind]
                clients = replace(clients, **{where: daemon.address})
            settings = Settings(tmp_path / "store", engine=first.partition("-")[0], clients=clients)
            if "embedded" in (first, second):
                require_runtime("bwrap", settings.store)
            inspector = stack.enter_context(Inspector(settings))
            stack.callback(_remove_all, inspector)
            inspector.images.demo()
            return inspector

        yield made


def _remove_all(inspector):
    embedded = inspector.of("embedded")
    for container in embedded.containers.list():
        embedded.containers.remove(container.id, force=True)


def _clear(daemon):
    """Leave no container and no image."""
    with api(daemon) as sdk:
        clear(sdk)
        remove_images(sdk)


@pytest.mark.parametrize(
    ("first", "second"), [("embedded", "docker-20"), ("docker-20", "embedded"), ("docker-20", "podman-4")]
)
async def test_the_seeds_story_between_two_engines(first, second, inspector_on):
    inspector = inspector_on(first, second)
    node = second.partition("-")[0]
    away = f"{PREFIX[node]}:"
    app = LayerTui(inspector.settings, inspector=inspector)
    async with app.run_test(size=SIZE) as pilot:
        person = await begins(app, pilot)
        home = app.screen
        await person.sees(lambda: node in home.state.others)

        # docker create -ti busybox sh: a writable layer, no namespaces
        await _create(person, "busybox:latest", "kind_banzai", "sh")
        assert inspector.containers.get("kind_banzai").state == "created"

        # docker start: namespaces of its own, beside the host's
        await person.goes_to("containers", "kind_banzai")
        await person.press("s")
        await person.sees_screen(ContainerScreen)
        view = app.screen.query_one(NamespacesView)
        await person.sees(lambda: view.now is not None and view.now.container is not None)
        assert view.before.container is None
        assert {"mnt", "pid", "net"} <= set(view.now.own)
        await person.sees(lambda: "◉ running" in _life(app))

        # Running or not, its layer is written to, and the image stays as it was.
        await person.press("w")
        await person.sees_screen(WriteDialog)
        await person.fills("/etc/motd")
        await person.sees(lambda: "/etc/motd is in layer 1: copied up" in _effect(app))
        await person.press("tab", *"hello")
        assert app.screen.query_one(TextArea).text == "hello"
        await person.press("ctrl+s")
        await person.sees_screen(ContainerScreen)
        said = [str(one.message) for one in app._notifications]
        assert any("Wrote /etc/motd in kind_banzai, 5B" in line for line in said), said
        with inspector.read(inspector.open("container:kind_banzai"), "/etc/motd") as content:
            assert content.read() == b"hello"
        await person.press("s")
        await person.sees(lambda: "◉ exited" in _life(app), seconds=40)
        await person.press("escape")
        await person.sees_screen(HomeScreen)

        # docker run --name test_export busybox touch /1.txt
        await _create(person, "busybox:latest", "test_export", "touch /1.txt")
        await person.goes_to("containers", "test_export")
        await person.press("s")
        await person.sees_screen(ContainerScreen)
        await person.sees(lambda: "◉ exited" in _life(app))
        await person.press("escape")
        await person.sees_screen(HomeScreen)

        # docker export test_export -o test_export.tar, which says what it loses
        await person.goes_to("containers", "test_export")
        await person.press("x")
        await person.sees_screen(ExportDialog)
        await person.sees(lambda: "Lost: 2 history steps, 1 layer, CMD" in _effect(app))
        await person.fills("test_export.tar")
        await person.press("enter")
        await person.sees_screen(HomeScreen)
        assert Path("test_export.tar").exists()

        # docker save busybox -o busybox.tar
        await person.saves("busybox:latest", "busybox.tar")

        # The other host: from here on L loads into it.
        await person.press("E")
        await person.sees_screen(EnginesDialog)
        engines = app.screen.query_one(EngineList)
        await person.sees(lambda: engines.count)
        while engines.current.name != node:
            await person.press("down")
        await person.press("l", "enter")
        await person.sees_screen(HomeScreen)

        # docker import test_export.tar test:test, whose history is one row
        await _brings_in(person, "test_export.tar", "A tar of files", "tab", *"test:test")
        imported = inspector.open(f"{away}test:test")
        (step,) = inspector.history(imported)
        assert step.comment == IMPORTED[node]

        # docker load -i busybox.tar: the same image ID, the same history
        await _brings_in(person, "busybox.tar", "1 image, 1 layer.")
        ours, theirs = inspector.open("busybox:latest"), inspector.open(f"{away}busybox:latest")
        assert theirs.engine.name == node
        assert theirs.image.id == ours.image.id
        assert len(inspector.history(theirs)) == len(inspector.history(ours)) > 1

        # Side by side, across the engines: what load keeps, and what import has lost.
        await _compares(person, "busybox:latest", f"{away}busybox:latest")
        assert "nothing differs" in str(app.screen.query_one("#verdict").render())
        await person.press("escape")
        await person.sees_screen(HomeScreen)
        await person.press("escape", "escape")
        await _compares(person, "busybox:latest", f"{away}test:test")
        assert "the only layer is not shared" in str(app.screen.query_one("#verdict").render())
        report = app.screen.comparison.report
        # A container of Docker also has /.dockerenv and the mount points that Docker makes.
        assert "/1.txt" in [one.path for one in report.files if one.kind == "added"]
        assert [pair.b.comment for pair in report.comparison.history if pair.b is not None] == [IMPORTED[node]]
        assert sum(pair.a is not None for pair in report.comparison.history) == 2


async def test_an_image_of_docker_beside_one_in_a_registry(registry, inspector_on):
    inspector = inspector_on("docker-20", "embedded")
    there = f"docker://{registry.host}/shop:2.2"
    inspector.transfers().copy("docker-daemon:demo:2.0", there)
    app = LayerTui(inspector.settings, inspector=inspector)
    async with app.run_test(size=SIZE) as pilot:
        person = await begins(app, pilot)
        await person.goes_to("images", "demo:1.0")
        await person.press("equals_sign")
        await person.sees_screen(CompareDialog)
        assert app.screen.query_one("#one", Line).value == "demo:1.0"
        await person.fills(there)
        await person.press("enter")
        await _compared(person)
        assert (
            app.screen.query_one(HeaderLine).subject
            == f"demo:1.0 (docker) ⇄ {there.removeprefix('docker://')} (registry:{registry.host})"
        )
        assert {"modified", "added"} <= {one.kind for one in app.screen.comparison.report.files}


async def _create(person: Person, image: str, name: str, command: str):
    await person.goes_to("images", image)
    await person.press("c")
    await person.sees_screen(CreateDialog)
    # The dockerd of the tests has no bridge.
    await person.press(*name, "tab", *command, *["tab"] * 6, *"none", "enter")
    await person.sees(
        lambda: isinstance(person.app.screen, HomeScreen) and person.app.screen.state.container is not None
    )
    await person.sees(lambda: person.app.screen.state.container.name == name)


async def _brings_in(person: Person, path: str, found: str, *more: str):
    await person.press("L")
    await person.sees_screen(BringInDialog)
    await person.fills(path)
    await person.sees(lambda: found in _effect(person.app))
    await person.press(*more, "enter")
    await person.sees_screen(HomeScreen)


async def _compares(person: Person, one: str, other: str):
    await person.goes_to("images", one)
    await person.press("space")
    await person.goes_to("images", other)
    await person.press("equals_sign")
    await _compared(person)


async def _compared(person: Person):
    await person.sees_screen(CompareScreen)
    comparison = person.app.screen.comparison
    await person.sees(lambda: comparison.report is not None and comparison.report.files is not None)


def _effect(app) -> str:
    return str(app.screen.query_one("#effect").render())


def _life(app) -> str:
    return str(app.screen.query_one(LifeLine).render())
