"""The find bar: each letter sends a message, Enter keeps, Esc clears."""

import pytest
from textual.app import App

from layertui.tui.widgets.forms.find_bar import FindBar


class Searched(App):
    def __init__(self, text=""):
        super().__init__()
        self.text, self.heard = text, []

    def compose(self):
        yield FindBar("files", self.text)

    def on_find_bar_typed(self, event):
        self.heard.append(event.text)

    def on_find_bar_closed(self, event):
        self.heard.append(event.keep)


@pytest.mark.slow
async def test_letters_are_reported_as_they_come():
    async with Searched().run_test() as pilot:
        await pilot.press("m", "o", "backspace", "enter")
        await pilot.pause()
        assert pilot.app.heard == ["m", "mo", "m", True]


async def test_escape_clears():
    async with Searched().run_test() as pilot:
        await pilot.press("q", "escape")
        await pilot.pause()
        assert pilot.app.heard == ["q", False]


async def test_tab_and_down_keep():
    for key in ("tab", "down"):
        async with Searched("x").run_test() as pilot:
            await pilot.press(key)
            await pilot.pause()
            assert pilot.app.heard[-1] is True


async def test_what_was_typed_before_is_there_to_go_on_with():
    async with Searched("mot").run_test() as pilot:
        await pilot.press("d")
        await pilot.pause()
        assert pilot.app.heard[-1] == "motd"


async def test_a_count_that_comes_before_the_bar_is_composed_shows():
    class Counted(Searched):
        def compose(self):
            bar = FindBar("files")
            bar.show_count("1 of 2")
            yield bar

    async with Counted().run_test() as pilot:
        assert str(pilot.app.query_one(".count").render()) == "1 of 2"
