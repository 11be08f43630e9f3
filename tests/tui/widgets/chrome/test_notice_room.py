"""A notice covers borders only: on every screen, with or without a line that is typed in."""

import pytest
from textual.geometry import Region
from textual.widgets._toast import Toast

from at_rest import at_rest
from ended_by_signal import SCREENS
from layertui.tui.app import LayerTui
from layertui.tui.screens.shared.base_screen import InspectorScreen
from tui_values import built, flat
from tui_world import World

TWO_ROWS = "A sentence that is too long for one row of this terminal " * 2


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path / "store", *built(), flat())
    world.container()
    return world


def covered(screen):
    """What the notices lie on, but for borders: widgets without children, with the rows that are covered."""
    notices = Region.from_union([one.region for one in screen.query("Toast")])
    found = []
    for widget in screen.query("*"):
        if not widget.displayed_children and not isinstance(widget, Toast) and widget.region:
            lines = widget.content_region if widget.styles.border_bottom[0] else widget.region
            rows = lines.intersection(screen.find_widget(widget).visible_region).intersection(notices)
            if rows:
                found.append((widget, rows))
    return found


async def notices_shown(app, pilot, rows):
    """Wait until the notices are so many rows high, and the screen has made room for them."""

    await at_rest(app, pilot, until=lambda: sum(one.region.height for one in app.screen.query("Toast")) == rows)


FULL = [name for name in SCREENS if name.endswith("Screen") and name != "HelpScreen"]


@pytest.mark.slow
@pytest.mark.parametrize("name", FULL)
async def test_a_notice_of_two_rows_covers_borders_only(name, world):
    app = LayerTui(world.inspector.settings, inspector=world.inspector)
    app.animation_level = "none"
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await at_rest(app, pilot)
        screen = SCREENS[name](world)
        if screen is not None:
            await app.push_screen(screen)
            await at_rest(app, pilot)
        assert isinstance(app.screen, InspectorScreen)
        app.clear_notifications()
        await at_rest(app, pilot)
        before = [child.region for child in app.screen.displayed_children]
        app.show_notice(TWO_ROWS, seconds=600)
        await notices_shown(app, pilot, 2)
        assert covered(app.screen) == []
        app.clear_notifications()
        await at_rest(app, pilot, until=lambda: not app.screen.query("Toast"))
        assert [child.region for child in app.screen.displayed_children] == before


DIALOGS = [name for name in SCREENS if name.endswith(("Dialog", "OfferContainer", "Confirm", "Notice"))]


@pytest.mark.slow
@pytest.mark.parametrize("name", DIALOGS)
async def test_a_notice_covers_no_button_and_no_field_of_a_dialog(name, world):
    app = LayerTui(world.inspector.settings, inspector=world.inspector)
    app.animation_level = "none"
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await at_rest(app, pilot)
        await app.push_screen(SCREENS[name](world))
        app.clear_notifications()
        await at_rest(app, pilot)
        before = app.screen.query_one("#frame").region
        app.show_notice(TWO_ROWS, seconds=600)
        await notices_shown(app, pilot, 2)
        buttons = app.screen.query_one("#buttons").region
        assert buttons.height == 1
        assert buttons in app.screen.query_one("#frame").region
        assert covered(app.screen) == []
        app.clear_notifications()
        await at_rest(app, pilot, until=lambda: not app.screen.query("Toast"))
        assert app.screen.query_one("#frame").region == before


@pytest.mark.slow
async def test_the_line_that_is_typed_in_stays_visible_and_so_does_the_cursor(world):
    app = LayerTui(world.inspector.settings, inspector=world.inspector)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await at_rest(app, pilot)
        await app.push_screen(SCREENS["ContainerScreen"](world))
        await at_rest(app, pilot)
        await pilot.press("3", "slash")
        app.clear_notifications()
        await at_rest(app, pilot)
        app.show_notice(TWO_ROWS, seconds=600)
        await notices_shown(app, pilot, 2)
        assert covered(app.screen) == []
        assert app.focused.region.y == 22
