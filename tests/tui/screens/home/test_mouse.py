"""Home by the mouse alone: menu, heads, borders, and rows that stay under the pointer."""

import re

import pytest

from home_driver import Driver
from layertui.tui.app import LayerTui
from layertui.tui.screens.actions.row_menu import RowMenu
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.load_dialog import BringInDialog
from layertui.tui.screens.dialogs.tag_dialog import TagDialog
from layertui.tui.widgets.lists.choice_list import ChoiceList
from tui_sample import SampleInspector, clock

pytestmark = pytest.mark.slow


class Mouse(Driver):
    """Clicks on rows and words."""

    def place(self, rows, index):
        """The cell of the screen of a row."""
        line = index - int(rows.scroll_offset.y) + rows.head_height
        return rows.content_region.x + 4, rows.content_region.y + line

    async def row(self, rows, index, *, button=1, times=1):
        await self.at(*self.place(rows, index), button=button, times=times)

    async def at(self, x, y, *, button=1, times=1):
        await self.pilot.click(None, offset=(x, y), button=button, times=times)
        await self.rest()

    async def choose(self, text):
        """A line of the menu that is open."""
        menu = self.app.screen
        assert isinstance(menu, RowMenu)
        at = next(at for at, entry in enumerate(menu._entries) if entry.text == text)
        rows = menu.query_one(ChoiceList)
        x, y = self.place(rows, at)
        await self.pilot.hover(None, offset=(x, y))
        await self.pilot.click(None, offset=(x, y))
        await self.rest()


@pytest.fixture(params=[(80, 24), (160, 45)], ids=["80x24", "160x45"])
async def mouse(request, tmp_path):
    app = LayerTui(None, inspector=SampleInspector(tmp_path), clock=clock)
    async with app.run_test(size=request.param) as pilot:
        driver = Mouse(app, pilot)
        await driver.rest()
        yield driver


async def test_the_menu_of_a_row_is_at_the_pointer_and_does_what_its_keys_do(mouse):
    images = mouse.home.panes.images
    await mouse.row(images, 1, button=3)
    menu = mouse.app.screen
    assert isinstance(menu, RowMenu)
    assert images.current.title == "demo:1.0"
    assert {("Tag", "t"), ("Delete", "d"), ("Create", "c"), ("Mark", "Space")} <= {
        (entry.text, entry.key) for entry in menu._entries
    }
    assert not {"Next tab", "Quit", "Go to Images", "Refresh"} & {entry.text for entry in menu._entries}
    region = menu.query_one(ChoiceList).region
    assert menu.region.contains_region(region)
    await mouse.choose("Tag")
    assert isinstance(mouse.app.screen, TagDialog)


@pytest.mark.parametrize("pane", ["1", "2", "3", "4"])
async def test_each_line_of_a_menu_is_whole_and_is_an_act_of_ours(mouse, pane):
    await mouse.press(pane, "full_stop")
    menu = mouse.app.screen
    assert isinstance(menu, RowMenu)
    assert not [entry for entry in menu._entries if re.match("scroll|page", entry.action)]
    rows = menu.query_one(ChoiceList)
    for at, entry in enumerate(menu._entries[: rows.region.height - 2]):
        assert rows.render_line(at).text.split(entry.text)[1].split() == [entry.key]


async def test_the_menu_by_keyboard_and_a_click_beside_it(mouse):
    await mouse.press("full_stop")
    assert isinstance(mouse.app.screen, RowMenu)
    await mouse.press("escape", "full_stop")
    await mouse.at(mouse.app.size.width - 1, mouse.app.size.height - 1)
    assert mouse.app.screen is mouse.home


async def test_a_right_click_opens_no_row(mouse):
    containers = mouse.home.panes.containers
    await mouse.row(containers, 0)
    await mouse.row(containers, 0, button=3)
    assert not any(isinstance(screen, ContainerScreen) for screen in mouse.app.screen_stack)


async def test_a_right_click_beside_the_rows_shows_what_is_about_none_of_them(mouse):
    await mouse.row(mouse.home.panes.images, 0)
    await mouse.at(1, 0, button=3)
    texts = {entry.text for entry in mouse.app.screen._entries}
    assert {"Load", "Open", "Bookmarks", "Engines", "Help", "Jobs", "Command log", "Quit"} <= texts
    assert not {"Tag", "Create", "Go to Images", "Next pane"} & texts
    await mouse.choose("Load")
    assert isinstance(mouse.app.screen, BringInDialog)
    await mouse.press("escape", "5")
    await mouse.at(1, 0, button=3)
    assert {"Load", "Look up"} <= {entry.text for entry in mouse.app.screen._entries}  # Details has no rows


async def test_the_menu_of_a_tile_of_the_size_map_at_the_pointer_and_by_its_key(mouse):
    await mouse.press("v")
    treemap = mouse.app.screen.view.treemap
    tile = treemap.tiles[-1]
    x, y = treemap.content_region.offset
    await mouse.at(x + tile.stop.x, y + tile.stop.y, button=3)
    texts = [entry.text for entry in mouse.app.screen._entries]
    assert "Go in" in texts
    assert not [text for text in texts if text.startswith("Focus")]
    await mouse.press("escape")
    assert treemap.current == tile
    await mouse.press("full_stop")
    assert [entry.text for entry in mouse.app.screen._entries] == texts


async def test_a_double_click_hits_the_row_under_the_pointer(mouse):
    """The pane grows as it gets the focus; the row stays where it was clicked."""
    files = mouse.home.panes.files
    await mouse.row(mouse.home.panes.images, 0)
    room = files.scrollable_content_region.height - files.head_height
    index = min(3, room - 1)
    folder = files.view.path(files.shape.at(index))
    x, y = mouse.place(files, index)
    await mouse.at(x, y)
    assert files.path == folder
    assert mouse.place(files, files.cursor)[1] == y
    before = len(files.shape)
    await mouse.at(x, y)
    assert files.path == folder
    assert len(files.shape) != before or not files.shape.has_inside(files.index)


async def test_a_click_on_a_head_sorts_by_it(mouse):
    files = mouse.home.panes.files
    await mouse.row(files, 0)
    head = "".join(text for text, _ in files.draw_head(0, files.scrollable_content_region.width))
    x, y = files.content_region.x + head.index("size") + 1, files.content_region.y
    await mouse.at(x, y)
    assert files.order == "size"
    await mouse.at(x, y)
    assert files.order == "name"


async def test_a_border_is_dragged_and_stays(mouse):
    panes = mouse.home.panes
    left = panes.images.region
    x, y = left.right - 1, left.y + 1
    await mouse.pilot.mouse_down(None, offset=(x, y))
    await mouse.pilot.hover(None, offset=(x + 6, y))
    await mouse.pilot.mouse_up(None, offset=(x + 6, y))
    await mouse.rest()
    assert panes.images.region.right in (left.right + 5, left.right + 6)
    dragged = panes.frame.arrangement.dragged
    assert dragged
    await mouse.press("4", "1")
    assert panes.frame.arrangement.dragged == dragged
    layers = panes.layers.region
    await mouse.pilot.mouse_down(None, offset=(layers.x + 3, layers.bottom - 1))
    await mouse.pilot.hover(None, offset=(layers.x + 3, layers.bottom + 1))
    await mouse.pilot.mouse_up(None, offset=(layers.x + 3, layers.bottom + 1))
    await mouse.rest()
    assert panes.layers.region.bottom in (layers.bottom + 1, layers.bottom)
    await mouse.pilot.hover(None, offset=(layers.x + 3, layers.bottom - 4))
    assert len(panes.frame.arrangement.dragged) == 2
