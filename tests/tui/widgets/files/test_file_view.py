import pytest

from layertui.tui.widgets.files.file_view import FileView
from layertui.tui.widgets.files.preview import preview_of
from tui_stage import Stage


class OneView(Stage):
    def compose(self):
        yield FileView()


def lines_of(view, height):
    return [view.render_line(y).text.rstrip() for y in range(height)]


@pytest.mark.slow
async def test_text_has_line_numbers_and_scrolls_both_ways():
    content = b"".join(b"line %d %s\n" % (number, b"x" * 100) for number in range(1, 200))
    app = OneView()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.query_one(FileView)
        view.show(preview_of("/x", content, len(content)))
        view.focus()
        await pilot.pause()
        assert lines_of(view, 1)[0].startswith("  1  line 1 xx")
        await pilot.press("end")
        await pilot.pause()
        assert any(line.startswith("199  line 199") for line in lines_of(view, 10))
        await pilot.press("home", "right")
        await pilot.pause()
        assert lines_of(view, 1)[0].startswith("e 1 xx")
        assert {view.render_line(y).cell_length for y in range(9)} == {view.scrollable_content_region.width}


async def test_bytes_are_shown_as_hex():
    app = OneView()
    async with app.run_test(size=(90, 10)) as pilot:
        view = app.query_one(FileView)
        view.show(preview_of("/x", b"\x00abc", 4))
        await pilot.pause()
        assert lines_of(view, 1) == ["00000000  00 61 62 63                                       ·abc"]


async def test_a_note_in_place_of_a_file():
    app = OneView()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.query_one(FileView)
        view.say("this layer has no version of it")
        await pilot.pause()
        assert lines_of(view, 2) == ["this layer has no version of it", ""]


async def test_a_shorter_file_after_a_long_one_is_in_sight():
    app = OneView()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.query_one(FileView)
        view.show(preview_of("/x", b"a\n" * 500, 1000))
        view.focus()
        await pilot.press("end")
        view.show(preview_of("/y", b"short", 5))
        await pilot.pause()
        assert lines_of(view, 1) == ["1  short"]
