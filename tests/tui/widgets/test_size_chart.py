import pytest

from layertui.core.images.compare import Shares
from layertui.core.layers.rollup import FolderBytes
from layertui.tui.widgets.size_chart import SizeChart
from tui_stage import Stage

BARS = [FolderBytes("/usr/lib", 4_000_000, 5_000_000), FolderBytes("/srv", 0, 900), FolderBytes("/", 20, 10, rest=True)]


class OneChart(Stage):
    def compose(self):
        yield SizeChart()


@pytest.mark.parametrize("width", [78, 118, 198])
async def test_shared_bytes_what_is_sent_and_a_bar_for_each_folder(width):
    app = OneChart()
    async with app.run_test(size=(width, 16)) as pilot:
        chart = app.query_one(SizeChart)
        chart.show_shares(Shares(100, 30, 60), Shares(0, 12_000, 34_000), ("a:1", "a:2"))
        chart.show_bars(BARS)
        await pilot.pause()
        lines = [chart.render_line(y) for y in range(16)]
        assert {line.cell_length for line in lines} == {width}
        text = [line.text for line in lines]
        assert "100B shared, 30B its own" in text[0]
        assert text[1].count("━") > text[0].count("━")
        assert "34kB  to send to who has a:1 and wants a:2" in text[3]
        assert "12kB  to send to who has a:2 and wants a:1" in text[4]
        assert "+1MB" in text[8]
        assert text[8].count("━") > text[9].count("━")
        assert "/…" in text[10] or "…" in text[10]
        assert all("…" not in line.rstrip()[-1:] for line in text)


async def test_without_changed_bytes_it_says_so():
    app = OneChart()
    async with app.run_test(size=(100, 16)):
        chart = app.query_one(SizeChart)
        assert not chart.has_cursor()
        chart.show_shares(Shares(1, 0, 0), Shares(1, 0, 0), ("a", "b"))
        chart.show_bars((), "comparing files …")
        assert "comparing files …" in chart.render_line(6).text
        chart.show_bars(())
        assert "no bytes of files changed" in chart.render_line(6).text
