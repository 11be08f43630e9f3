import pytest

from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.container.container_lists import LogList
from tui_stage import Stage


class Framed(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.turned = []

    def compose(self):
        yield TabFrame(
            (("one", "One"), ("two", "Two"), ("three", "Three")), *[LogList(id=tab) for tab in ("one", "two", "three")]
        )

    def on_tab_frame_changed(self, event):
        self.turned.append(event.tab)


async def test_the_names_are_in_the_frame_and_a_click_turns_to_one():
    app = Framed()
    async with app.run_test(size=(60, 10)) as pilot:
        frame = app.query_one(TabFrame)
        frame.note("two", "12 \x1b[2J")
        app.query_one("#one").focus()
        await pilot.pause()
        await pilot.click(TabFrame, offset=(11, 0))
        await pilot.pause()
        assert (frame.current, app.turned) == ("two", ["two"])
        assert app.focused.id == "two"
        assert frame._border_title.plain == "1 One · 2 Two (12 \\x1b[2J) · 3 Three"


@pytest.mark.slow
async def test_where_room_is_short_the_gaps_give_way_and_then_the_notes():
    app = Framed()
    async with app.run_test(size=(40, 10)) as pilot:
        frame = app.query_one(TabFrame)
        frame.note("two", "1234")
        await pilot.pause()
        assert frame._border_title.plain == "1 One · 2 Two (1234) · 3 Three"
        await pilot.resize_terminal(34, 10)
        await pilot.pause()
        assert frame._border_title.plain == "1 One  2 Two (1234)  3 Three"
        await pilot.click(TabFrame, offset=(24, 0))
        assert frame.current == "three"
        await pilot.resize_terminal(30, 10)
        await pilot.pause()
        assert frame._border_title.plain == "1 One · 2 Two · 3 Three"


async def test_a_note_that_there_is_nothing_gives_way_before_a_number():
    app = Framed()
    async with app.run_test(size=(32, 10)) as pilot:
        frame = app.query_one(TabFrame)
        frame.note("one", "none")
        frame.note("two", "12")
        await pilot.pause()
        assert frame._border_title.plain == "1 One  2 Two (12)  3 Three"


async def test_keys_go_round():
    app = Framed()
    async with app.run_test(size=(60, 10)) as pilot:
        app.query_one("#one").focus()
        await pilot.press("ctrl+left", "ctrl+right", "ctrl+right")
        assert app.turned == ["three", "one", "two"]
        app.query_one(TabFrame).turn_to("two")
        await pilot.pause()
        assert app.turned == ["three", "one", "two"]
