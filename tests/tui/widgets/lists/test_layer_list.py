"""The layer list: the top first, a container's writable layer apart, steps in their places."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App

from layertui.tui.widgets.lists.layer_list import LayerList, LayerRow, bar, read_only_line
from layertui.tui.widgets.lists.row_list import plain
from layertui.tui.widgets.text.pieces import width_of
from layertui.tui.widgets.text.text_match import Pattern

ROWS = [
    LayerRow("own", 3, "writable layer of kind_banzai", 42, 2, 1, 1),
    LayerRow("layer", 2, "RUN apk add python3", 4_179_000, 61, 1, 0),
    LayerRow("step", 1, 'CMD ["sh"]'),
    LayerRow("layer", 1, "", 1_734_105, 57, 0, 0, missing="no command recorded"),
]


class Listed(App):
    def compose(self):
        yield LayerList()


def drawn(layers, width=70):
    return plain([layers.draw_row(index, width) for index in range(layers.count)])


@given(count=st.integers(0, 10**9), largest=st.integers(1, 10**9), cells=st.integers(1, 20))
def test_a_bar_fits_and_something_shows(count, largest, cells):
    text = bar(min(count, largest), largest, cells)
    assert len(text) == cells
    assert bool(text.strip()) == bool(min(count, largest))


@given(width=st.integers(40, 150))
def test_the_line_fits(width):
    assert width_of(read_only_line(width)) == width


async def test_writable_layer_line_layers_steps():
    async with Listed().run_test(size=(80, 24)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.show_rows(ROWS, number=3)
        await pilot.pause()
        own, line, run, step, add = drawn(layers)
        assert own.split() == ["✎", "42B", "╸", "writable", "layer", "of", "kind_banzai", "+2", "~1", "-1"]
        assert "read-only from here down" in line
        assert run.split()[:3] == ["2", "4.18MB", "━━━━━━━━"]
        assert run.endswith("+61 ~1")
        assert step.split() == ["·", "CMD", '["sh"]']
        assert "no command recorded" in add


@pytest.mark.parametrize("width", [36, 40, 44, 60, 120])
async def test_every_row_fits(width):
    async with Listed().run_test(size=(80, 24)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.show_rows(ROWS)
        assert all(width_of(layers.draw_row(index, width)) <= width for index in range(layers.count))


async def test_the_cursor_steps_over_the_line():
    async with Listed().run_test(size=(80, 24)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.focus()
        layers.show_rows(ROWS, number=3)
        await pilot.press("down")
        assert layers.current.command == "RUN apk add python3"
        await pilot.press("up")
        assert layers.current.kind == "own"


async def test_counts_that_come_later_leave_the_cursor_where_it_is():
    async with Listed().run_test(size=(80, 24)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.show_rows([LayerRow(row.kind, row.number, row.command) for row in ROWS], number=1)
        layers.show_rows(ROWS)
        assert layers.current == ROWS[3]


async def test_steps_without_a_layer_can_be_hidden():
    async with Listed().run_test(size=(80, 24)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.focus()
        layers.show_rows(ROWS, number=1)
        await pilot.press("z")
        assert [row.kind for row in layers.rows] == ["own", "line", "layer", "layer"]
        assert layers.current == ROWS[3]
        await pilot.press("z")
        assert len(layers.rows) == 5


async def test_a_filter_counts_and_keeps_what_fits():
    async with Listed().run_test(size=(80, 24)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.show_rows(ROWS)
        assert layers.narrow(Pattern.of("apk")) == (1, 4)
        assert "apk · 1 of 4" in str(layers.border_subtitle)
        assert layers.narrow(Pattern.of("nothing")) == (0, 4)
        assert drawn(layers) == [" No match."]
        assert layers.narrow(None) == (4, 4)


async def test_commands_cannot_act_on_the_terminal():
    async with Listed().run_test(size=(80, 24)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.show_rows([LayerRow("layer", 1, "RUN [red]\x1b[31m\n\u202e", 1)])
        assert "RUN [red]\\x1b[31m \\u202e" in drawn(layers)[0]


async def test_o_orders_layers_by_size_and_back():
    async with Listed().run_test(size=(80, 24)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.focus()
        layers.show_rows(ROWS, number=1)
        await pilot.press("o")
        assert [row.number for row in layers.rows] == [2, 1, 3]
        assert layers.cursor == 0
        assert "by size" in str(layers.border_subtitle)
        layers.narrow(Pattern.of("writable"))
        assert [row.number for row in layers.rows] == [3]
        layers.narrow(None)
        await pilot.press("down", "o")
        assert [row.kind for row in layers.rows] == ["own", "line", "layer", "step", "layer"]
        assert layers.current.number == layers.rows[layers.cursor].number
        layers.show_waiting("none")
        await pilot.press("o")
        assert not layers.by_size


async def test_the_cursor_stays_on_its_layer_when_the_stacked_order_comes_back():
    async with Listed().run_test(size=(80, 24)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.focus()
        layers.show_rows(ROWS, number=1)
        await pilot.press("o", "down")
        number = layers.current.number
        await pilot.press("o")
        assert layers.current.number == number


@pytest.mark.parametrize("width", [40, 60, 120])
async def test_eleven_steps_that_begin_alike_are_told_apart(width):
    start = "RUN /bin/sh -c set -eux; apt-get update; apt-get install -y --no-install-recommends "
    rows = [LayerRow("step", 0, start + f"package-{number} && rm -rf /var/lib/apt/lists/*") for number in range(11)]
    async with Listed().run_test(size=(120, 40)) as pilot:
        layers = pilot.app.query_one(LayerList)
        layers.show_rows(rows)
        assert len(set(drawn(layers, width))) == 11
        assert all(width_of(layers.draw_row(index, width)) <= width for index in range(layers.count))
