import socket

import pytest

from layertui.core.containers.model.container import CreateOptions
from layertui.core.containers.model.shim_session import ShimSession
from layertui.core.errors import LayertuiError, NotFound, RuntimeUnavailable
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.delete.delete_container_dialog import DeleteContainerDialog
from layertui.tui.screens.dialogs.delete.delete_file_dialog import DeleteFileDialog
from layertui.tui.screens.dialogs.export_dialog import ExportDialog
from layertui.tui.screens.dialogs.questions import Confirm, Notice
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.load_line import LoadLine
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.container.container_lists import LogList, MountList, ProcessList
from layertui.tui.widgets.container.life_line import LifeLine
from layertui.tui.widgets.container.namespaces_view import NamespacesView
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.text.text_match import Pattern
from painted import Painted
from pressed_keys import silent_keys
from tui_stage import Stage
from tui_values import built
from tui_world import World

OLD = ["/srv/app", "/srv/app/run.py"]


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, *built())
    world.container()
    return world


def life(app):
    return str(app.screen.query_one(LifeLine).render())


@pytest.mark.slow
async def test_created_has_a_layer_and_no_namespaces(world):
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        assert "◉ created" in life(app)
        assert "writable layer, 29B" in life(app)
        assert app.screen.query_one(NamespacesView).now.container is None
        tree = app.screen.query_one(FileTree)
        assert [tree.view.path(index) for index in range(len(tree.view))] == [
            "/1.txt",
            "/etc",
            "/etc/motd",
            "/srv",
            *OLD,
        ]
        assert not app.screen.query_one(LoadLine).display
        assert app.screen.query_one(ProcessList).items == []


@pytest.mark.slow
async def test_start_puts_the_namespaces_of_before_and_after_side_by_side(world):
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("s")
        await app.quiet(pilot)
        assert "◉ running" in life(app)
        view = app.screen.query_one(NamespacesView)
        assert view.before.container is None
        assert view.now.own == ("mnt", "pid", "net", "uts", "ipc")
        await pilot.press("s")
        await app.quiet(pilot)
        assert "◉ exited" in life(app)
        assert "exit code 137" in life(app)
        assert view.before is None


@pytest.mark.slow
async def test_while_it_runs_what_it_takes_and_what_runs_in_it_is_shown(world):
    app = Stage(ContainerScreen("kind_banzai", start=True), world.inspector)
    async with app.run_test(size=(130, 30)) as pilot:
        for _ in range(3):
            await app.quiet(pilot)
        assert app.screen.query_one(LoadLine).display
        assert [one.inside for one in app.screen.query_one(ProcessList).items] == [1, 7]
        table = app.screen.query_one(MountList).table
        assert [one.path for one in table.mounts] == ["/", "/sys"]
        await pilot.press("s")
        await app.quiet(pilot)
        assert not app.screen.query_one(LoadLine).display


@pytest.mark.slow
async def test_what_runs_in_it_is_shown_where_what_it_takes_is_not_known(world, monkeypatch):
    def unknown(_name):
        raise LayertuiError("Podman cannot tell what a container uses")

    monkeypatch.setattr(world.containers.observation, "reading", unknown)
    app = Stage(ContainerScreen("kind_banzai", start=True), world.inspector)
    async with app.run_test(size=(130, 30)) as pilot:
        for _ in range(3):
            await app.quiet(pilot)
        assert [one.inside for one in app.screen.query_one(ProcessList).items] == [1, 7]
        assert not app.screen.query_one(LoadLine).display


