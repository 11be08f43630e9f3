import pytest

from layertui.tui.widgets.compare.content_diff import ContentDiff
from layertui.tui.widgets.compare.line_pairs import line_up
from tui_stage import Stage


class OneDiff(Stage):
    def compose(self):
        yield ContentDiff()


def shown(app, left, right):
    view = app.query_one(ContentDiff)
    view.show(left, right, line_up(left, right), ("a", "b"))
    view.focus()
    return view


def lines_of(view, height=12):
    return [view.render_line(y).text.rstrip() for y in range(height)]


@pytest.mark.parametrize(("width", "rows"), [(80, 4), (120, 3)])
async def test_two_columns_where_there_is_room(width, rows):
    app = OneDiff()
    async with app.run_test(size=(width, 12)) as pilot:
        view = shown(app, ["same", "old", "gone"], ["same", "new"])
        await pilot.pause()
        assert view.count == rows
        assert view.cursor == 1  # the first difference
        assert view.where == "1 of 1 difference"
        await pilot.press("N")
        assert view.cursor == 1
        text = "\n".join(lines_of(view))
        assert "old" in text
        assert "new" in text


async def test_n_goes_from_difference_to_difference():
    left = ["1", "x", "3", "4", "y", "6"]
    right = ["1", "a", "3", "4", "b", "6"]
    app = OneDiff()
    async with app.run_test(size=(120, 12)) as pilot:
        view = shown(app, left, right)
        await pilot.press("n")
        assert (view.cursor, view.where) == (4, "2 of 2 differences")
        await pilot.press("n")
        assert view.cursor == 4
        await pilot.press("N")
        assert view.cursor == 1


async def test_a_jump_leaves_some_lines_before_it_in_sight():
    left = [str(number) for number in range(500)]
    right = [*left[:300], "new", *left[301:]]
    app = OneDiff()
    async with app.run_test(size=(120, 20)) as pilot:
        view = shown(app, left, right)
        await pilot.pause()
        assert view.cursor == 300
        assert any(line.startswith("299 ") for line in lines_of(view))


@pytest.mark.parametrize("width", [80, 120])
async def test_what_is_the_same_folds_away_and_comes_back(width):
    left = [f"line {number}" for number in range(40)]
    right = [*left[:20], "new", *left[21:]]
    app = OneDiff()
    async with app.run_test(size=(width, 30)) as pilot:
        view = shown(app, left, right)
        whole = view.count
        await pilot.press("z")
        text = "\n".join(lines_of(view, 16))
        assert "17 lines the same" in text
        assert "16 lines the same" in text
        assert "line 17" in text
        assert "line 16\n" not in text
        assert view.where == "1 of 1 difference"
        await pilot.press("g", "enter")
        assert view.count == whole


@pytest.mark.slow
async def test_both_sides_scroll_sideways_together_as_far_as_the_longest_line():
    left, right = ["0123456789" * 30 + "end"], ["0123456789" * 30 + "other end"]
    app = OneDiff()
    async with app.run_test(size=(120, 8)) as pilot:
        view = shown(app, left, right)
        assert "end" not in lines_of(view)[1]
        await pilot.press(*["l"] * 80)
        assert lines_of(view)[1].count("end") == 1
        assert view.shift == 301  # eight letters of the longest stay in sight
        await pilot.press(*["h"] * 80)
        assert view.shift == 0


async def test_words_that_differ_are_marked_on_both_sides():
    app = OneDiff()
    async with app.run_test(size=(120, 8)):
        view = shown(app, ["port = 8080  # here"], ["port = 9090  # here"])
        marked = [
            segment.text for segment in view.render_line(1) if segment.style.bgcolor == view.inks.style("was").bgcolor
        ]
        assert marked == ["8080"]
        marked = [
            segment.text for segment in view.render_line(1) if segment.style.bgcolor == view.inks.style("now").bgcolor
        ]
        assert marked == ["9090"]
