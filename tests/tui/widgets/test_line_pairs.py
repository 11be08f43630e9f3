import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.tui.widgets import line_pairs
from layertui.tui.widgets.line_pairs import line_up

texts = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f"]), max_size=14)


@pytest.fixture(params=[3000, 2], ids=["short", "long"], scope="module", autouse=True)
def limit(request):
    """Both ways through: everything given to difflib, and nearly nothing."""
    kept, line_pairs.LINE_LIMIT = line_pairs.LINE_LIMIT, request.param
    yield
    line_pairs.LINE_LIMIT = kept


@given(texts, texts)
def test_every_line_of_both_sides_is_there_once_and_in_order(left, right):
    pairs = line_up(left, right).pairs
    assert [pair.left for pair in pairs if pair.left] == list(range(1, len(left) + 1))
    assert [pair.right for pair in pairs if pair.right] == list(range(1, len(right) + 1))
    for pair in pairs:
        if pair.left and pair.right:
            assert pair.same == (left[pair.left - 1] == right[pair.right - 1])


@given(texts)
def test_a_text_beside_itself_differs_nowhere(text):
    assert all(pair.same for pair in line_up(text, text).pairs)


@given(texts, st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=5), st.data())
def test_lines_put_in_are_all_that_differs(text, new, data):
    at = data.draw(st.integers(0, len(text)))
    found = line_up(text, [*text[:at], *new, *text[at:]])
    assert sum(not pair.same for pair in found.pairs) == len(new)
    assert not found.by_number or len(new) > line_pairs.LINE_LIMIT


def test_a_long_text_is_parted_at_lines_that_each_side_has_once():
    left = [f"line {number}" for number in range(400)]
    right = ["new", *left[:100], *left[120:300], "changed", *left[301:], "last"]
    found = line_up(left, right)
    assert not found.by_number or line_pairs.LINE_LIMIT == 2
    assert sum(pair.same for pair in found.pairs) == 379


def test_where_nothing_can_be_lined_up_the_numbers_count():
    left, right = ["a", "b", "c"], ["x", "b", "y"]
    found = line_up(left, right)
    assert [(pair.left, pair.right, pair.same) for pair in found.pairs] == [(1, 1, False), (2, 2, True), (3, 3, False)]
    assert line_up(["a"] * 4, ["x"] * 4).by_number == (line_pairs.LINE_LIMIT == 2)
