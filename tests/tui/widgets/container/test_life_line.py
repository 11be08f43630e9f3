from dataclasses import replace

import pytest

from layertui.core.containers.model.container import Container, State
from layertui.core.containers.observe.namespaces import Namespaces
from layertui.core.oci.digest import digest_of
from layertui.tui.widgets.container.life_line import AHEAD, HERE, PASSED, LifeLine, stages_of
from tui_stage import Stage, Still

CREATED = Container(
    id="1" * 64,
    name="box",
    image="demo:2.0",
    image_id=digest_of(b""),
    manifest=digest_of(b""),
    command=("sh",),
    created="2026-01-02T03:04:05Z",
)
RUNNING = replace(CREATED, state=State.RUNNING, pid=42, started="2026-01-02T03:05:00Z")
EXITED = replace(RUNNING, state=State.EXITED, pid=0, finished="2026-01-02T03:05:04Z", exit_code=3)
OWN = Namespaces(State.RUNNING, 42, {"mnt": 1}, {"mnt": 2, "pid": 3}, ("pid", "mnt"))


@pytest.fixture(autouse=True)
def _clock(monkeypatch):
    monkeypatch.setattr("layertui.tui.common.format.datetime", Still)


def test_each_step_says_what_it_made():
    created, running, exited = stages_of(CREATED, None, 3)
    assert (created.mark, running.mark, exited.mark) == (HERE, AHEAD, AHEAD)
    assert created.made == ("writable layer, 3B", "no process yet")
    created, running, exited = stages_of(RUNNING, OWN, 3)
    assert (created.mark, running.mark, exited.mark) == (PASSED, HERE, AHEAD)
    assert running.made == ("process 42", "in mnt pid")
    created, running, exited = stages_of(EXITED, None, 3)
    assert (running.word, running.when) == ("ran", "for 4 seconds")
    assert exited.made == ("exit code 3", "writable layer kept")


def test_paused_and_dead_have_their_words():
    paused = stages_of(replace(RUNNING, state=State.PAUSED), OWN, 0)[1]
    assert (paused.word, paused.when) == ("paused", "up 19 minutes")
    assert stages_of(replace(EXITED, state=State.DEAD), None, None)[2].word == "dead"


@pytest.mark.parametrize("width", [40, 80, 200])
async def test_why_it_did_not_start_has_a_line(width):
    class Shown(Stage):
        def compose(self):
            yield LifeLine()

    app = Shown()
    async with app.run_test(size=(width, 10)) as pilot:
        line = app.query_one(LifeLine)
        line.show(CREATED, None, 0, "no runtime \x1b[2J")
        await pilot.pause()
        assert "no runtime \\x1b[2J" in str(line.render())


async def test_time_passes_though_nothing_happens(monkeypatch):
    class Shown(Stage):
        def compose(self):
            yield LifeLine()

    class Later(Still):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 1, 2, 3, 44, 5, tzinfo=tz)

    app = Shown()
    async with app.run_test(size=(80, 10)) as pilot:
        line = app.query_one(LifeLine)
        line.show(RUNNING, OWN, 0)
        assert "running for 19 minutes" in str(line.render())
        monkeypatch.setattr("layertui.tui.common.format.datetime", Later)
        line.tick()
        await pilot.pause()
        assert "running for 39 minutes" in str(line.render())
