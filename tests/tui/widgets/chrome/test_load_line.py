from layertui.core.containers.observe.resource_usage import ResourceUsage, UsageSample
from layertui.tui.widgets.chrome.load_line import KEPT, LoadLine, UsageChart
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
        line.show(None)
        line.show(stats(99.0))
        await pilot.pause()
        assert drawn(app, "#cpu-line") == "█"


def drawn(app, chart):
    return str(app.query_one(chart, UsageChart).render()).strip()


def used(cpu, memory):
    return ResourceUsage(UsageSample(1.0, 2.0, memory, 1 << 30, 1000, 2000, 0, 0, 4), cpu)


async def test_charts_are_beside_whole_cores_and_a_round_number_of_bytes():
    app = Line()
    async with app.run_test(size=(130, 10)) as pilot:
        line = app.query_one(LoadLine)
        for cpu, memory in ((0.0, 500 << 10), (1.0, 500 << 10), (50.0, 500 << 10)):
            line.show(used(cpu, memory))
        await pilot.pause()
        assert drawn(app, "#cpu-line") == "▁▁▅"
        assert drawn(app, "#memory-line") == "▄▄▄", "500 of 1024 KiB, not a wall"
        line.show(used(250.0, 3 << 20))
        await pilot.pause()
        assert drawn(app, "#cpu-line") == "▁▁▂▇"
        assert drawn(app, "#memory-line") == "▁▁▁▇"
        for _ in range(KEPT):
            line.show(used(0.0, 0))
        await pilot.pause()
        assert set(drawn(app, "#memory-line")) == {"▁"}
