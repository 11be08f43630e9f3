import pytest

from layertui.core.layers.diff.rollup import FolderBytes
from layertui.tui.widgets.files.folder_bars import FolderBars
from tui_stage import Stage

BARS = [FolderBytes("/usr/lib", 4_000_000, 5_000_000), FolderBytes("/srv", 0, 900), FolderBytes("/", 20, 10, rest=True)]


class OneChart(Stage):
    def compose(self):
        yield FolderBars()


@pytest.mark.parametrize("width", [48, 78, 118, 198])
async def test_a_bar_for_what_was_and_one_for_what_is(width):
    app = OneChart()
    async with app.run_test(size=(width, 16)) as pilot:
        chart = app.query_one(FolderBars)
        chart.show(BARS)
        await pilot.pause()
        assert {chart.render_line(y).cell_length for y in range(16)} == {width}
        text = [chart.render_line(y).text for y in range(4)]
        assert {"▌/usr/lib", "+1MB", "4MB", "5MB"} <= set(text[1].split())
        assert {"/srv", "+900B", "–", "900B"} <= set(text[2].split())
        assert {"/…", "-10B", "20B", "10B"} <= set(text[3].split())
        assert text[1].count("━") > text[2].count("━")


async def test_without_changed_bytes_it_says_so():
    app = OneChart()
    async with app.run_test(size=(100, 16)):
        chart = app.query_one(FolderBars)
        assert not chart.has_cursor()
        chart.show((), "comparing files …")
        assert "comparing files …" in chart.render_line(0).text
        chart.show(())
        assert "no bytes of files changed" in chart.render_line(0).text
