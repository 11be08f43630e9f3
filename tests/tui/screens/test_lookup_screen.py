from threading import Event

import pytest

from builders import docker_archive, file, image, layer
from layertui.tui.common.selection import Selection
from layertui.tui.screens import lookup_screen
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.compare.file_versions import read_side
from layertui.tui.screens.find.find_screen import FindScreen
from layertui.tui.screens.find.typed_query import TypedQuery
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.chrome.key_bar import KeyBar
from layertui.tui.widgets.chrome.lookup_view import LookupView
from layertui.tui.widgets.files.file_view import FileView
from package_databases import dpkg_status
from pressed_keys import silent_keys
from tui_stage import Stage
from tui_values import built
from tui_world import World


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, *built())
    world.container()
    return world


def answers(view):
    return [view.render_line(y + 1).text for y in range(view.count)]


@pytest.mark.slow
async def test_the_layers_answer_from_the_top_down(world):
    app = Stage(LookupScreen("container:kind_banzai", "/etc/motd"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        view = app.screen.query_one(LookupView)
        lines = answers(view)
        assert len(lines) == 7
        assert "✎ ╌╌╌●╌╌╌ writable layer" in lines[0]
        assert "here: the visible version" in lines[0]
        assert ["not searched" in line for line in lines[1:4]] == [True] * 3
        assert ["hidden below" in line for line in lines[4:]] == [True] * 3
        version = app.screen.query_one(FileView)
        assert version.render_line(0).text.strip().endswith("hello from the container")


async def test_the_key_bar_has_enter_where_there_is_something_to_open(world):
    """Also where the answer comes after the focus, as it does when somebody types quickly."""
    app = Stage(LookupScreen("demo:2.0", "/etc/motd"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        view, bar = app.screen.query_one(LookupView), app.screen.query_one(KeyBar)
        view.focus()
        await app.quiet(pilot)
        seen = {}
        for row in range(view.count):
            view.cursor = row
            await app.quiet(pilot)
            seen[row] = "Enter open" in str(bar.render())
        assert seen == {row: view.entry_at(row) is not None for row in range(view.count)}
        assert {*seen.values()} == {True, False}


async def test_what_is_removed_says_where(world):
    app = Stage(LookupScreen("demo:2.0", "/etc/passwd"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        assert "removed here (whiteout)" in answers(app.screen.query_one(LookupView))[0]
        assert app.screen.query_one(FileView).note == "not in this layer"


@pytest.mark.slow
async def test_what_is_still_being_read_says_so_and_comes_to_no_other_row(world, monkeypatch):
    """A layer that has the path is not said to lack it, and what comes late is not shown for a layer that lacks it."""
    ready = Event()

    def late(*asked):
        ready.wait(20)
        return read_side(*asked)

    monkeypatch.setattr(lookup_screen, "read_side", late)
    app = Stage(LookupScreen("demo:2.0", "/etc/motd"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        version = app.screen.query_one(FileView)
        while app.screen.query_one(LookupView).trace is None:
            await pilot.pause(0.01)
        await pilot.pause()
        assert version.note == "reading /etc/motd"
        await pilot.press("enter", "home")
        assert version.note == "not in this layer"
        ready.set()
        await app.quiet(pilot)
        assert version.note == "not in this layer"


@pytest.mark.slow
async def test_the_path_completes_from_the_view_and_asks_while_it_is_typed(world):
    app = Stage(LookupScreen("demo:2.0", "/etc/"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        assert str(app.screen.query_one("#names").render()).split() == ["motd"]
        await pilot.press(*"mo")
        await app.quiet(pilot)
        await pilot.press("right")
        await app.quiet(pilot)
        assert app.screen.query_one("#path").value == "/etc/motd"
        assert app.screen.query_one(LookupView).trace.layer == 3


@pytest.mark.slow
async def test_any_two_versions_beside_each_other(world):
    app = Stage(LookupScreen("container:kind_banzai", "/etc/motd"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("enter", "space", "end", "equals_sign")
        await app.quiet(pilot)
        assert isinstance(app.screen, ContentScreen)
        assert [side.only for side in app.screen._sides] == [1, 7]


@pytest.mark.slow
async def test_as_of_a_layer_below(world):
    app = Stage(LookupScreen("demo:2.0", "/etc/passwd", upto=5), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert app.screen._of == "demo:2.0@5"


@pytest.mark.slow
async def test_a_name_that_is_not_there_is_one_line(world):
    app = Stage(LookupScreen("nobody:1", "/x"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert app.screen.query_one(FileView).note.startswith("nobody:1: no such image")


@pytest.mark.slow
async def test_where_no_path_is_typed_no_layer_is_said_to_lack_it(world):
    app = Stage(LookupScreen("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert app.screen.query_one(LookupView).count == 0
        assert app.screen.query_one(FileView).note.startswith("Type a path")
        await pilot.press(*"etc/motd")
        await app.quiet(pilot)
        assert app.screen.query_one(LookupView).trace.layer == 3
        await pilot.press("ctrl+u")
        await app.quiet(pilot)
        assert app.screen.query_one(LookupView).trace is None


@pytest.mark.slow
@pytest.mark.parametrize("width", [80, 120, 200])
async def test_the_pane_in_focus_grows_to_all_there_is_and_shrinks_again(world, width):
    app = Stage(LookupScreen("demo:2.0", "/etc/motd"), world.inspector)
    async with app.run_test(size=(width, 40)) as pilot:
        await app.quiet(pilot)
        layers, version = app.screen.query_one("#layers"), app.screen.query_one("#version")

        async def areas(*keys):
            await pilot.press(*keys)
            await app.quiet(pilot)
            return [pane.outer_size.area if pane.display else 0 for pane in (layers, version)]

        before = await areas("enter")
        larger, smaller = await areas("plus")
        assert (larger > before[0], 0 < smaller < before[1]) == (True, True)
        assert await areas("plus") == [sum(before), 0]
        assert await areas("underscore", "underscore") == before
        smaller, larger = await areas("tab", "plus")
        assert (0 < smaller < before[0], larger > before[1]) == (True, True)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/", "/etc/passwd", "/etc/motd"])
async def test_a_key_that_can_do_nothing_says_why(world, path):
    app = Stage(LookupScreen("demo:2.0", path), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("down")
        assert app.focused is app.screen.query_one(LookupView)
        assert await silent_keys(app, pilot, leave_out={"escape", "q"}) == []


@pytest.mark.slow
async def test_the_package_that_owns_the_file(tmp_path):
    members = [
        file("var/lib/dpkg/status", dpkg_status(("bash", "5.2"))),
        file("var/lib/dpkg/info/bash.list", "/.\n/bin\n/bin/bash\n"),
        file("bin/bash", b"x"),
    ]
    archive = docker_archive(image([layer(members)], tags=["demo:9"]), tmp_path / "demo.tar")
    app = Stage(LookupScreen(str(archive), "/bin/bash"), World(tmp_path / "world").inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        view = app.screen.query_one(LookupView)
        assert "package dpkg bash 5.2, from layer 1" in view.render_line(0).text
        view.clear()
        assert view.package == ""


async def test_enter_opens_the_version_of_the_layer(world):
    app = Stage(LookupScreen("demo:2.0", "/etc/motd"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("down", "end")
        await app.quiet(pilot)
        await pilot.press("enter")
        await app.quiet(pilot)
        pages = app.screen.query_one("#pages")
        assert str(app.screen.query_one(HeaderLine).subject) == "demo:2.0, only layer 1"
        assert pages.render_line(0).text.startswith("The file is empty.")


@pytest.mark.parametrize(("own", "shown"), [("", "docker"), ("podman", "podman")])
async def test_the_head_names_the_engine(world, own, shown):
    """The default one, which need not be the embedded, or the one that the screen is about."""
    app = Stage(LookupScreen("demo:2.0", "/etc/motd").on_engine(own), world.inspector)
    app.default_engine = "docker"
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        assert app.screen.query_one(HeaderLine).engine == shown


@pytest.mark.parametrize(("own", "shown"), [("", "docker"), ("catalog", "catalog")])
async def test_the_head_of_a_search_names_the_engine_of_what_is_searched(world, own, shown):
    app = Stage(FindScreen(Selection("demo:2.0", "demo:2.0", own), TypedQuery(""), print), world.inspector)
    app.default_engine = "docker"
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.pause()
        assert app.screen.query_one(HeaderLine).engine == shown
