import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.tui.widgets import content_diff
from layertui.tui.widgets.content_diff import ContentDiff, pairs_of
from tui_stage import Stage

texts = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12)


class OneDiff(Stage):
    def compose(self):
        yield ContentDiff()


@given(texts, texts)
def test_every_line_of_both_sides_is_there_once_and_in_order(left, right):
    pairs = pairs_of(left, right)
    assert [pair.left for pair in pairs if pair.left] == list(range(1, len(left) + 1))
    assert [pair.right for pair in pairs if pair.right] == list(range(1, len(right) + 1))
    for pair in pairs:
        if pair.left and pair.right:
            assert pair.same == (left[pair.left - 1] == right[pair.right - 1])


@given(texts)
def test_a_text_beside_itself_differs_nowhere(text):
    assert all(pair.same for pair in pairs_of(text, text))


def test_very_long_texts_are_paired_by_number(monkeypatch):
    monkeypatch.setattr(content_diff, "LINE_LIMIT", 2)
    pairs = pairs_of(["a", "b", "c"], ["a", "x"])
    assert [(pair.left, pair.right, pair.same) for pair in pairs] == [(1, 1, True), (2, 2, False), (3, None, False)]


@pytest.mark.parametrize(("width", "rows"), [(80, 4), (120, 3)])
async def test_two_columns_where_there_is_room(width, rows):
    left, right = ["same", "old", "gone"], ["same", "new"]
    app = OneDiff()
    async with app.run_test(size=(width, 12)) as pilot:
        view = app.query_one(ContentDiff)
        view.show(left, right, pairs_of(left, right), ("a", "b"))
        view.focus()
        await pilot.pause()
        assert view.count == rows
        assert view.cursor == 1  # the first difference
        await pilot.press("N")
        assert view.cursor == 1
        text = "\n".join(view.render_line(y).text for y in range(6))
        assert "old" in text
        assert "new" in text


async def test_n_goes_from_difference_to_difference():
    left = ["1", "x", "3", "4", "y", "6"]
    right = ["1", "a", "3", "4", "b", "6"]
    app = OneDiff()
    async with app.run_test(size=(120, 12)) as pilot:
        view = app.query_one(ContentDiff)
        view.show(left, right, pairs_of(left, right), ("a", "b"))
        view.focus()
        await pilot.press("n")
        assert view.cursor == 4
        await pilot.press("N")
        assert view.cursor == 1
