"""Lines that come and go, without a layout of the screen."""

from textual.app import App
from textual.geometry import Size
from textual.widgets import Static

from layertui.tui.textual_patches.line_scroll import LineScroll


class Screenful(App):
    CSS = "LineScroll { height: 1fr; }"

    def compose(self):
        yield Static("above")
        yield LineScroll()


async def test_more_lines_are_scrolled_to_and_no_layout_is_asked_for():
    app = Screenful()
    async with app.run_test(size=(40, 10)) as pilot:
        lines = app.query_one(LineScroll)
        lines.set_line_count(500)
        while not lines.show_vertical_scrollbar or lines._layout_required:  # the scrollbar changes the layout once
            await pilot.pause()
        lines.set_line_count(1000)
        assert lines.virtual_size.height == 1000
        assert not lines._layout_required
        lines.scroll_to(y=900, animate=False, force=True)
        await pilot.pause()
        assert lines.scroll_offset.y == 900
        lines.set_line_count(3)
        await pilot.pause()
        assert lines.scroll_offset.y == 0
        lines.virtual_size = Size(lines.virtual_size.width, 7)
        assert lines._layout_required  # what Textual does itself
