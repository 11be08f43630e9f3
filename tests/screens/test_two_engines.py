"""Pictures of home with two engines: the rows of each under its name; which there are; an image copied from one to the other."""

import pytest

from at_rest import at_rest
from layertui.core.containers.model.container import CreateOptions
from layertui.tui.app import LayerTui
from tui_sample import clock
from tui_values import built
from two_engines import two_engines

NOW = "2026-01-02T03:05:05Z"


@pytest.fixture
def picture(snap_compare, tmp_path, monkeypatch):
    monkeypatch.setattr("layertui.tui.screens.home.home_screen.TICK", 3600)
    one, two = built()
    inspector = two_engines(tmp_path, [one, two], [two, one.tagged("shop:2.1")], names=("embedded", "docker"), now=NOW)
    inspector.containers.create("demo:2.0", CreateOptions(name="ours"))
    docker = inspector.of("docker").containers
    docker.create("shop:2.1", CreateOptions(name="shop-1"))
    docker.create("shop:2.1", CreateOptions(name="shop-2"))
    docker.lifecycle.start("shop-1")

    def compare(keys, size):
        app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
        app.animation_level = "none"

        async def rest(pilot):
            await at_rest(app, pilot)

        async def before(pilot):
            await rest(pilot)
            docker = lambda: app.screen_stack[0].state.others.get("docker")  # noqa: E731
            while (found := docker()) is None or not found.sizes:
                await pilot.pause(0.02)
            for key in keys:
                await pilot.press(key)
                await rest(pilot)
            for field in app.screen.query("Input"):
                field.cursor_blink = False
            await rest(pilot)

        return snap_compare(app, terminal_size=size, run_before=before)

    yield compare
    inspector.close()


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=lambda size: "x".join(map(str, size)))
def test_home(picture, size):
    assert picture(["j", "j", "j"], size)


@pytest.mark.slow
def test_copy_to(picture):
    assert picture(["G", "C"], (120, 40))
