"""Resizing never loses the cursor on the other screens either: the row under it stays, and is visible. Home has its own test."""

import pytest

from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.size.files_by_size_screen import FilesBySizeScreen
from layertui.tui.widgets.lists.row_list import RowList
from tui_stage import Stage
from tui_values import built, flat
from tui_world import World

pytestmark = pytest.mark.slow

SIZES = [(80, 24), (50, 14), (200, 50), (100, 30), (60, 16), (150, 40)]
SCREENS = {
    "history": (lambda world: CompareScreen("demo:1.0", "demo:2.0"), ["1"]),
    "files": (lambda world: CompareScreen("demo:1.0", "demo:2.0"), ["2"]),
    "config": (lambda world: CompareScreen("demo:1.0", "demo:2.0"), ["3"]),
    "namespaces": (lambda world: ContainerScreen("kind_banzai"), []),
    "writable layer": (lambda world: ContainerScreen("kind_banzai"), ["3"]),
    "lookup": (lambda world: LookupScreen("demo:2.0", "/etc/motd"), ["enter"]),
    "files by size": (
        lambda world: FilesBySizeScreen("demo:2.0", world.inspector.stack(world.inspector.open("demo:2.0")), 1, 3),
        [],
    ),
}


@pytest.mark.parametrize("name", SCREENS)
async def test_the_cursor_of_a_list(name, tmp_path):
    world = World(tmp_path, *built(), flat())
    world.container()
    make, keys = SCREENS[name]
    app = Stage(make(world), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        for key in [*keys, "G", "k"]:
            await pilot.press(key)
            await app.quiet(pilot)
        rows = app.focused
        assert isinstance(rows, RowList)
        said = rows.to_copy()  # a narrow history has more lines than a wide one
        for size in SIZES:
            await pilot.resize_terminal(*size)
            await app.quiet(pilot)
            assert app.focused is rows
            assert rows.to_copy() == said
            line = rows.cursor - int(rows.scroll_offset.y)
            assert 0 <= line < max(1, rows.scrollable_content_region.height - rows.head_height)
