"""A container's log in the file view: to its end, with times, found in, followed while it grows."""

from contextlib import asynccontextmanager
from threading import Event

import pytest

from file_stage import Shown
from layertui.core.bounds import bounds, set_bounds
from layertui.core.containers.observe.container_logs import LogLine
from layertui.tui.screens.container.container_log import ContainerLog
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.container.log_screen import LogScreen
from tui_stage import Stage
from tui_values import built
from tui_world import World

TIME = "2026-01-02T03:24:05Z"


class Output:
    """A container's log; with `follow`, lines come until it has ended."""

    def __init__(self, lines):
        self.written, self.more, self.has_ended = list(lines), Event(), False

    def write(self, *texts):
        self.written += texts
        self.more.set()

    def end(self):
        self.has_ended = True
        self.more.set()

    def logs(self, name, *, follow=False, tail=None, progress=None):
        at = 0
        while True:
            ended = self.has_ended
            while at < len(self.written):
                yield LogLine("stdout", TIME, self.written[at])
                at += 1
            if not follow or ended:
                return
            progress.advance(0)
            self.more.wait(0.02)
            self.more.clear()


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, *built())
    world.container()
    return world


@asynccontextmanager
async def log_of(world, monkeypatch, output, *, opens=True):
    monkeypatch.setattr(type(world.inspector.containers), "output", output)
    app = Stage(LogScreen(ContainerLog("c1" * 32, "kind_banzai")), world.inspector)
    async with app.run_test(size=(100, 20)) as pilot:
        shown = Shown(app, pilot)
        try:
            await until(shown, lambda: not opens or "kind_banzai.log  " in title(shown))
            yield shown
        finally:
            output.end()


async def until(shown, is_so):
    for _ in range(400):
        if is_so():
            return
        await shown.pilot.pause(0.02)
    raise AssertionError(shown.lines())


def title(shown):
    return str(shown.view.border_title)


def line(number):
    return f"line {number} \x1b[31m\n".encode()


@pytest.mark.slow
async def test_it_opens_at_the_end_and_follows_until_the_container_ends(world, monkeypatch):
    output = Output(map(line, range(3000)))
    async with log_of(world, monkeypatch, output) as shown:
        await until(shown, lambda: any("line 2999 \\x1b[31m" in row for row in shown.lines()))
        assert "following" in title(shown)
        output.write(*map(line, range(3000, 5000)))
        await until(shown, lambda: any("line 4999" in row for row in shown.lines()))
        await until(shown, lambda: any(row.lstrip().startswith("5000  line 4999") for row in shown.lines()))
        output.end()
        await until(shown, lambda: "following" not in title(shown))


@pytest.mark.slow
async def test_it_stays_where_it_is_when_it_does_not_follow(world, monkeypatch):
    output = Output(map(line, range(500)))
    async with log_of(world, monkeypatch, output) as shown:
        await until(shown, lambda: any("line 499" in row for row in shown.lines()))
        await shown.pilot.press("F")
        await until(shown, lambda: "following" not in title(shown))
        await shown.pilot.press("g")
        await until(shown, lambda: "line 0 " in shown.lines()[0])
        await shown.pilot.press("F")
        output.write(b"at last\n")
        await until(shown, lambda: any("at last" in row for row in shown.lines()))


@pytest.mark.slow
async def test_times_find_and_save(world, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    output = Output([*map(line, range(300)), b"needle\n", *map(line, range(300, 600))])
    output.end()
    async with log_of(world, monkeypatch, output) as shown:
        await until(shown, lambda: any("line 599" in row for row in shown.lines()))
        await shown.press("g", "slash", *"needle", "enter")
        assert any(row.endswith("needle") for row in shown.lines())
        await shown.pilot.press("t")
        await until(shown, lambda: any(f"{TIME} " in row for row in shown.lines()))
        await shown.pilot.press("t")
        await until(shown, lambda: not any(TIME in row for row in shown.lines()))
        await shown.press("x", "enter")
        assert (tmp_path / "kind_banzai.log").read_bytes() == b"".join(output.written)


@pytest.mark.slow
async def test_a_log_that_is_empty_or_that_cannot_be_read(world, monkeypatch):
    output = Output([])
    async with log_of(world, monkeypatch, output) as shown:
        await until(shown, lambda: shown.lines()[0] == "The file is empty.")
        output.write(b"first\n")
        await until(shown, lambda: shown.lines()[0].endswith("first"))
    before = bounds()
    set_bounds(before._replace(unpacked=3))
    try:
        async with log_of(world, monkeypatch, Output([b"more than three"]), opens=False) as shown:
            await until(shown, lambda: "the log has 15 bytes" in " ".join(shown.lines()))
    finally:
        set_bounds(before)


@pytest.mark.slow
async def test_enter_in_the_logs_of_a_container_opens_it(world):
    world.inspector.containers.lifecycle.start("kind_banzai")
    app = Stage(ContainerScreen("kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press("5", "enter")
        shown = Shown(app, pilot)
        await until(shown, lambda: isinstance(app.screen, LogScreen) and any("ready" in row for row in shown.lines()))
        assert any("warning: \\x1b[31mred" in row for row in shown.lines())
        await pilot.press("escape")
        assert isinstance(app.screen, ContainerScreen)
