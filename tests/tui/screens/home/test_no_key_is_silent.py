"""A key that cannot act says why in one line, in every pane, also where there is nothing at all."""

import pytest
from textual.binding import Binding

from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.shared.why_not import NEEDS
from layertui.tui.widgets.chrome.pane_layout import PANES
from tui_sample import clock


def keys_of(kind):
    """The printable keys of a screen, each with the actions that it may have."""
    found = {}
    for base in kind.__mro__:
        for binding in Binding.make_bindings(base.__dict__.get("BINDINGS", ())):
            if len(binding.key) == 1 or binding.key in ("slash", "equals_sign"):
                found.setdefault(binding.key, []).append(binding.action.partition("(")[0])
    return found


def test_each_action_that_a_screen_may_refuse_has_a_reason():
    refused = {"refresh", "pane", "tab", "demo", "bring_in"}  # these are always possible
    for kind in (HomeScreen, ContainerScreen):
        for key, actions in keys_of(kind).items():
            assert set(actions) <= set(NEEDS) | refused, key


@pytest.mark.slow
@pytest.mark.parametrize("pane", PANES)
async def test_on_an_empty_store(tmp_path, pane):
    settings = Settings(tmp_path / "store")
    app = LayerTui(settings, inspector=Inspector(settings), clock=clock)
    told = []
    app.tell = lambda text, **_: told.append(text)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        while app.jobs.busy:
            await pilot.pause(0.01)
        await pilot.press(str(PANES.index(pane) + 1))
        home = app.screen
        for key, actions in keys_of(HomeScreen).items():
            active = home.active_bindings.get(key)
            if active is not None and active.enabled:
                continue
            told.clear()
            await pilot.press(key)
            (line,) = told
            assert any(NEEDS[action] in line for action in actions)
            assert app.screen is home