@pytest.mark.slow
async def test_it_can_be_started_as_it_opens(world):
    app = Stage(ContainerScreen("kind_banzai", start=True), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await app.quiet(pilot)
        assert world.inspector.containers.get("kind_banzai").state == "running"


@pytest.mark.slow
async def test_logs_are_safe_and_say_their_stream(world):
    world.inspector.containers.lifecycle.start("kind_banzai")
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("5")
        await pilot.pause()
        log = app.screen.query_one(LogList)
        assert "stderr  warning: \\x1b[31mred" in log.render_line(2).text


@pytest.mark.slow
async def test_why_it_did_not_start_is_reported_in_full(world, monkeypatch):
    def start(name, progress=None):
        raise RuntimeUnavailable(
            "no container runtime works here: runc is not there, bwrap may not make user namespaces; install runc or ask for them"
        )

    monkeypatch.setattr(world.containers.lifecycle, "start", start)
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("s")
        await app.quiet(pilot)
        assert isinstance(app.screen, Notice)
        assert "bwrap may not make user namespaces" in str(app.screen.query_one("#about").render())
        await pilot.press("enter")
        assert isinstance(app.screen, ContainerScreen)
        assert "◉ created" in life(app)


@pytest.mark.slow
async def test_the_keys_lead_to_the_dialogs(world):
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        for key, screen in (
            ("w", WriteDialog),
            ("x", ExportDialog),
            ("equals_sign", CompareScreen),
            ("f", LookupScreen),
            ("d", DeleteContainerDialog),
        ):
            await pilot.press(key)
            await app.quiet(pilot)
            assert isinstance(app.screen, screen)
            await pilot.press("escape")
            await app.quiet(pilot)


@pytest.mark.slow
async def test_a_changed_path_opens_both_contents(world):
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("3")
        app.screen.query_one(FileTree).go_to("/etc/motd")
        await pilot.press("enter")
        await app.quiet(pilot)
        assert isinstance(app.screen, ContentScreen)


@pytest.mark.slow
async def test_a_container_that_is_gone_ends_the_screen(world):
    app = Stage(ContainerScreen("nobody"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert app.answers == [None]
        assert app.told == [("error", "nobody: no such container")]


@pytest.mark.slow
async def test_life_is_steered_by_keys(world):
    app = Stage(ContainerScreen("kind_banzai", start=True), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await app.quiet(pilot)
        for key, word in (("z", "paused"), ("z", "running"), ("S", "running")):
            await pilot.press(key)
            await app.quiet(pilot)
            assert f"◉ {word}" in life(app)
        assert app.notified[0].startswith("Paused kind_banzai (SIGSTOP: no cgroup freezer can be used here)")
        await pilot.press("K", "right", "right")
        assert "The process decides" in str(app.screen.query_one("#effect").render())
        await pilot.press("enter")
        await app.quiet(pilot)
        assert world.containers.lifecycle.sent[-1] == ("kind_banzai", "INT")
        assert "◉ running" in life(app)
        await pilot.press("K", "tab", *"hup", "enter")
        await app.quiet(pilot)
        assert world.containers.lifecycle.sent[-1] == ("kind_banzai", "hup")
        await pilot.press("t", "enter")
        assert "a name is needed" in str(app.screen.query_one("#outcome").render())
        await pilot.press(*"web", "enter")
        await app.quiet(pilot)
        assert app.screen.query_one(HeaderLine).own == "web"
        await pilot.press("K", "right", "enter")
        await app.quiet(pilot)
        assert "exit code 137" in life(app)
        for key in ("z", "S", "K"):
            await pilot.press(key)
            await app.quiet(pilot)
            assert isinstance(app.screen, ContainerScreen)
            assert "◉ exited" in life(app)


@pytest.mark.slow
async def test_a_shell_in_what_does_not_run_is_offered_with_a_start(world, monkeypatch):
    monkeypatch.setattr(world.inspector.containers, "shell", _no_shell, raising=False)
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("e")
        await app.quiet(pilot)
        assert isinstance(app.screen, Confirm)
        await pilot.press("escape")
        await app.quiet(pilot)
        assert world.inspector.containers.get("kind_banzai").state == "created"
        await pilot.press("e")
        await app.quiet(pilot)
        await pilot.press("enter")
        await app.quiet(pilot)
        assert world.inspector.containers.get("kind_banzai").state == "running"
        assert ("error", "no shell in it") in app.told


@pytest.mark.slow
async def test_where_the_screen_cannot_be_suspended_it_says_so(world, monkeypatch):
    world.inspector.containers.lifecycle.start("kind_banzai")
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(
        world.inspector.containers, "shell", lambda name, size=None: ShimSession(ours, tty=True), raising=False
    )
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("e")
        await app.quiet(pilot)
        assert any("this needs a terminal" in text for _, text in app.told)
    assert theirs.recv(1) == b""  # no client is left to be attached to it
    theirs.close()


def _no_shell(name, size=None):
    raise NotFound("no shell in it")


@pytest.mark.slow
async def test_in_the_writable_layer_keys_are_about_the_path_under_the_cursor(world):
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("3", "f")
        await app.quiet(pilot)
        assert app.screen.query_one("#path").value == "/1.txt"
        await pilot.press("escape", "d")
        await app.quiet(pilot)
        assert isinstance(app.screen, DeleteFileDialog)
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.screen.query_one(FileTree).view.get("/1.txt") is None
        assert app.screen.query_one(FileTree).view.get("/etc/motd").change.letter == "M"


@pytest.mark.slow
async def test_an_writable_layer_without_anything_says_so_on_one_line(tmp_path):
    world = World(tmp_path, *built())
    world.inspector.containers.create("demo:2.0", CreateOptions(name="fresh"))
    app = Stage(ContainerScreen("fresh"), world.inspector)
    painted = Painted(app)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("3")
        await app.quiet(pilot)
        await pilot.pause(0.1)
        assert any("No changes in this layer." in line for line in painted.lines)


def texts(rows):
    return [rows.render_line(y).text.strip() for y in range(rows.head_height, rows.size.height)]


@pytest.mark.slow
async def test_a_filter_narrows_the_writable_layer_while_it_is_typed_and_esc_shows_all_again(world):
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("3", "slash", *"run")
        await app.quiet(pilot)
        tree = app.screen.query_one(FileTree)
        assert tree.path == "/srv/app/run.py"
        assert tree.found == 1
        assert "1 of 6" in str(app.screen.query_one("FindBar .count").render())
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.focused is tree
        assert str(app.screen.query_one(TabFrame).border_subtitle) == "/ run"
        await pilot.press("escape")
        await app.quiet(pilot)
        assert tree.found is None or tree.found == 6
        assert tree.path == "/srv/app/run.py"
        assert str(app.screen.query_one(TabFrame).border_subtitle) == ""
        await pilot.press("slash", *"/etc|1/", "enter")
        await app.quiet(pilot)
        before = tree.path
        await pilot.press("n")
        assert tree.path != before
        await pilot.press("N")
        assert tree.path == before


@pytest.mark.slow
async def test_a_filter_narrows_logs_and_processes_each_for_itself(world):
    world.inspector.containers.lifecycle.start("kind_banzai")
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("5", "slash", *"WARN".lower(), "enter")
        await app.quiet(pilot)
        log = app.screen.query_one(LogList)
        assert log.count == 1 < len(log.items)
        assert "warning" in texts(log)[0]
        await pilot.press("4")
        await app.quiet(pilot)
        assert app.screen.query_one(ProcessList).count == len(app.screen.query_one(ProcessList).items)
        await pilot.press("slash", *"nothing like it")
        await app.quiet(pilot)
        assert "no process matches" in app.screen.query_one(ProcessList).render_line(0).text
        await pilot.press("escape", "5", "escape")
        await app.quiet(pilot)
        assert log.count == len(log.items)
        assert isinstance(app.screen, ContainerScreen)
        await pilot.press("1")
        assert app.screen.check_action("find", ()) is False


@pytest.mark.slow
async def test_the_bar_goes_when_another_tab_is_turned_to(world):
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("3", "slash", "m")
        await app.quiet(pilot)
        app.screen.query_one(TabFrame).turn_to("logs")
        await app.quiet(pilot)
        assert not app.screen.query("FindBar")
        assert app.focused is app.screen.query_one(LogList)
        assert app.screen.finder.pattern("layer") == Pattern.of("m")
        assert app.screen.finder.pattern("logs") is None


@pytest.mark.slow
async def test_the_writable_layer_has_its_orders(world):
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        tree = app.screen.query_one(FileTree)
        await pilot.press("3", "o")
        await app.quiet(pilot)
        assert tree.shape.order == "size"


@pytest.mark.slow
@pytest.mark.parametrize("tab", ["1", "2", "3", "4", "5"])
async def test_a_key_that_can_do_nothing_on_a_container_without_anything_says_why(tmp_path, tab):
    world = World(tmp_path, *built())
    world.inspector.containers.create("demo:2.0", CreateOptions(name="fresh"))
    app = Stage(ContainerScreen("fresh"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press(tab)
        await app.quiet(pilot)
        leave_out = {tab, "s", "e", "H", "escape", "q"}  # where it is; its life is changed; the screen is left
        assert await silent_keys(app, pilot, leave_out=leave_out) == []
        await pilot.press("slash" if tab in "12" else "z")
        await app.quiet(pilot)
        assert app.told[-1][0] == "warning"
