"""One story told by two kinds of hands: a person who presses keys, and one who has a mouse and types nothing but texts.

Whatever the mouse clicks on is drawn at that cell. Both have the same words for the same acts.
"""

from rich.cells import cell_len
from textual import events

from at_rest import at_rest
from layertui.tui.screens.actions.row_menu import RowMenu
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.widgets.chrome.key_bar import KeyBar, fitting
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.lists.row_list import RowList
from person import Person

CLOSING = ("close", "quit")


def lines_of(app):
    """What is on the terminal."""
    return [
        "".join(segment.text for segment in strip if not segment.control)
        for strip in app.screen._compositor.render_strips()
    ]


def titled(rows, name):
    """Whether a line of Images or Containers is the row of this name."""

    def is_it(line):
        row = rows.at(line)
        container = getattr(row, "container", None)
        return row is not None and name in (getattr(row, "title", None), row.key, container and container.name)

    return is_it


def action_name(action):
    """`create` of `screen.create('x')`."""
    return action.partition("(")[0].rpartition(".")[2]


class KeysPerson(Person):
    """Presses keys."""

    async def rest(self):
        await at_rest(self.app, self.pilot)

    async def does(self, key, action):
        """What a key does to the row under the cursor, or to the screen."""
        offered = {
            action_name(active.binding.action)
            for active in self.app.screen.active_bindings.values()
            if active.enabled and active.binding.key == key
        }
        assert action in offered, f"{key} is for {offered}"
        await self.press(key)
        await self.rest()

    async def row(self, rows, wanted):
        """Go to the line for which this is true."""
        panes = getattr(self.app.screen, "panes", None)
        if panes is not None and not rows.has_focus:
            number = 1 + [panes.images, panes.containers, panes.layers, panes.files].index(rows)
            await self.press(str(number))
        await self.press("g")
        await self.rest()
        for _ in range(rows.count):
            if wanted(rows.cursor):
                return
            await self.press("j")
            await self.rest()
        raise AssertionError("no such row")

    async def opens(self, rows, wanted):
        """What Enter does on that line."""
        await self.row(rows, wanted)
        await self.press("enter")
        await self.rest()

    async def types(self, field, text):
        """Fill a field in place of what is in it."""
        widget = self.app.screen.query_one(field)
        for _ in range(20):
            if widget.has_focus:
                break
            await self.press("tab")
        assert widget.has_focus, field
        if hasattr(widget, "value"):
            await self.press("ctrl+u")
        await self.press(*text)
        await self.rest()

    async def confirms(self):
        """What the button does that confirms."""
        await self.press("ctrl+s" if self.app.screen.query("TextArea") else "enter")
        await self.rest()

    async def leaves(self):
        """Go back to the screen below."""
        await self.press("escape")
        await self.rest()

    async def turns_to(self, number):
        """A tab of the screen, by its number."""
        await self.press(str(number))
        await self.rest()


