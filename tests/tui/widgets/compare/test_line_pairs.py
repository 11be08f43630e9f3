from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.tui.widgets.compare import line_pairs
from layertui.tui.widgets.compare.line_pairs import line_up


def pairs_of(left, right):
    """The lines one by one, numbers from 1."""
    pairs = []
    for block in line_up(left, right).blocks:
        for at in range(block.rows):
            one, other = block.a + at, block.b + at
            pairs.append((one + 1 if one < block.a_end else 0, other + 1 if other < block.b_end else 0, block.same))
    return pairs


texts = st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f"]), max_size=14)


@pytest.fixture(params=[3000, 2], ids=["short", "long"], scope="module", autouse=True)
def limit(request):
    """Both ways through: everything given to difflib, and nearly nothing."""
    kept, line_pairs.LINE_LIMIT = line_pairs.LINE_LIMIT, request.param
    yield
    line_pairs.LINE_LIMIT = kept


@given(texts, texts)
def test_every_line_of_both_sides_is_there_once_and_in_order(left, right):
    pairs = pairs_of(left, right)
    assert [one for one, _, _ in pairs if one] == list(range(1, len(left) + 1))
    assert [other for _, other, _ in pairs if other] == list(range(1, len(right) + 1))
    for one, other, same in pairs:
        if same:
            assert left[one - 1] == right[other - 1]


@pytest.mark.slow
@given(texts, texts)
def test_blocks_that_are_the_same_and_such_that_differ_take_turns(left, right):
    kinds = [block.same for block in line_up(left, right).blocks]
    assert all(one != other for one, other in pairwise(kinds))


@given(texts)
def test_a_text_beside_itself_differs_nowhere(text):
    assert all(block.same for block in line_up(text, text).blocks)


@given(texts, st.lists(st.sampled_from(["x", "y"]), min_size=1, max_size=5), st.data())
def test_lines_put_in_are_all_that_differs(text, new, data):
    at = data.draw(st.integers(0, len(text)))
    both = [*text[:at], *new, *text[at:]]
    assert sum(not same for _, _, same in pairs_of(text, both)) == len(new)


def test_a_long_text_is_parted_at_lines_that_each_side_has_once():
    left = [f"line {number}" for number in range(400)]
    right = ["new", *left[:100], *left[120:300], "changed", *left[301:], "last"]
    assert sum(same for _, _, same in pairs_of(left, right)) == 379


def test_where_nothing_can_be_lined_up_the_numbers_count():
    assert line_up(["a"] * 4, ["x"] * 4).by_number == (line_pairs.LINE_LIMIT == 2)
    if line_pairs.LINE_LIMIT == 2:
        assert pairs_of(["a", "b", "b", "c"], ["x", "b", "b", "y", "z"]) == [
            (1, 1, False),
            (2, 2, True),
            (3, 3, True),
            (4, 4, False),
            (0, 5, False),
        ]
