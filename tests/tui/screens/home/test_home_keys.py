"""The keys of home where they can do nothing, where they clear before they stop, and where they leave."""

from threading import Event

import pytest

from home_driver import driven
from layertui.tui.app import LayerTui
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.help_screen import MOVES
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.shared.key_actions import own_bindings
from layertui.tui.widgets.chrome.pane_layout import PANES
from tui_sample import clock

pytestmark = pytest.mark.slow

ALWAYS = {
    *("tab", "shift+tab", "1", "2", "3", "4", "5", "plus", "underscore", "r", "escape", "L", "E", "O", "B", "p", "q"),
    *("left_square_bracket", "right_square_bracket", "ctrl+left", "ctrl+right"),
}
"""Keys that do something on an empty store too."""


@pytest.fixture
async def empty(inspector):
    inspector.all_images, inspector.all_containers = [], []
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with driven(app) as driver:
        yield driver


def notices_of(drive):
    return [str(notice.message) for notice in drive.app._notifications]


@pytest.mark.parametrize("pane", PANES)
async def test_on_an_empty_store_each_key_that_can_do_nothing_has_a_reason(empty, pane):
    await empty.press(str(PANES.index(pane) + 1))
    home, around = empty.home, empty.app.focused.ancestors_with_self[:-1]
    keys = {binding.key for node in around for binding in own_bindings(type(node))} - MOVES
    reasons = {key: home.refusal(key) for key in keys}
    of_a_text = {"space"} if pane == "details" else set()  # it moves in it as far as it goes
    assert {key for key, reason in reasons.items() if not reason} == (ALWAYS | of_a_text) & keys
    assert [reason for reason in reasons.values() if "\n" in reason or len(reason) > 110] == []


async def test_the_reason_is_reported_once_while_it_stands_there(empty):
    await empty.press("c", "c", "s", "x", "space")
    assert notices_of(empty) == [
        "Create needs an image: L loads one.",
        "Start needs a container: c creates one of an image.",
        "Save needs an image: L loads one.",
        "Mark: there is no row here.",
    ]
    assert empty.app.screen is empty.home


async def test_a_key_that_does_something_has_no_reason_and_a_key_of_no_one_neither(drive):
    await drive.press("4", "a", "z", "é")
    assert notices_of(drive) == ["Pause needs a container: c creates one of an image."]
    await drive.press("slash", *"cstz")
    assert len(notices_of(drive)) == 1


async def test_esc_clears_before_it_stops_and_asks_once_before_that(drive):
    home, gate = drive.home, Event()
    stopped = []

    def call(_inspector, progress):
        while not gate.wait(0.01):
            progress.advance(1)

    async def press(*keys):
        for key in keys:
            await drive.pilot.press(key)
        await drive.pilot.pause()

    await drive.press("space", "slash", *"demo", "enter", "plus")
    home.ask("filling the cellar", call, lambda _: None, group="slow", stopped=lambda: stopped.append(True))
    try:
        await press("escape")
        assert home.finding.finder.pattern("images") is None
        await press("escape")
        assert home.marks.names == ()
        await press("escape")
        assert home.panes.frame.arrangement.zoom == 0
        assert notices_of(drive) == [marks := "The marks are gone: u puts them back."]
        await press("escape")
        assert notices_of(drive) == [marks, "Esc again stops filling the cellar."]
        await press("j", "escape")  # another key came between: asked again
        assert notices_of(drive) == [marks, *["Esc again stops filling the cellar."] * 2]
        assert drive.app.jobs.busy
        await press("escape")
        await drive.rest()
        assert notices_of(drive)[3:] == ["Stopped."]
        assert stopped
        assert not drive.app.jobs.busy
    finally:
        gate.set()
    await drive.press("escape")
    assert drive.app.is_running


@pytest.mark.parametrize(("keys", "screen"), [(["2", "enter"], ContainerScreen), (["4", "f", "down"], LookupScreen)])
async def test_q_closes_a_screen_and_only_home_is_left_by_it(drive, keys, screen):
    await drive.press(*keys)
    assert isinstance(drive.app.screen, screen)
    assert drive.offered()["q"] == "close"
    await drive.press("q")
    assert isinstance(drive.app.screen, HomeScreen)
    assert drive.app.is_running
    assert drive.offered()["q"] == "quit"
    await drive.pilot.press("q")
    assert drive.app.return_code == 0


async def test_q_asks_once_while_work_goes_on_in_the_background(drive):
    gate = Event()

    def call(progress):
        while not gate.wait(0.01):
            progress.advance(0)

    drive.app.jobs.start(drive.app, "loading a.tar", call, lambda _: None, group="dialog", failed=lambda _: None)
    try:
        for key in ("q", "j", "q"):
            await drive.pilot.press(key)
        assert notices_of(drive) == ["q again quits, and stops loading a.tar."] * 2
        assert drive.app.is_running
        await drive.pilot.press("q")
        assert drive.app.return_code == 0
    finally:
        gate.set()


async def test_q_in_a_field_is_a_letter(drive):
    await drive.press("slash", "q")
    assert drive.app.focused.value == "q"
    assert drive.app.is_running
