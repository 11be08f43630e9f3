import pytest

from layertui.tui.widgets.lists.size_bars import SizeBars
from tui_stage import Stage
from tui_values import comparison


class Bars(Stage):
    def compose(self):
        yield SizeBars()


async def test_shared_bytes_and_own_ones():
    app = Bars()
    async with app.run_test(size=(100, 10)) as pilot:
        bars = app.query_one(SizeBars)
        assert str(bars.render()) == ""
        bars.show(comparison().shares, comparison().transfer, ("demo:1.0", "demo:2.0"))
        await pilot.pause()
        one, two, sent = str(bars.render()).split("\n")
        assert one.split()[:2] == ["demo:1.0", "4.78MB"]
        assert "76.2kB shared · 4.7MB unique" in one
        assert two.count("━") > one.count("━")
        assert sent == "to transfer: demo:1.0 → demo:2.0 5.13MB · demo:2.0 → demo:1.0 4.71MB"


@pytest.mark.slow
async def test_each_stands_on_one_line_however_long_the_names_and_however_narrow_the_screen():
    long = "registry.example.org:5000/some/repository/name:with-a-long-tag-2026.01.02-rc1"
    for width in (80, 100, 120, 160):
        app = Bars()
        async with app.run_test(size=(width, 10)) as pilot:
            bars = app.query_one(SizeBars)
            bars.show(comparison().shares, comparison().transfer, (long, long))
            await pilot.pause()
            lines = str(bars.render()).split("\n")
            assert len(lines) == 3
            assert max(map(len, lines)) <= bars.size.width
            assert lines[2].startswith("to transfer: first → second 5.13MB · second → first 4.71MB")
