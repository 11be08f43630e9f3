"""A layout that depends on more than the size of its widget."""

from textual.app import App
from textual.geometry import Region, Size, Spacing
from textual.layout import Layout, WidgetPlacement
from textual.widget import Widget

from layertui.tui.textual_patches.layout_now import layout_now


class Shifted(Layout):
    """Children one under another, from a row that changes."""

    name = "shifted"
    top = 0

    def arrange(self, parent, children, size, greedy=True):
        return [
            WidgetPlacement(Region(0, self.top + row, size.width, 1), Size(0, 0).region.offset, Spacing(), child)
            for row, child in enumerate(children)
        ]


class Holder(Widget):
    DEFAULT_CSS = "Holder { height: 1fr; }"

    def __init__(self, *children):
        super().__init__(*children)
        self.shifted = Shifted()

    @property
    def layout(self):
        return self.shifted


async def test_children_are_in_their_new_places_at_once():
    app = App()
    async with app.run_test(size=(40, 10)) as pilot:
        child = Widget()
        holder = Holder(child)
        await app.mount(holder)
        await pilot.pause()
        assert child.region.y == 0
        holder.shifted.top = 3
        layout_now(holder)
        assert child.region.y == 3
