"""Resizing never loses the cursor: on every pane of home, at every size, the row under the cursor stays, and is visible."""

import pytest

from home_driver import Driver
from layertui.tui.app import LayerTui
from layertui.tui.widgets.lists.row_list import RowList
from tui_sample import SampleInspector, clock

pytestmark = pytest.mark.slow

SIZES = [(80, 24), (40, 10), (200, 50), (100, 30), (60, 16), (150, 40)]
KEYS = {"images": "1", "containers": "2", "layers": "3", "files": "4"}


@pytest.mark.parametrize("pane", KEYS)
async def test_the_cursor_of_a_pane(pane, tmp_path):
    app = LayerTui(None, inspector=SampleInspector(tmp_path), clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        await driver.press("4", "asterisk", KEYS[pane], "G", "k")
        rows = app.focused
        assert isinstance(rows, RowList)
        at = rows.cursor
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await driver.rest()
            assert app.focused is rows
            assert rows.cursor == at
            line = at - int(rows.scroll_offset.y)
            assert 0 <= line < max(1, rows.scrollable_content_region.height - rows.head_height)
