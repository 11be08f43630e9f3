from datetime import UTC, datetime
from pathlib import Path

import pytest

from layertui.core.containers.model.mount_table import MountEntry, MountTable
from layertui.core.containers.observe.container_logs import LogLine
from layertui.core.containers.observe.process_list import ProcessRow
from layertui.core.containers.storage.unpacked_layers import mounted_layers
from layertui.tui.widgets.container.container_lists import LogList, MountList, ProcessList
from layertui.tui.widgets.text.text_match import Pattern
from tui_stage import Stage

CHAIN = ("sha256:cc", "sha256:bb", "sha256:aa")


class Lists(Stage):
    def compose(self):
        yield MountList()
        yield ProcessList()
        yield LogList()


def log(number):
    return LogLine("stdout" if number % 2 else "stderr", "2026-01-02T03:05:00.5Z", b"line \xff %d\r\n" % number)


@pytest.mark.slow
async def test_layers_by_number_and_their_folders():
    app = Lists()
    async with app.run_test(size=(80, 40)) as pilot:
        view = app.query_one(MountList)
        layers = mounted_layers(Path("/c/upper"), [Path("/u/aa"), Path("/u/bb-all"), Path("/u/mounts")], CHAIN)
        view.show(MountTable(layers))
        await pilot.pause()
        assert view.render_line(0).text.split() == ["layers", "of", "the", "root", "folder"]
        assert "nothing is mounted: the container" in view.render_line(5).text
        await pilot.press("end")
        assert view.cursor == 3
        assert [view.render_line(y).text.split() for y in range(1, 5)] == [
            ["✎", "writable", "layer", "/c/upper"],
            ["layer", "3", "/u/aa"],
            ["layers", "1–2", "/u/bb-all"],
            ["▌", "mount", "points", "/u/mounts"],
        ]
        view.show(MountTable(layers, (MountEntry("/a\nb", "tmpfs", "shm", ("ro",)),)))
        await pilot.pause()
        assert view.render_line(5).text.split() == ["mounted", "on", "type", "mode", "source"]
        assert view.render_line(6).text.split() == ["/a\\x0ab", "tmpfs", "ro", "shm"]
        await pilot.press("down")
        assert view.cursor == 5
        await pilot.press("up")
        assert view.cursor == 3


async def test_processes_with_both_numbers():
    app = Lists()
    async with app.run_test(size=(80, 40)) as pilot:
        view = app.query_one(ProcessList)
        view.show([])
        await pilot.pause()
        assert "no process" in view.render_line(0).text
        one = ProcessRow(4242, 1, 7, 33, datetime(2026, 1, 2, tzinfo=UTC), 61.2, None, ("sh", "-c", "echo \x1b[31m"))
        view.show([one])
        await pilot.pause()
        assert view.render_line(1).text.split() == ["▏", "7", "4242", "33", "1:01", "sh", "-c", "'echo", "\\x1b[31m'"]


@pytest.mark.slow
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


async def test_a_pattern_leaves_the_lines_that_fit_and_new_ones_join_them():
    app = Lists()
    async with app.run_test(size=(80, 40)) as pilot:
        view = app.query_one(LogList)
        view.show([log(number) for number in range(50)])
        assert view.narrow(Pattern.of("/ 7$| 1[78]$/")) == (3, 50)
        await pilot.pause()
        assert view.to_copy().endswith(" 18")  # what was at the end is at the end of what fits
        view.next_match(1)
        assert view.to_copy().endswith(" 7")  # round at the ends
        view.cursor = 2
        view.show([log(number) for number in (*range(50), 17)])
        assert view.count == 4
        assert view.more_to_copy().count("\n") == 3
        view.narrow(None)
        assert view.to_copy().endswith(" 17")
        assert view.count == 51
        assert view.narrow(Pattern.of("none")) == (0, 51)
        assert view.to_copy() is None
        await pilot.pause()
        assert "no line matches" in view.render_line(0).text
