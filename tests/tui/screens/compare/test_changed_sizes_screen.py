"""From a comparison to the size map of what differs, and back to a file of it."""

import pytest

from layertui.tui.screens.compare.changed_sizes_screen import ChangedSizesScreen
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.change_tree import ChangeTree
from tui_sizes import sized
from tui_stage import Stage
from tui_values import built
from tui_world import World


@pytest.mark.slow
async def test_the_files_that_differ_as_areas_as_rows_and_back_to_one_of_them(tmp_path):
    app = Stage(CompareScreen("demo:2.0", "sized:1"), World(tmp_path, *built(), sized()).inspector)

    async def press(*keys):
        for key in keys:
            await pilot.press(key)
            await app.quiet(pilot)

    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        await press("v")
        screen = app.screen
        assert isinstance(screen, ChangedSizesScreen)
        view = screen.view
        assert view.whole.text.startswith("+1.84MB -5.12MB ~120kB in 53 files · largest 5.11MB /usr/lib/python3.12.so")
        lines = [view.treemap.render_line(y).text for y in range(view.treemap.size.height)]
        assert any("- python3.12.so" in line for line in lines)  # readable without colour
        assert any("~ bin/" in line for line in lines)
        await press("tab", "G", "home")
        row = view.table.draw_item(view.table.rows[0], 100)
        assert "".join(text for text, _ in row).split() == ["+1.72MB", "-5.11MB", "96.6%", "usr/"]
        await press("enter", "enter")
        assert str(view.frame.border_subtitle).startswith("/usr/lib · +1.54MB -5.11MB")
        assert "removed: only in demo:2.0" in view.about.text
        await press("enter")
        tree = app.screen.query_one(ChangeTree)
        assert app.screen.query_one(TabFrame).current == "files"
        assert tree.path_at(tree.cursor) == "/usr/lib/python3.12.so"
