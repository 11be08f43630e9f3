from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from textual.binding import Binding
from textual.events import MouseScrollDown, MouseScrollUp

from layertui.tui.widgets.lists.row_list import RowList
from tui_stage import Stage


class Numbers(RowList):
    """A row says its number, and remembers that it was drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.head_height = 1
        self.drawn = set()

    def draw_head(self, line, width):
        return [("number", "title")]

    def draw_row(self, index, width):
        self.drawn.add(index)
        return [(str(index), "")]


class Listening(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.moved, self.chosen = [], []

    def compose(self):
        yield Numbers()

    def on_row_list_moved(self, event):
        self.moved.append(event.index)

    def on_row_list_chosen(self, event):
        self.chosen.append(event.index)


@asynccontextmanager
async def listening(count, app=None):
    """The app, its list with so many rows and the focus, and the pilot."""
    app = app or Listening()
    async with app.run_test(size=(40, 12)) as pilot:
        rows = app.query_one(Numbers)
        rows.show_count(count)
        rows.focus()
        yield app, rows, pilot


async def test_the_wheel_turns_to_each_row_where_few_are_in_sight():
    async with listening(9) as (_app, rows, pilot):
        rows.styles.height = 2
        await pilot.pause()
        await pilot._post_mouse_events([MouseScrollDown], widget=rows, offset=(3, 1), button=0)
        await pilot.pause()
        assert rows.scroll_offset.y == 1
        await pilot._post_mouse_events([MouseScrollUp], widget=rows, offset=(3, 1), button=0)
        await pilot.pause()
        assert rows.scroll_offset.y == 0


async def test_of_a_million_rows_only_those_in_sight_are_drawn():
    async with listening(1_000_000) as (_app, rows, pilot):
        await pilot.press("end")
        await pilot.pause()
        assert rows.cursor == 999_999
        assert len(rows.drawn) < 60
        assert rows.render_line(11).text.strip() == "▌999999"


@pytest.mark.slow
async def test_the_head_stays_and_the_cursor_stays_in_sight():
    async with listening(100) as (_app, rows, pilot):
        await pilot.press("pagedown", "j", "j", "k")
        assert rows.cursor == 12
        assert rows.render_line(0).text.strip() == "number"
        assert "▌12" in [rows.render_line(y).text.strip() for y in range(12)]
        await pilot.press("G")
        assert rows.cursor == 99
        await pilot.press("g")
        assert rows.cursor == 0


@pytest.mark.slow
async def test_digits_before_a_key_are_its_count():
    async with listening(100) as (_app, rows, pilot):
        for keys, cursor in (
            ("5j", 5),
            ("j", 6),  # a count is for one key
            ("12k", 0),
            ("0j", 1),  # 0 begins no count
            ("20G", 19),
            ("30g", 29),
            ("7yj", 30),  # another key ends it
            ("999999999999j", 99),
            ("g", 0),
        ):
            await pilot.press(*keys)
            assert (keys, rows.cursor) == (keys, cursor)


class WithNumbers(Listening):
    BINDINGS: ClassVar = [Binding("1", "bell"), Binding("2", "bell")]


@pytest.mark.slow
async def test_where_digits_are_keys_there_are_no_counts():
    async with listening(100, WithNumbers()) as (_app, rows, pilot):
        await pilot.press("2", "5", "j")
        assert rows.cursor == 1


@pytest.mark.slow
async def test_enter_and_a_second_click_choose():
    async with listening(5) as (app, rows, pilot):
        await pilot.press("down", "enter")
        await pilot.click(Numbers, offset=(2, 4))  # row 3: one line is the head's
        assert rows.cursor == 3
        await pilot.click(Numbers, offset=(2, 4))
        await pilot.click(Numbers, offset=(2, 9))  # below the last row
        assert app.chosen == [1, 3]


@pytest.mark.slow
async def test_a_click_that_leads_here_from_elsewhere_opens_nothing():
    class Two(Listening):
        def compose(self):
            yield from super().compose()
            yield Numbers()

    app = Two()
    async with app.run_test(size=(40, 24)) as pilot:
        other = app.query(Numbers).last()
        for rows in app.query(Numbers):
            rows.show_count(5)
        app.query(Numbers).first().focus()
        await pilot.click(other, offset=(2, 1))  # the cursor is there already
        assert app.focused is other
        assert app.chosen == []
        await pilot.click(other, offset=(2, 1))
        assert app.chosen == [0]


async def test_an_empty_list_chooses_nothing():
    async with listening(0) as (app, _rows, pilot):
        await pilot.press("down", "enter", "G")
        assert app.chosen == []


async def test_a_layout_that_leaves_a_list_as_it_was_draws_no_bar_anew(monkeypatch):
    app = Listening()
    async with app.run_test(size=(40, 12)) as pilot:
        rows = app.query_one(Numbers)
        rows.show_count(100)
        await pilot.pause()
        drawn = []
        monkeypatch.setattr(rows.vertical_scrollbar, "refresh", lambda *_, **__: drawn.append("bar"))
        app.screen.refresh(layout=True)
        await pilot.pause()
        assert drawn == []
        await pilot.resize_terminal(40, 8)
        await pilot.pause()
        assert "bar" in drawn
