"""Text is selected by dragging over it: the text itself, without numbers of lines, and values that were broken are whole again."""

import io
from types import SimpleNamespace

import pytest
from textual.app import App

from at_rest import at_rest
from layertui.core.containers.observe.container_logs import LogLine
from layertui.tui.app import LayerTui
from layertui.tui.screens.file.file_screen import FileScreen
from layertui.tui.screens.file.file_target import OpenedFile
from layertui.tui.widgets.container.container_lists import LogList
from layertui.tui.widgets.files.document import Document, Part, heading
from layertui.tui.widgets.files.file_view import FileView
from layertui.tui.widgets.files.preview import preview_of
from layertui.tui.widgets.pages.paged_view import PagedView
from layertui.tui.widgets.text.selected_text import characters_in, selected_parts
from mouse_person import MousePerson, begins_at_home, lines_of
from tui_sample import SampleInspector, clock
from tui_stage import Stage

DIGEST = "sha256:" + "0123456789abcdef" * 4


class Shown(App):
    """One widget."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, widget):
        super().__init__()
        self.widget, self.jobs = widget, SimpleNamespace(busy=False)

    def compose(self):
        yield self.widget


async def dragged(widget, fill, start, end, size=(60, 12)):
    """What is selected after the mouse was dragged from one cell to another, and the cells that are drawn selected."""
    app = Shown(widget)
    async with app.run_test(size=size) as pilot:
        fill(widget)
        await pilot.pause()
        await pilot.mouse_down(widget, offset=start)
        await pilot.hover(widget, offset=end)
        await pilot.mouse_up(widget, offset=end)
        await at_rest(app, pilot)
        style = app.screen.get_component_rich_style("screen--selection")
        marked = "".join(
            segment.text
            for strip in app.screen._compositor.render_strips()
            for segment in strip
            if segment.style is not None and segment.style.bgcolor == style.bgcolor
        )
        return app.screen.get_selected_text(), marked


async def test_a_value_that_is_broken_is_whole_again():
    parts = [heading("Image"), Part(DIGEST, name="digest"), Part("linux/amd64", name="platform")]
    text, marked = await dragged(Document(), lambda it: it.show(parts), (17, 1), (27, 3))
    assert text == f"{DIGEST}\nplatform         linux/amd64"
    assert "linux/amd64" in marked
    assert "Image" not in marked


async def test_of_a_file_the_numbers_of_lines_are_no_text():
    view = preview_of("/a", b"one two\nthree\nfour\n", 19)
    text, marked = await dragged(FileView(), lambda it: it.show(view), (7, 0), (5, 2))
    assert text == "two\nthree\nfou"
    assert marked.startswith("two")


async def test_of_wide_characters_whole_ones_are_selected():
    view = preview_of("/a", "文件 of 层\n".encode(), 14)
    text, _ = await dragged(FileView(), lambda it: it.show(view), (3, 0), (6, 0))
    assert text == "文件"


async def test_of_a_log_the_rows_are_selected_as_shown():
    lines = [
        LogLine("stdout", "2026-01-02T03:24:01Z", b"listening\n"),
        LogLine("stderr", "2026-01-02T03:24:02Z", b"no\n"),
    ]
    text, _ = await dragged(LogList(), lambda it: it.show(lines), (31, 1), (40, 2))
    assert text.splitlines()[0] == "listening"
    assert text.splitlines()[1].endswith("stderr  no")


def test_lines_and_characters():
    lines = ["1  abc", "2  def", "3  ghi"]
    assert selected_parts(lines.__getitem__, 3, (0, 1), (1, 5), gutter=3) == ["abc", "de"]
    assert selected_parts(lines.__getitem__, 3, (-1, 0), (9, 0)) == lines
    assert characters_in("文件ab", 3) == 2
    assert characters_in("ab", 9) == 2


@pytest.mark.slow
async def test_on_home_it_is_copied_with_a_notice_and_a_border_that_is_dragged_selects_nothing(tmp_path):
    copied = []
    app = LayerTui(None, inspector=SampleInspector(tmp_path), clock=clock)
    app.copy_to_clipboard = copied.append
    async with app.run_test(size=(120, 40)) as pilot:
        person = await begins_at_home(MousePerson, app, pilot)
        region = app.screen.panes.details.region
        x, y = region.x + 2, region.y + 1
        await person.drag((x, y), (x + 3, y))
        assert copied == [lines_of(app)[y][x : x + 4]]
        assert any(str(one.message) == f"Copied: {copied[0]}" for one in app._notifications)
        left = app.screen.panes.images.region
        await person.drag((left.right - 1, left.y + 1), (left.right + 3, left.y + 2))
        await person.click(left.x + 3, left.y + 1)
        assert len(copied) == 1


@pytest.mark.slow
async def test_of_a_large_file_what_is_on_the_screen_is_selected():
    content = b"first line of it\nsecond " + b"x" * 200 + b"\n"
    target = SimpleNamespace(
        path="/f",
        title="t",
        depth=1,
        open=lambda inspector, progress: OpenedFile(io.BytesIO(content), len(content), "/f"),
    )
    app = Stage(FileScreen(target), SimpleNamespace())
    async with app.run_test(size=(60, 20)) as pilot:
        await app.quiet(pilot)
        y = next(at for at, line in enumerate(lines_of(app)) if "first line" in line)
        x = lines_of(app)[y].index("first")
        await pilot.mouse_down(None, offset=(x, y))
        await pilot.hover(None, offset=(x + 5, y + 1))
        await pilot.mouse_up(None, offset=(x + 5, y + 1))
        assert app.screen.get_selected_text() == "first line of it\nsecond"
        app.screen.query_one(PagedView).show_match(SimpleNamespace(start=0, end=1))
        app.screen.query_one(PagedView).action_scroll_rows(1)
        assert app.screen.get_selected_text() is None
