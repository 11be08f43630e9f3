import pytest

from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from tui_stage import Stage
from tui_values import built
from tui_world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, *built())


def text_of(app, selector):
    return str(app.screen.query_one(selector).render())


async def test_enter_creates_and_nothing_runs(world):
    app = Stage(CreateDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "Creates a writable layer over 6 read-only layers. Nothing runs yet." in text_of(app, "#effect")
        assert text_of(app, "#effect").endswith("Start will run: sh")
        app.screen.query_one("#tty").value = False
        await pilot.pause()
        assert "Start will run: sh; without -i and -t a shell ends at once" in text_of(app, "#effect")
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.answers == ["kind_banzai"]
        assert world.inspector.containers.get("kind_banzai").state == "created"


async def test_every_field_goes_into_the_container_and_into_the_command(world):
    app = Stage(CreateDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(
            *"box",
            "tab",
            *"sh -c 'echo hi'",
            "tab",
            *"A=1 B='x y'",
            "tab",
            *"/srv",
            "tab",
            *"7",
            "tab",
            *"/h:/c:ro",
            "tab",
            *"8080:80",
            "tab",
            *"pasta",
            "tab",
        )
        await pilot.press("space", "tab", "space")
        await pilot.pause()
        line = "$ layertui create -ti --name box -w /srv -u 7 --net pasta -e A=1 -e 'B=x y' -v /h:/c:ro"
        line += " -p 8080:80 demo:2.0 sh -c 'echo hi'"
        assert text_of(app, "#command") == line
        await pilot.press("enter")
        await app.quiet(pilot)
        options = world.inspector.containers.get("box").options
        assert options.command == ("sh", "-c", "echo hi")
        assert options.env == ("A=1", "B=x y")
        assert [(one.source, one.target, one.read_only) for one in options.mounts] == [("/h", "/c", True)]
        assert (options.net, list(map(str, options.ports))) == ("pasta", ["0.0.0.0:8080->80/tcp"])
        assert (options.working_dir, options.user, options.tty, options.interactive) == ("/srv", "7", True, True)


async def test_a_wrong_folder_is_said_before_anything_is_done(world):
    app = Stage(CreateDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*["tab"] * 5, *"d:/x", "enter")
        await app.quiet(pilot)
        assert "'d' is not a volume name" in text_of(app, "#outcome")
        assert world.inspector.containers.list() == []


async def test_a_name_that_is_taken_is_said_in_the_dialog_which_stays(world):
    world.container()
    app = Stage(CreateDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*"kind_banzai", "enter")
        await app.quiet(pilot)
        assert text_of(app, "#outcome").startswith("the container name 'kind_banzai' is in use")
        assert app.answers == []
        await pilot.press("2")
        assert not app.screen.query_one("#outcome").display
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.answers == ["kind_banzai2"]


async def test_a_wrong_variable_is_said_before_anything_is_done(world):
    app = Stage(CreateDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("tab", "tab", *"NOPE", "enter")
        await app.quiet(pilot)
        assert text_of(app, "#outcome") == "NOPE: write it as NAME=value"
        assert world.inspector.containers.list() == []


async def test_escape_and_the_mouse(world):
    app = Stage(CreateDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.click("#interactive")
        assert not app.screen.query_one("#interactive").value
        await pilot.press("escape")
        await pilot.pause()
        assert app.answers == [None]
        assert world.inspector.containers.list() == []
    app = Stage(CreateDialog("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.click("#yes")
        await app.quiet(pilot)
        assert app.answers == ["kind_banzai"]
