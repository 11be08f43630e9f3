"""Jobs: calls on threads, with an end, a way to stop them, and no more reports than an eye takes in."""

import threading
import time

import pytest
from textual.app import App
from textual.screen import Screen
from textual.widget import Widget

from layertui.core.errors import NotFound
from layertui.tui.common.jobs import Jobs, JobState, Rate, one_line


class Bench(App):
    def __init__(self) -> None:
        super().__init__()
        self.changes = 0
        self.jobs = Jobs(self, self.count)
        self.got = []
        self.wrong = []

    def count(self) -> None:
        self.changes += 1

    def start(self, call, *, group="g", node=None, **more):
        return self.jobs.start(
            node or self.screen, "a job", call, self.got.append, group=group, failed=self.wrong.append, **more
        )


async def until(pilot, condition):
    for _ in range(200):
        if condition():
            return
        await pilot.pause(0.01)
    pytest.fail("it did not come")


def waiting(gate):
    def call(progress):
        while not gate.is_set():
            progress.advance(1)
            time.sleep(0.002)
        return "late"

    return call


def test_the_share_and_the_time_left_are_reported_only_where_they_can_be():
    assert JobState("x", done=50, total=200, rate=25).share == 0.25
    assert JobState("x", done=50, total=200, rate=25).left == 6
    assert JobState("x", done=50).share is None
    assert JobState("x", done=50, total=200, rate=0).left is None
    assert JobState("x", done=300, total=200, rate=9).share == 1.0


def test_the_rate_is_that_of_the_last_seconds():
    rate = Rate()
    assert rate.at(0.0, 0) == 0
    assert rate.at(1.0, 100) == 100
    for second in range(2, 10):
        rate.at(float(second), 100)
    assert rate.at(10.0, 100) == 0


def test_a_new_phase_counts_from_nought():
    rate = Rate()
    rate.at(0.0, 0)
    rate.at(1.0, 1000)
    rate.at(2.0, 10)
    assert rate.at(3.0, 20) == 10


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (NotFound("no image x"), "no image x"),
        (FileNotFoundError(2, "No such file or directory", "/x"), "No such file or directory: /x"),
        (KeyError("x"), "a bug in layertui: KeyError: 'x'"),
    ],
)
def test_an_error_is_one_line(error, line):
    assert one_line(error) == line


async def test_the_answer_comes_back_on_the_loop():
    app = Bench()
    async with app.run_test() as pilot:
        thread = []
        app.start(lambda _: thread.append(threading.get_ident()) or 42)
        await until(pilot, lambda: app.got)
        assert app.got == [42]
        assert thread != [threading.get_ident()]
        assert not app.jobs.busy


async def test_a_newer_job_of_the_group_stops_the_older_one_and_drops_its_answer():
    app, gate = Bench(), threading.Event()
    async with app.run_test() as pilot:
        older = app.start(waiting(gate))
        app.start(lambda _: "newer")
        await until(pilot, lambda: app.got)
        await until(pilot, lambda: older.over)
        assert app.got == ["newer"]
        assert not app.wrong


async def test_jobs_of_other_groups_go_on():
    app, gate = Bench(), threading.Event()
    async with app.run_test() as pilot:
        app.start(waiting(gate), group="one")
        app.start(lambda _: "two", group="two")
        await until(pilot, lambda: app.got)
        gate.set()
        await until(pilot, lambda: len(app.got) == 2)
        assert app.got == ["two", "late"]


async def test_an_error_goes_to_its_place_and_nowhere_else():
    app = Bench()
    async with app.run_test() as pilot:

        def call(_):
            raise NotFound("no image x")

        app.start(call)
        await until(pilot, lambda: app.wrong)
        assert [str(error) for error in app.wrong] == ["no image x"]
        assert not app.got


async def test_stopping_the_newest_leaves_quiet_ones_alone():
    app, gate, stopped = Bench(), threading.Event(), []
    async with app.run_test() as pilot:
        app.start(waiting(gate), group="shown", stopped=lambda: stopped.append("shown"))
        app.start(waiting(gate), group="quiet", quiet=True)
        assert app.jobs.newest_of_others(app.screen) is None
        assert app.jobs.stop_newest_of(app.screen)
        assert not app.jobs.stop_newest_of(app.screen)
        await until(pilot, lambda: stopped)
        gate.set()
        await until(pilot, lambda: app.got)
        assert app.got == ["late"]


async def test_a_job_shows_only_when_it_lasts():
    app, gate = Bench(), threading.Event()
    async with app.run_test() as pilot:
        app.start(waiting(gate))
        assert app.jobs.running == ()
        await until(pilot, lambda: app.jobs.running)
        assert app.jobs.running[0].title == "a job"
        gate.set()
        await until(pilot, lambda: not app.jobs.running)


@pytest.mark.slow
async def test_it_reports_at_most_twenty_times_a_second():
    app, gate = Bench(), threading.Event()
    async with app.run_test() as pilot:
        app.start(waiting(gate))
        began = time.monotonic()
        await pilot.pause(0.5)
        changes, took = app.changes, time.monotonic() - began
        gate.set()
        await until(pilot, lambda: app.got)
        assert 2 <= changes <= took * 20 + 3


async def test_what_a_screen_asked_is_dropped_when_it_has_gone():
    app, gate = Bench(), threading.Event()
    async with app.run_test() as pilot:
        screen = Screen()
        await app.push_screen(screen)
        job = app.start(waiting(gate), node=screen)
        app.pop_screen()
        await until(pilot, lambda: job.over)
        gate.set()
        await pilot.pause(0.1)
        assert not app.got
        assert not app.jobs.busy


async def test_a_job_of_a_widget_has_its_own_groups():
    app, gate = Bench(), threading.Event()
    async with app.run_test() as pilot:
        widget = Widget()
        await app.screen.mount(widget)
        app.start(waiting(gate))
        app.start(lambda _: "widget's", node=widget)
        await until(pilot, lambda: app.got)
        gate.set()
        await until(pilot, lambda: len(app.got) == 2)


async def test_an_answer_is_dropped_when_the_app_shuts_down_whose_screen_is_there_still():
    app, gate = Bench(), threading.Event()
    async with app.run_test():
        job = app.start(waiting(gate))
        app._running = False  # the first that a shutdown does
        job._end(lambda: app.got.append("late"))
        app._running = True
        gate.set()
    assert app.got == []


async def test_the_end_of_what_is_followed_is_reported_with_the_error_that_ended_it():
    def two_then(error):
        def call(_progress):
            yield from (1, 2)
            if error is not None:
                raise error

        return call

    app = Bench()
    async with app.run_test() as pilot:
        gone = NotFound("gone")
        for error in (None, gone):
            app.jobs.follow(app.screen, two_then(error), app.got.append, group="f", ended=app.wrong.append)
            await until(pilot, lambda error=error: app.wrong[-1:] == [error])
        assert (app.got, app.wrong) == ([1, 2, 1, 2], [None, gone])


async def test_what_is_no_longer_followed_reports_neither_values_nor_its_end():
    gate, begun = threading.Event(), threading.Event()

    def call(_progress):
        begun.set()
        gate.wait(10)
        yield "late"

    app = Bench()
    async with app.run_test() as pilot:
        app.jobs.follow(app.screen, call, app.got.append, group="f", ended=app.wrong.append)
        await until(pilot, begun.is_set)
        app.jobs.unfollow(app.screen, "f")
        gate.set()
        for _ in range(10):
            await pilot.pause(0.01)
        assert (app.got, app.wrong) == ([], [])
