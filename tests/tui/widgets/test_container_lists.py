from layertui.core.containers.diff import DiffLine
from layertui.core.engines.engine import LogLine
from layertui.tui.widgets.container_lists import DiffList, LogList
from tui_stage import Stage


class Lists(Stage):
    def compose(self):
        yield DiffList()
        yield LogList()


def log(number):
    return LogLine("stdout" if number % 2 else "stderr", "2026-01-02T03:05:00.5Z", b"line \xff %d\r\n" % number)


async def test_what_was_written_by_letter_and_path():
    app = Lists()
    async with app.run_test(size=(80, 40)) as pilot:
        view = app.query_one(DiffList)
        view.show([])
        await pilot.pause()
        assert "the writable layer is empty" in view.render_line(0).text
        view.show([DiffLine("/a", "A"), DiffLine("/b\n", "D")])
        await pilot.pause()
        assert view.render_line(0).text.split() == ["1", "added", "1", "deleted", "since", "it", "was", "created"]
        assert view.render_line(2).text.rstrip() == " D /b\\x0a"


async def test_the_log_follows_its_end_until_the_cursor_leaves_it():
    app = Lists()
    async with app.run_test(size=(80, 40)) as pilot:
        view = app.query_one(LogList)
        view.show([log(number) for number in range(100)])
        await pilot.pause()
        assert view.cursor == 99
        view.show([log(number) for number in range(120)])
        await pilot.pause()
        assert view.cursor == 119
        view.cursor = 5
        view.show([log(number) for number in range(140)])
        await pilot.pause()
        assert view.cursor == 5
        assert any("stderr  line \\udcff 6" in view.render_line(y).text for y in range(20))
