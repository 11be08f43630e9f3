"""Ctrl+F, with keys only: a pattern is typed, files come from one image or all, and Enter goes to one."""

import pytest

from builders import docker_archive, file, image, layer, whiteout
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.find import found_stream
from layertui.tui.screens.find.find_screen import FindScreen
from layertui.tui.screens.home.home_screen import HomeScreen
from person import begins

pytestmark = pytest.mark.slow

SIZE = (120, 40)
BASE = layer([file("etc/motd", b"hello\n"), file("etc/secret", b"Key\n"), file("bin/tool", b"#!")])
ONE = image([BASE, layer([whiteout("etc/secret"), file("etc/motd", b"hello again\n")])], tags=["demo:1"])
TWO = image([BASE, layer([file("srv/app.py", b"print('hello')\n")])], tags=["app:2"])


@pytest.fixture
def host(tmp_path):
    inspector = Inspector(Settings(tmp_path / "store"))
    for number, built in enumerate((ONE, TWO)):
        inspector.images.load(docker_archive(built, tmp_path / f"{number}.tar"))
    return inspector


async def opens(host, pilot, app, name):
    person = await begins(app, pilot)
    await person.goes_to("images", name)
    await person.press("enter")
    await person.sees(lambda: app.screen.state.selection.name == name and app.screen.state.stack is not None)
    await person.press("ctrl+f")
    await person.sees_screen(FindScreen)
    return person


def rows(app):
    return [(row.image, row.path, row.layer, row.visible) for row in app.screen.found.rows]


def at_rest(app):
    return not app.screen._searching and not app.screen._debounce.pending


async def finds(person, app, *expected):
    await person.sees(lambda: at_rest(app) and rows(app) == list(expected))


async def test_a_name_in_this_image_and_in_all(host):
    app = LayerTui(host.settings, inspector=host)
    async with app.run_test(size=SIZE) as pilot:
        person = await opens(host, pilot, app, "demo:1")
        await person.press(*"MOT", "backspace", "backspace", "backspace", *"motd")
        await finds(person, app, ("demo:1", "/etc/motd", 2, True))
        assert app.screen.found.border_title == "1 file"
        await person.press("tab", "right")
        await finds(person, app, ("app:2", "/etc/motd", 1, True), ("demo:1", "/etc/motd", 2, True))
        assert app.screen.found.border_title == "2 files in 2 images"

        # Enter goes to the file, in an image that was not looked at.
        await person.press("tab", "tab", "tab", "enter")
        await person.sees_screen(HomeScreen)
        home = app.screen
        await person.sees(lambda: home.state.selection.name == "app:2" and home.panes.files.path == "/etc/motd")
        assert home.panes.focused == "files"
        assert home.panes.images.current.key == "app:2"

        # And again: the last pattern is there, selected, so that a letter replaces it.
        await person.press("ctrl+f")
        await person.sees_screen(FindScreen)
        await person.sees(lambda: len(rows(app)) == 2)
        await person.press(*"app.py")
        await finds(person, app, ("app:2", "/srv/app.py", 2, True))
        await person.press("escape")
        await person.sees_screen(HomeScreen)
        assert home.panes.files.path == "/etc/motd"


async def test_enter_typed_ahead_leads_to_the_files_once_there_are_some(host):
    app = LayerTui(host.settings, inspector=host)
    async with app.run_test(size=SIZE) as pilot:
        person = await opens(host, pilot, app, "demo:1")
        screen = app.screen
        for pattern, found in (("motd", "/etc/motd"), ("tool", "/bin/tool")):  # the second while the first's are listed
            await person.press(*pattern, "enter")
            await person.sees(lambda: screen.focused is screen.found and screen.found.rows)
            await person.sees(lambda path=found: [row.path for row in screen.found.rows] == [path])
            assert screen.focused is screen.found
            await person.press("slash")
        # Nothing is found: the pattern keeps the focus, and what is typed next is not lost.
        await person.press(*"xyz", "enter")
        await person.sees(lambda: at_rest(app) and not screen.found.rows)
        await person.press(*["backspace"] * 7, *"motd")
        await person.sees(lambda: at_rest(app) and len(screen.found.rows) == 1)
        assert screen.focused is not screen.found


async def test_a_hidden_version_by_its_content(host):
    app = LayerTui(host.settings, inspector=host)
    async with app.run_test(size=SIZE) as pilot:
        person = await opens(host, pilot, app, "demo:1")
        await person.press(*"Key", "tab", "tab", "right")
        await finds(person, app)
        await person.press("tab", "space")
        await finds(person, app, ("demo:1", "/etc/secret", 1, False))
        assert "hidden" in app.screen.found.render_line(1).text
        await person.press("tab", "enter")
        await person.sees_screen(HomeScreen)
        home = app.screen
        await person.sees(lambda: home.panes.files.path == "/etc/secret")
        assert home.state.selection.layer == 1


async def test_an_expression_that_is_none_and_nothing_to_go_to(host):
    app = LayerTui(host.settings, inspector=host)
    async with app.run_test(size=SIZE) as pilot:
        person = await opens(host, pilot, app, "demo:1")
        await person.press(*"/(/")
        await person.sees(lambda: "invalid regular expression" in (app.screen.found.border_subtitle or ""))
        await person.press("enter")
        assert app.screen.focused.id == "pattern"


async def test_a_search_that_finds_too_much_ends(host, monkeypatch):
    monkeypatch.setattr(found_stream, "MOST", 3)
    app = LayerTui(host.settings, inspector=host)
    async with app.run_test(size=SIZE) as pilot:
        person = await opens(host, pilot, app, "demo:1")
        await person.press(*"*")
        await person.sees(lambda: at_rest(app) and len(rows(app)) == 3)


async def test_an_image_that_cannot_be_read_and_the_others(host):
    app = LayerTui(host.settings, inspector=host)
    async with app.run_test(size=SIZE) as pilot:
        person = await opens(host, pilot, app, "demo:1")
        blobs = host.settings.store / "blobs" / "sha256"
        (blobs / TWO.diff_ids[1].partition(":")[2]).unlink()
        for path in (host.settings.store / "cache").iterdir():
            path.unlink()
        await person.press(*"motd", "tab", "right")
        await person.sees(lambda: at_rest(app) and app.screen.found.border_subtitle == "1 not searched")
        assert rows(app) == [("demo:1", "/etc/motd", 2, True)]


async def test_from_a_screen_above_home(host):
    app = LayerTui(host.settings, inspector=host)
    async with app.run_test(size=SIZE) as pilot:
        person = await opens(host, pilot, app, "demo:1")
        await person.press("escape")
        await person.sees_screen(HomeScreen)
        await person.press("v")
        await person.sees(lambda: not isinstance(app.screen, HomeScreen))
        await person.press("ctrl+f")
        await person.sees_screen(FindScreen)
        await person.press(*"tool")
        await finds(person, app, ("demo:1", "/bin/tool", 1, True))
        await person.press("enter", "enter")
        await person.sees_screen(HomeScreen)
        await person.sees(lambda: app.screen.panes.files.path == "/bin/tool")
