"""The size map as a table: a click on a title sorts by it."""

import pytest

from layertui.tui.widgets.size.changed_table import ChangedTable
from layertui.tui.widgets.size.size_table import SizeTable
from tui_stage import Stage


class Tables(Stage):
    """One table."""

    def __init__(self, table):
        super().__init__()
        self.table = table

    def compose(self):
        yield self.table


@pytest.mark.parametrize(("kind", "titles"), [(SizeTable, ("hidden", "name")), (ChangedTable, ("changed", "name"))])
async def test_a_click_on_a_title_sorts_by_it_and_the_next_by_size(kind, titles):
    app = Tables(kind())
    async with app.run_test(size=(120, 12)) as pilot:
        head = "".join(text for text, _ in app.table.draw_head(0, app.table.size.width))
        for title in titles:
            await pilot.click(kind, offset=(head.index(title) + 1, 0))
            assert app.table.order_name == kind.HEADS[title]
            assert f"{title} ▾" in str(app.table.render_line(0).text)
            await pilot.click(kind, offset=(head.index(title) + 1, 0))
            assert app.table.order_name == "size"
            assert "▾" not in str(app.table.render_line(0).text)
