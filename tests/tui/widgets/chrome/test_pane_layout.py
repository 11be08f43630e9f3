"""The regions of the panes: whatever the size, they cover the screen and do not overlap."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.geometry import Region

from layertui.tui.widgets.chrome.pane_layout import (
    CONTAINERS,
    DETAILS,
    FILES,
    IMAGES,
    LAYERS,
    PANES,
    Arrangement,
    pane_regions,
)

ROWS = st.dictionaries(st.sampled_from(PANES), st.integers(0, 500))


@given(
    width=st.integers(40, 260),
    height=st.integers(17, 120),
    focused=st.sampled_from(PANES),
    zoom=st.integers(0, 2),
    rows=ROWS,
)
def test_panes_cover_the_screen_and_each_cell_once(width, height, focused, zoom, rows):
    found = pane_regions(width, height, Arrangement(focused, zoom, rows=rows))
    assert focused in found
    assert sum(region.area for region in found.values()) == width * height
    regions = list(found.values())
    for number, region in enumerate(regions):
        assert region.width > 0
        assert region.height > 0
        assert 0 <= region.x < region.right <= width
        assert 0 <= region.y < region.bottom <= height
        assert not any(region.overlaps(other) for other in regions[number + 1 :])


@pytest.mark.parametrize("focused", PANES)
def test_on_a_narrow_screen_the_pane_in_focus_has_room(focused):
    found = pane_regions(80, 22, Arrangement(focused, rows=dict.fromkeys(PANES, 50)))
    assert found[focused].height >= 9
    assert all(region.height >= 1 for region in found.values())


@pytest.mark.parametrize("width", [20, 80, 120, 200])
def test_on_a_low_screen_the_pane_in_focus_stands_alone(width):
    assert pane_regions(width, 3, Arrangement(FILES)) == {FILES: Region(0, 0, width, 3)}
    assert set(pane_regions(width, 10, Arrangement(FILES))) == set(PANES)


def test_a_short_list_leaves_its_room_to_the_next_pane():
    found = pane_regions(160, 43, Arrangement(FILES, rows={IMAGES: 3, CONTAINERS: 2}))
    assert found[IMAGES].height == 5
    assert found[CONTAINERS].height == 38


def test_a_short_history_leaves_its_room_to_the_details_in_few_steps():
    heights = [pane_regions(200, 48, Arrangement(IMAGES, rows={LAYERS: rows}))[LAYERS].height for rows in range(60)]
    assert heights[:4] == [11] * 4
    assert heights[20] == 25
    assert heights[-1] == 30
    assert len(set(heights)) == 5
    assert all(tall >= min(rows + 2, 30) for rows, tall in enumerate(heights))


def test_columns_by_width():
    assert len({region.x for region in pane_regions(160, 43, Arrangement()).values()}) == 3
    assert len({region.x for region in pane_regions(120, 38, Arrangement()).values()}) == 2
    assert {region.x for name, region in pane_regions(80, 22, Arrangement()).items() if name != CONTAINERS} == {0}


@pytest.mark.parametrize("size", [(80, 22), (120, 38), (200, 48)])
@pytest.mark.parametrize("focused", [LAYERS, FILES, DETAILS])
def test_zoom_gives_the_pane_more_and_then_everything(size, focused):
    plain, large, whole = (pane_regions(*size, Arrangement(focused, zoom))[focused].area for zoom in (0, 1, 2))
    assert plain < large < whole == size[0] * size[1]
