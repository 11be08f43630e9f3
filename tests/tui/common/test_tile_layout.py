"""Rectangles of a treemap: they fill the area, none overlaps, none is lost, and the large ones are in proportion."""

from hypothesis import given
from hypothesis import strategies as st

from layertui.tui.common.tile_layout import Rect, tiled

AREAS = st.builds(Rect, st.integers(0, 5), st.integers(0, 5), st.integers(1, 60), st.integers(1, 30))
WEIGHTS = st.lists(st.integers(1, 10**12), min_size=1, max_size=400).map(lambda sizes: sorted(sizes, reverse=True))


@given(AREAS, WEIGHTS)
def test_they_fill_the_area_and_none_overlaps(area, weights):
    weights = weights[: area.cells]
    rects = tiled(weights, area)
    assert len(rects) == len(weights)
    assert all(rect.width >= 1 and rect.height >= 1 for rect in rects)
    cells = [
        (x, y)
        for rect in rects
        for x in range(rect.x, rect.x + rect.width)
        for y in range(rect.y, rect.y + rect.height)
    ]
    assert len(cells) == len(set(cells)) == area.cells
    assert {x for x, _ in cells} == set(range(area.x, area.x + area.width))
    assert {y for _, y in cells} == set(range(area.y, area.y + area.height))


@given(AREAS, st.lists(st.integers(1, 10**12), min_size=1, max_size=400))
def test_in_any_order_of_the_weights(area, weights):
    weights = weights[: area.cells]
    assert sum(rect.cells for rect in tiled(weights, area)) == area.cells


def test_areas_are_as_the_weights():
    rects = tiled([50, 25, 25], Rect(0, 0, 80, 20))
    assert [rect.cells for rect in rects] == [800, 400, 400]


def test_names_are_wide_so_are_the_rectangles():
    rects = tiled([1] * 16, Rect(0, 0, 96, 16))
    assert all(1.5 <= rect.width / rect.height <= 6 for rect in rects)


def test_the_smallest_keeps_a_cell():
    rects = tiled([10**15, 1, 1], Rect(0, 0, 10, 3))
    assert min(rect.cells for rect in rects) >= 1
    assert sum(rect.cells for rect in rects) == 30
