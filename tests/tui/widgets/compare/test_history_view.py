import pytest

from builders import file, image, layer
from layertui.core.images.compare.compare_images import compare
from layertui.core.images.history_steps import steps
from layertui.tui.widgets.compare.history_rows import marked_words, rows_of, step_lines
from layertui.tui.widgets.compare.history_view import HistoryView
from layertui.tui.widgets.lists.row_list import plain
from layertui.tui.widgets.text.text_match import Pattern
from tui_stage import Stage
from tui_values import BASE, NOP, comparison, opened, sizes


class OneView(Stage):
    def compose(self):
        yield HistoryView(id="history")


def ops(rows):
    return [row.pair.op if row.pair is not None else "base" for row in rows]


def test_newest_on_top_and_the_base_at_the_bottom_in_one_row():
    rows = rows_of(comparison(), unfolded=False, columns=True)
    assert ops(rows) == ["only_b", "only_a", "same", "changed", "changed", "base"]


def test_unfolded_the_base_shows_its_steps():
    rows = rows_of(comparison(), unfolded=True, columns=True)
    assert ops(rows)[5:] == ["base", "same", "same", "same", "same"]
    assert all(row.shared for row in rows[5:])


def test_in_one_column_a_changed_step_takes_two_lines():
    rows = rows_of(comparison(), unfolded=False, columns=False)
    assert [row.side for row in rows if row.pair is not None and row.pair.op == "changed"] == ["a", "b", "a", "b"]


def test_the_filter_looks_at_both_sides_and_into_the_base():
    found = rows_of(comparison(), unfolded=False, columns=True, wanted=Pattern.of("python3=3.12"))
    assert ops(found) == ["changed"]
    assert ops(rows_of(comparison(), unfolded=False, columns=True, wanted=Pattern.of("copy etc"))) == ["same"]


def test_the_words_that_differ_stand_out():
    pieces = marked_words("RUN apk add python3=3.12", "RUN apk add python3=3.11", "changed")
    assert pieces == [("RUN apk add python3=", "changed"), ("3.12", "changed strong")]


def test_what_differs_is_in_sight_however_long_the_command():
    long = "RUN " + " ".join(f"--flag-{number}" for number in range(40))
    shown = "".join(text for text, _ in marked_words(long + " --last", long + " --first", "changed", 60))
    assert shown.startswith("…")
    assert shown.endswith("--last")
    assert len(shown) <= 60


@pytest.mark.slow
@pytest.mark.parametrize(("height", "rows"), [(15, 6), (16, 6), (17, 10), (50, 10)])
async def test_the_base_stands_unfolded_where_folded_it_would_leave_many_lines_empty(height, rows):
    app = OneView()
    async with app.run_test(size=(200, height)) as pilot:
        view = app.query_one(HistoryView)
        view.show(comparison(), ("demo:1.0", "demo:2.0"))
        assert view.count == rows
        view.focus()
        await pilot.press("end", *["up"] * (rows - 6), "space")
        assert view.count == 16 - rows  # folded, and unfolded


@pytest.mark.parametrize("width", [80, 120, 200])
async def test_every_line_is_as_wide_as_the_view(width):
    app = OneView()
    async with app.run_test(size=(width, 24)) as pilot:
        view = app.query_one(HistoryView)
        view.show(comparison(), ("demo:1.0", "demo:2.0"))
        await pilot.pause()
        lines = [view.render_line(y) for y in range(12)]
        assert {line.cell_length for line in lines} == {width}
        text = "\n".join(line.text for line in lines)
        assert "shared base: 3 layers, 4 steps, 73kB" in text
        assert "+412kB" in text


async def test_where_there_is_room_is_asked_when_the_size_is_known():
    class Early(Stage):
        def compose(self):
            view = HistoryView(id="history")
            view.show(comparison(), ("shop:2.0", "shop:2.1"))  # nothing is laid out yet
            yield view

    app = Early()
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.pause()
        view = app.query_one(HistoryView)
        assert view.unfolded
        view.cursor = next(index for index, row in enumerate(view.rows) if row.pair is None)
        view.action_choose()
        await pilot.resize_terminal(150, 45)
        await pilot.pause()
        assert not view.unfolded


async def test_enter_unfolds_the_base_and_chooses_any_other_row():
    app = OneView()
    async with app.run_test(size=(120, 16)) as pilot:
        view = app.query_one(HistoryView)
        view.show(comparison(), ("a", "b"))
        view.focus()
        await pilot.press("end", "enter")
        assert view.count == 10
        assert view.rows[view.cursor].pair is None
        await pilot.press("enter")
        assert view.count == 6


@pytest.mark.slow
async def test_the_cursor_stays_on_its_step_when_the_columns_go():
    app = OneView()
    async with app.run_test(size=(120, 24)) as pilot:
        view = app.query_one(HistoryView)
        view.show(comparison(), ("a", "b"))
        view.focus()
        await pilot.press("down", "down", "down", "down")
        pair = view.pair_at(view.cursor)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert view.pair_at(view.cursor) is pair


