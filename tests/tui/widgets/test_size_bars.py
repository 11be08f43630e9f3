from layertui.tui.widgets.size_bars import SizeBars
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
        bars.show(comparison().shares, ("demo:1.0", "demo:2.0"))
        await pilot.pause()
        one, two = str(bars.render()).split("\n")
        assert one.split()[:2] == ["demo:1.0", "4.78MB"]
        assert "76.2kB shared, 4.7MB its own" in one
        assert two.count("━") > one.count("━")
