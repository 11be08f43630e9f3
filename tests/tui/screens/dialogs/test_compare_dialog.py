import pytest

from builders import docker_archive
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.screens.dialogs.compare_dialog import CompareDialog
from tui_stage import Stage
from tui_values import built
from tui_world import World
from two_engines import two_engines

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    docker_archive(list(built()), tmp_path / "here" / "two.tar")
    world = World(tmp_path / "store", *built())
    world.container()
    return world


async def test_names_of_images_containers_and_paths_are_offered(world):
    app = Stage(CompareDialog(), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "container:kind_banzai  demo:1.0  demo:2.0" in str(app.screen.query_one("#effect").render())
        await pilot.press(*"cont")
        await app.quiet(pilot)
        await pilot.press("right", "tab", *"./t")
        await app.quiet(pilot)
        await pilot.press("right", *"@1..2")
        await app.quiet(pilot)
        command = str(app.screen.query_one("#command").render())
        assert command.endswith("layertui compare container:kind_banzai ./two.tar@1..2")


async def test_a_wrong_name_is_said_and_a_right_pair_is_the_answer(world):
    app = Stage(CompareDialog("demo:1.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("enter")
        assert "two names are needed" in str(app.screen.query_one("#outcome").render())
        await pilot.press(*"nobody:1", "enter")
        await app.quiet(pilot)
        assert "nobody:1: no such image" in str(app.screen.query_one("#outcome").render())
        await pilot.press("ctrl+u", *"demo:1.0@2", "enter")
        await app.quiet(pilot)
        assert app.answers == [("demo:1.0", "demo:1.0@2")]


async def test_names_of_other_engines_are_completed_too(tmp_path):
    ours, theirs = (one.tagged(name) for one, name in zip(built(), ("ours:1", "theirs:1"), strict=True))
    with two_engines(tmp_path, [ours], [theirs]) as inspector:
        app = Stage(CompareDialog("ours:1"), inspector)
        async with app.run_test(size=(80, 24)) as pilot:
            await app.quiet(pilot)
            assert "two:theirs:1" in str(app.screen.query_one("#effect").render())
            await pilot.press(*"two")
            await app.quiet(pilot)
            await pilot.press("tab", "enter")
            await app.quiet(pilot)
            assert app.answers == [("ours:1", "two:theirs:1")]


async def test_names_are_completed_behind_the_prefix_of_an_engine_that_is_not_listed(world, tmp_path):
    """`embedded:` is the default engine here, and so not among the others."""
    inspector = Inspector(Settings.load(store=tmp_path / "own"))
    inspector.images.load(tmp_path / "here" / "two.tar")
    app = Stage(CompareDialog("demo:1.0"), inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*"embedded:demo:2")
        await app.quiet(pilot)
        assert "embedded:demo:2.0" in str(app.screen.query_one("#effect").render())
        await pilot.press("tab", "enter")
        await app.quiet(pilot)
        assert app.answers == [("demo:1.0", "embedded:demo:2.0")]
