from textual.widgets import Sparkline

from layertui.core.containers.observe.resource_usage import ResourceUsage, UsageSample
from layertui.tui.widgets.chrome.load_line import KEPT, LoadLine
from tui_stage import Stage


class Line(Stage):
    def compose(self):
        yield LoadLine()


def stats(cpu):
    return ResourceUsage(UsageSample(1.0, 2.0, 3 << 20, 1 << 30, 1000, 2000, 0, 0, 4), cpu)


async def test_it_shows_while_there_is_something_to_show():
    app = Line()
    async with app.run_test(size=(130, 10)) as pilot:
        line = app.query_one(LoadLine)
        assert not line.display
        for number in range(KEPT + 10):
            line.show(stats(number))
        await pilot.pause()
        line.show(stats(12.34))
        await pilot.pause()
        assert line.display
        assert str(app.query_one("#cpu").render()) == "CPU  12.3%"
        assert str(app.query_one("#memory").render()) == "memory 3MiB"
        assert "net 1kB / 2kB" in str(app.query_one("#rest").render())
        data = app.query_one("#cpu-line", Sparkline).data
        assert (data[0], data[-1], len(data)) == (0.0, 12.34, KEPT + 1)
        line.show(None)
        line.show(stats(1.0))
        assert app.query_one("#cpu-line", Sparkline).data == [0.0, 1.0]