class MousePerson(KeysPerson):
    """Clicks, and turns the wheel; the keyboard is for texts."""

    async def press(self, *keys):
        assert all(len(key) == 1 for key in keys), f"only letters of a text: {keys}"
        await super().press(*keys)

    async def click(self, x, y, *, button=1, times=1):
        """A cell of the terminal."""
        assert 0 <= x < self.app.size.width, x
        assert 0 <= y < self.app.size.height, y
        await self.pilot.hover(None, offset=(x, y))
        # Of the widget that is there: the pilot would give a click on a mere cell to the screen, which no terminal does.
        widget, _ = self.app.screen.get_widget_at(x, y)
        await self.pilot.click(widget, offset=(x - widget.region.x, y - widget.region.y), button=button, times=times)
        await self.rest()

    async def drag(self, start, end):
        """Hold the button from one cell to another."""
        await self.pilot.mouse_down(None, offset=start)
        await self.pilot.hover(None, offset=end)
        await self.pilot.mouse_up(None, offset=end)
        await self.rest()

    # -- rows

    async def place(self, rows, index):
        """The cell of a line, turned to by the wheel."""
        height = rows.scrollable_content_region.height - rows.head_height
        for _ in range(rows.count):
            line = index - int(rows.scroll_offset.y)
            if 0 <= line < height:
                return rows.content_region.x + 4, rows.content_region.y + rows.head_height + line
            kind = events.MouseScrollUp if line < 0 else events.MouseScrollDown
            left, top = rows.content_region.offset
            middle = left + 3, top + rows.head_height + height // 2
            await self.pilot._post_mouse_events([kind], offset=middle, button=0)
            await self.rest()
        raise AssertionError(f"line {index} is not reached by the wheel")

    async def row(self, rows, wanted):
        if rows.has_focus and wanted(rows.cursor):
            return  # a click on the row under the cursor would open it
        index = next(line for line in range(rows.count) if wanted(line))
        top, height = int(rows.scroll_offset.y), rows.scrollable_content_region.height - rows.head_height
        if not rows.has_focus and not top <= index < top + height:
            await self.click(rows.region.x + 3, rows.region.y)  # a click on its title makes the pane grow
        await self.click(*await self.place(rows, index))
        assert rows.cursor == index

    async def opens(self, rows, wanted):
        screen = self.app.screen
        await self.row(rows, wanted)
        if self.app.screen is screen and rows.has_focus:
            await self.click(*await self.place(rows, rows.cursor))

    # -- acts

    async def does(self, key, action):
        if not await self._clicks_in_bar(action):
            await self._chooses(action)

    async def _clicks_in_bar(self, action):
        bars = self.app.screen.query(KeyBar)
        at = 1
        for key in fitting(bars.first().keys(), bars.first().size.width) if bars else ():
            if action_name(key.action) == action:
                x, y = bars.first().region.x + at, bars.first().region.y
                assert f"{key.label} {key.text}" in lines_of(self.app)[y]
                await self.click(x, y)
                return True
            at += key.width + 2
        return False

    async def _chooses(self, action):
        """A line of the menu of the row, or of the one beside the rows."""
        rows = self.app.focused
        places = [(1, 0)]
        if isinstance(rows, RowList) and rows.count and rows.has_cursor():
            places.insert(0, await self.place(rows, rows.cursor))
        for place in places:
            await self.click(*place, button=3)
            menu = self.app.screen
            assert isinstance(menu, RowMenu), menu
            lines = menu.query_one(RowList)
            for at, entry in enumerate(menu._entries):
                if action_name(entry.action) == action:
                    x, y = await self.place(lines, at)
                    assert entry.text in lines_of(self.app)[y]
                    await self.click(x, y)
                    return
            await self.click(self.app.size.width - 1, self.app.size.height - 1)
        raise AssertionError(f"{action} is in no menu")

    # -- fields, buttons, tabs

    async def types(self, field, text):
        widget = self.app.screen.query_one(field)
        await self.click(*widget.content_region.offset)
        assert widget.has_focus
        if value := getattr(widget, "value", ""):
            if widget.selected_text != value:  # a folder is filled in, and more is to be typed after it
                await self.click(*widget.content_region.offset, times=2)
            assert widget.selected_text == value
        await self.press(*text)
        await self.rest()

    async def confirms(self):
        region = self.app.screen.query_one("#yes").region
        await self.click(region.x + region.width // 2, region.y)

    async def leaves(self):
        for action in CLOSING:
            if await self._clicks_in_bar(action):
                return
        await self._chooses("close")  # a field has the focus, and keys are for it

    async def turns_to(self, number):
        frame = self.app.screen.query_one(TabFrame)
        names, gap = frame._shown()
        at = frame.region.x + 3 + sum(cell_len(name) + len(gap) for _, name in names[: number - 1])
        await self.click(at, frame.region.y)
        assert frame.current == names[number - 1][0]


async def begins_at_home(kind, app, pilot):
    """A person of a kind, once all is listed."""
    person = kind(app, pilot)
    await person.sees(lambda: isinstance(app.screen, HomeScreen) and app.screen.state.listing is not None)
    await person.rest()
    return person