async def test_equal_histories_are_shown_not_hidden_in_the_base():
    one, other = opened(*[image([BASE], history=["ADD x"], tags=[tag]) for tag in ("a:1", "b:1")][:1]) * 2
    app = OneView()
    async with app.run_test(size=(120, 24)) as pilot:
        view = app.query_one(HistoryView)
        view.show(compare(one, other, steps(one, sizes), steps(other, sizes)), ("a", "b"))
        await pilot.pause()
        assert ops(view.rows) == ["base", "same"]


async def test_control_characters_of_a_command_are_shown_not_obeyed():
    bad = image([layer([])], history=["RUN \x1b[31mred\x07 [bold]not markup[/bold]"], tags=["a:1"])
    (one,) = opened(bad)
    app = OneView()
    async with app.run_test(size=(140, 24)) as pilot:
        view = app.query_one(HistoryView)
        view.show(compare(one, one), ("a", "b"))
        await pilot.pause()
        text = "\n".join(view.render_line(y).text for y in range(6))
        assert "\x1b" not in text
        assert "RUN \\x1b[31mred\\x07 [bold]not markup[/bold]" in text


def test_the_details_of_a_step_have_the_raw_command_and_the_identities():
    step = comparison().history[1].a
    text = plain(step_lines(step))
    assert text[0] == NOP + ' CMD ["sh"]'
    assert "metadata only, made no layer" in text
    layered = plain(step_lines(comparison().history[0].a))
    assert any(line.startswith("DiffID  sha256:") for line in layered)
    assert plain(step_lines(None)) == ["no such step on this side"]


COPY_MOTD, TZ, RUN = (layer([file(name, name)]) for name in ("motd", "tz", "run"))


def moved():
    """Two images with one layer at a higher position, and another one made by another command."""
    one = image([BASE, COPY_MOTD, TZ], history=["ADD base /", "COPY motd /etc", "RUN set tz"], tags=["a:1"])
    two = image(
        [BASE, TZ, COPY_MOTD, RUN], history=["ADD base /", "RUN put tz", "COPY motd /etc", "RUN x"], tags=["b:1"]
    )
    one, two = opened(one, two)
    return compare(one, two, steps(one, sizes), steps(two, sizes))


@pytest.mark.parametrize("width", [78, 118, 198])
async def test_what_moved_and_what_is_the_same_layer_is_said(width):
    app = OneView()
    async with app.run_test(size=(width, 24)) as pilot:
        view = app.query_one(HistoryView)
        view.show(moved(), ("a", "b"))
        await pilot.pause()
        lines = [view.render_line(y).text for y in range(2, 10)]
        told = [line for line in lines if "moved" in line]
        assert len(told) == 2
        assert all("moved, layer " in line for line in told)
        assert any("↑" in line for line in told)
        assert any("↓" in line for line in told)


@pytest.mark.parametrize(("width", "word"), [(78, "= layer"), (118, "same layer")])
async def test_equal_content_under_other_words_is_said(width, word):
    one = image([BASE, TZ], history=["ADD base /", "RUN set tz"], tags=["a:1"])
    two = image([BASE, TZ], history=["ADD base /", "RUN put tz"], tags=["b:1"])
    one, two = opened(one, two)
    app = OneView()
    async with app.run_test(size=(width, 24)) as pilot:
        view = app.query_one(HistoryView)
        view.show(compare(one, two, steps(one, sizes), steps(two, sizes)), ("a", "b"))
        await pilot.pause()
        text = "\n".join(view.render_line(y).text for y in range(2, 6))
        assert "≡" in text
        assert word in text


async def test_the_base_points_at_the_first_difference_and_wide_rows_have_totals():
    app = OneView()
    async with app.run_test(size=(198, 24)) as pilot:
        view = app.query_one(HistoryView)
        view.show(comparison(), ("a", "b"))
        await pilot.pause()
        text = [view.render_line(y).text for y in range(8)]
        assert "▲ first difference: step 5" in text[7]
        assert "total" in text[1]
        assert "4.78MB" in next(line for line in text if "COPY app" in line)


@pytest.mark.slow
async def test_n_goes_from_row_to_row_that_differs():
    app = OneView()
    async with app.run_test(size=(118, 24)) as pilot:
        view = app.query_one(HistoryView)
        view.show(comparison(), ("a", "b"))
        view.focus()
        await pilot.press("n", "n", "n", "n", "n")
        assert view.cursor == 4
        await pilot.press("N", "N")
        assert view.cursor == 1  # the one between is the same on both sides


async def test_it_begins_on_the_first_row_that_differs():
    history = [{"created_by": "ADD x /"}, {"created_by": 'CMD ["sh"]', "empty_layer": True}]
    images = [image([layer([file("a", text)])], history=history) for text in ("1", "2")]
    app = OneView()
    async with app.run_test(size=(118, 24)):
        view = app.query_one(HistoryView)
        view.show(compare(*opened(*images)), ("a", "b"))
        assert [row.differs for row in view.rows[:2]] == [False, True]
        assert view.cursor == 1


def test_the_filter_takes_what_the_other_filters_take():
    assert ops(rows_of(comparison(), unfolded=False, columns=True, wanted=Pattern.of("/python3=3\\.1[12]/"))) == [
        "changed"
    ]
