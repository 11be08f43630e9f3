"""Notices: a click on a key that one names presses it, what came from a name is no markup, and one that is no longer true goes."""

from dataclasses import replace

import pytest
from textual.widgets._toast import Toast

from at_rest import at_rest
from home_driver import Driver
from layertui.core.containers.model.container import Container, State
from layertui.core.oci.digest import Digest
from layertui.tui.app import LayerTui
from layertui.tui.screens.shared.notices import ActNotice, NextKey
from tui_values import built
from tui_world import World


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
@pytest.mark.parametrize(("key", "expected"), [("y", "copied"), ("=", "compared")])
async def test_a_click_on_a_key_of_a_notice_presses_it_once(tmp_path, size, key, expected):
    app, done = LayerTui(None, inspector=World(tmp_path, *built()).inspector), []
    keys = (
        NextKey("y", "copies", lambda: done.append("copied")),
        NextKey("=", "compares", lambda: done.append("compared")),
    )
    hostile = "Exported [b]box[/] [@click=app.quit]x ["
    async with app.run_test(size=size, notifications=True) as pilot:
        await at_rest(app, pilot)
        app.notices.show(ActNotice(hostile, keys), None)
        await at_rest(app, pilot, until=lambda: any(one.region.height for one in app.screen.query(Toast)))
        shown = [
            "".join(segment.text for segment in strip if not segment.control)
            for strip in app.screen._compositor.render_strips()
        ]
        assert any(hostile in line for line in shown)
        (y,) = (at for at, line in enumerate(shown) if f"{key} {keys[key == '='].does}" in line)
        await pilot.click(offset=(shown[y].index(f"{key} {keys[key == '='].does}"), y))
        await at_rest(app, pilot)
        assert done == [expected]
        assert not app.screen.query(Toast)


@pytest.fixture
def long(monkeypatch):
    """Notices that no test waits for the end of."""
    monkeypatch.setattr("layertui.tui.screens.shared.notices.SHOWN_FOR", 1000)


def shown(app):
    return [str(toast._notification.message) for toast in app.screen.query(Toast)]


IMAGE = Digest("sha256:" + "1" * 64)
BOX = Container(id="a" * 64, name="box", image="i", image_id=IMAGE, manifest=None, command=("sh",), created="")
BAR = replace(BOX, id="b" * 64, name="bar")
RUNNING = replace(BOX, state=State.RUNNING, pid=77)


@pytest.mark.parametrize(
    ("then", "left"),
    [
        (lambda board: board.show(ActNotice("Started box", of=RUNNING), None), ["bar waits", "of none", "Started box"]),
        (
            lambda board: board.show(ActNotice("Deleted box", deleted=BOX.id), None),
            ["bar waits", "of none", "Deleted box"],
        ),
        (lambda board: board.states_are((RUNNING, BAR)), ["bar waits", "of none"]),
        (lambda board: board.states_are((BOX, BAR)), ["box waits", "bar waits", "of none"]),
        (lambda board: board.states_are(()), ["box waits", "bar waits", "of none"]),
    ],
    ids=["another act", "deleted", "seen in another state", "seen as it was", "not seen"],
)
@pytest.mark.usefixtures("long")
async def test_what_a_notice_says_of_a_container_goes_once_it_is_no_longer_true(tmp_path, then, left):
    app, done = LayerTui(None, inspector=World(tmp_path, *built()).inspector), []
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await at_rest(app, pilot)
        board = app.notices
        board.show(ActNotice("box waits", (NextKey("§", "starts it", lambda: done.append("§")),), of=BOX), None)
        board.show(ActNotice("bar waits", of=BAR), None)
        board.show(ActNotice("of none"), None)
        then(board)
        await at_rest(app, pilot, until=lambda: len(shown(app)) == len(left))
        assert [text.partition("  ")[0] for text in shown(app)] == left
        assert board.run_key("§") is ("box waits" in left)


@pytest.mark.slow
@pytest.mark.parametrize("keys", [["r"], ["2", "enter"]], ids=["home lists it", "its screen looks at it"])
@pytest.mark.usefixtures("long")
async def test_a_container_started_elsewhere_ends_the_notice_that_nothing_runs(tmp_path, keys):
    world = World(tmp_path, *built())
    world.container()
    app = LayerTui(None, inspector=world.inspector)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        app.notices.show(ActNotice("nothing runs yet", of=world.inspector.containers.get("kind_banzai")), None)
        await at_rest(app, pilot, until=lambda: shown(app) == ["nothing runs yet"])
        world.inspector.containers.lifecycle.start("kind_banzai")
        await driver.press(*keys)
        await at_rest(app, pilot, until=lambda: not shown(app))
        assert not shown(app)


@pytest.mark.usefixtures("long")
async def test_a_notice_whose_key_was_pressed_offers_it_no_longer_and_its_other_keys_work(tmp_path):
    app, done = LayerTui(None, inspector=World(tmp_path, *built()).inspector), []
    keys = tuple(NextKey(key, "does it", lambda key=key: done.append(key)) for key in "§µ")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await at_rest(app, pilot)
        app.notices.show(ActNotice("Exported", keys), None)
        app.notices.show(ActNotice("Another"), None)
        await at_rest(app, pilot, until=lambda: len(shown(app)) == 2)
        assert app.notices.run_key("§")
        await at_rest(app, pilot, until=lambda: shown(app) == ["Another"])
        assert not app.notices.run_key("§")
        assert app.notices.run_key("µ")
        assert done == ["§", "µ"]


@pytest.mark.slow
@pytest.mark.usefixtures("long")
async def test_all_lines_of_a_notice_lie_above_the_key_bar_whatever_its_length(tmp_path):
    app = LayerTui(None, inspector=World(tmp_path, *built()).inspector)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await at_rest(app, pilot)
        for length in (*range(73, 80), *range(148, 158)):
            app.notices.show(ActNotice(("four " * 40)[: length - 1] + "."), None)
            await at_rest(app, pilot, until=lambda: len(app.screen.query(Toast)) == 1)
            (toast,) = app.screen.query(Toast)
            assert (length, toast.region.bottom) == (length, 23)
            app.clear_notifications()
            await at_rest(app, pilot, until=lambda: not app.screen.query(Toast))
