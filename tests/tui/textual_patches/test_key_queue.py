"""Keys typed in one moment: those after a key that opens something are for what it opens."""

import pytest
from textual.events import Key, Paste
from textual.keys import _character_to_key
from textual.widgets import Input

from at_rest import at_rest
from layertui.tui.app import LayerTui
from layertui.tui.screens.dialogs.export_dialog import SaveDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.screens.help_screen import HelpScreen
from layertui.tui.widgets.forms.find_bar import FindLine
from tui_sample import SampleInspector, clock

pytestmark = pytest.mark.slow


@pytest.fixture
def app(tmp_path):
    return LayerTui(None, "demo:2.0", inspector=SampleInspector(tmp_path), clock=clock)


def type_at_once(app, *keys):
    for key in keys:
        if len(key) == 1:
            app.post_message(Key(key if key.isalnum() else _character_to_key(key), key))
        else:
            app.post_message(Key(key, None))


async def test_what_is_typed_after_the_slash_is_what_is_looked_for(app):
    async with app.run_test(size=(160, 45)) as pilot:
        await at_rest(app, pilot)
        home = app.screen
        type_at_once(app, "4", "/", *"motd")
        await at_rest(app, pilot)
        assert isinstance(app.focused, FindLine)
        assert app.focused.value == "motd"
        assert home.panes.files.path.endswith("motd")


async def test_the_filter_is_typed_kept_and_opened_again_in_one_moment(app):
    async with app.run_test(size=(160, 45)) as pilot:
        await at_rest(app, pilot)
        type_at_once(app, "1", "/", *"demo", "enter", "j", "/", "x", "escape")
        await at_rest(app, pilot)
        assert app.focused is app.screen.panes.images
        assert app.screen.finding.finder.pattern("images") is None


@pytest.mark.parametrize(("key", "dialog"), [("t", TagDialog), ("x", SaveDialog)])
async def test_what_is_typed_after_the_key_of_a_dialog_stands_in_its_first_field(app, key, dialog):
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        image = app.screen.state.selection.name
        type_at_once(app, "1", key, *"jdx:1")
        await at_rest(app, pilot)
        assert isinstance(app.screen, dialog)
        assert app.screen.query(Input).first().value == "jdx:1"
        assert app.screen_stack[0].state.selection.name == image


async def test_what_is_pasted_comes_in_its_turn(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        type_at_once(app, "4", "/", "e")
        app.post_message(Paste("tc/mo"))
        type_at_once(app, "t", "d")
        await at_rest(app, pilot)
        assert app.focused.value == "etc/motd"


async def test_escape_and_a_letter_in_one_moment_are_both_heard(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        type_at_once(app, "?")
        await at_rest(app, pilot)
        assert isinstance(app.screen, HelpScreen)
        app.post_message(Key("alt+4", "4"))  # as the terminal has it
        await at_rest(app, pilot)
        assert app.screen.panes.focused == "files"


async def test_a_key_waits_for_nobody_who_is_gone(app):
    """What is taken off the screen never has its turn."""
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        home, row = app.screen, app.screen.panes.files.cursor
        type_at_once(app, *["?", "escape"] * 5, "4", "j")
        await at_rest(app, pilot)
        assert app.screen is home
        assert (home.panes.focused, home.panes.files.cursor) == ("files", row + 1)


async def test_two_hundred_moves_in_one_moment_are_all_made_before_what_is_typed_then(app):
    async with app.run_test(size=(160, 45)) as pilot:
        await at_rest(app, pilot)
        home = app.screen
        type_at_once(app, "4", "*", *["down"] * 200, "up", *["up"] * 3, "pagedown", "j", "j", "/")
        await at_rest(app, pilot)
        assert isinstance(app.focused, FindLine)
        assert home.panes.files.cursor == len(home.panes.files.shape) - 1
        type_at_once(app, "escape", "home", *["down"] * 4, "up", "enter")
        await at_rest(app, pilot)
        assert home.panes.files.cursor == 3
        assert home.panes.details.tab == "file"
