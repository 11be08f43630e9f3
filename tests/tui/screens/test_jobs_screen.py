"""Jobs in a list, of which one is stopped; and the work of a dialog that goes on in the background."""

from threading import Event

import pytest

from layertui.core.errors import LayertuiError
from layertui.tui.screens.dialogs import dialog as dialogs
from layertui.tui.screens.dialogs.export_dialog import taking_out
from layertui.tui.screens.jobs_screen import JobList, JobsScreen
from layertui.tui.screens.shared import background_work
from tui_stage import Stage
from tui_values import built
from tui_world import World

pytestmark = pytest.mark.slow


async def until(pilot, holds):
    """Wait for what a job brings; it is never at rest while that runs."""
    for _ in range(1000):
        if holds():
            return
        await pilot.pause(0.02)
    raise AssertionError("it never came")


def running(title, total):
    """The arguments of a job that is halfway until it is stopped."""

    def call(progress):
        progress.begin(title, total=total)
        progress.advance(total // 2)
        while True:
            Event().wait(0.01)
            progress.advance(0)

    return title, call, lambda _none: None


async def test_each_is_listed_with_its_figures_and_one_is_stopped():
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        for title, total in (("loading one.tar", 2_000_000), ("saving two.tar", 8_000_000)):
            app.jobs.start(app.screen, *running(title, total), group=title, failed=app.told.append)
        await app.push_screen(JobsScreen(), app.answers.append)
        shown = app.screen.query_one(JobList)
        await until(pilot, lambda: len(shown.jobs) == 2 and all(job.state.done for job in shown.jobs))
        rows = ["".join(text for text, _ in shown.draw_row(at, 80)).split() for at in (0, 1)]
        assert [row[:4] for row in rows] == [["loading", "one.tar", "1MB", "50%"], ["saving", "two.tar", "4MB", "50%"]]
        await pilot.press("j", "s")
        await until(pilot, lambda: len(shown.jobs) == 1)
        assert shown.current.title == "loading one.tar"
        assert app.told == [("information", "Stopped: saving two.tar")]
        await pilot.press("escape")
        await until(pilot, lambda: app.answers)
        assert [job.title for job in app.jobs.shown] == ["loading one.tar"]  # Esc left the list, and stopped nothing
        app.jobs.stop_all()


async def test_without_any_it_says_so():
    app = Stage(JobsScreen())
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert str(app.screen.query_one(JobList).border_title) == "Jobs: none is running"
        assert (
            app.screen.query_one(JobList)
            .render_line(0)
            .text.startswith(" Work that takes more than a moment is listed")
        )
        await pilot.press("s")
        await app.quiet(pilot)
        assert app.told == [("warning", "Stop: no job is running.")]


class Save:
    """An `images.save` that works until it is released, or stopped."""

    def __init__(self, error=None):
        self.released, self.error = Event(), error

    def __call__(self, names, out, *, progress, **options):
        progress.begin(names[0], total=1000)
        while not self.released.wait(0.01):
            progress.advance(0)
        if self.error is not None:
            raise self.error
        out.write_bytes(b"x" * 1000)


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(dialogs, "BEHIND_AFTER", 0)
    return World(tmp_path / "store", *built())


async def sent_behind(app, pilot, save):
    """Press Enter twice: the work begins, and goes on in the background."""
    app.inspector.images.save = save
    await app.quiet(pilot)
    dialog = app.screen
    await pilot.press("enter")
    await until(pilot, lambda: dialog.busy)
    assert app.screen is dialog
    await pilot.press("enter")
    await until(pilot, lambda: app.screen is not dialog)
    await until(pilot, lambda: [job.title for job in app.jobs.shown] == ["writing demo_2.0.tar"])
    return dialog


async def test_work_in_the_background_ends_with_a_notice_and_a_line_in_the_log(world):
    app, save = Stage(taking_out("demo:2.0"), world.inspector), Save()
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = await sent_behind(app, pilot, save)
        assert app.answers == []
        save.released.set()
        await until(pilot, lambda: app.answers)
        await app.quiet(pilot)
        assert app.answers == [None]  # lists are read again, and nothing is gone to
        assert app.notified[-1].startswith("Saved demo:2.0 to ")
        assert len(app.notices.log.acts) == 1
        assert not dialog.is_attached


async def test_after_an_error_in_the_background_a_key_opens_the_dialog_with_what_was_typed(world, tmp_path):
    app, save = Stage(taking_out("demo:2.0"), world.inspector), Save(LayertuiError("disk full: /x"))
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = await sent_behind(app, pilot, save)
        save.released.set()
        await until(pilot, lambda: not dialog.busy)
        await app.quiet(pilot)
        assert app.notified[-1] == "writing demo_2.0.tar: disk full: /x  ·  o opens its dialog again"
        assert (app.answers, app.notices.log.acts) == ([], [])
        assert app.notices.run_key("o")
        await app.quiet(pilot)
        assert app.screen is dialog
        save.error = None
        await pilot.press("enter")
        await until(pilot, lambda: app.answers)
        await app.quiet(pilot)
        assert app.notified[-1].startswith(f"Saved demo:2.0 to {tmp_path}/demo_2.0.tar")
        assert len(app.notices.log.acts) == 1
        assert not dialog.is_attached


async def test_after_an_error_in_the_background_that_is_not_answered_the_dialog_is_gone(world, monkeypatch):
    monkeypatch.setattr(background_work, "SHOWN_FOR", 0.01)
    app, save = Stage(taking_out("demo:2.0"), world.inspector), Save(LayertuiError("disk full: /x"))
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = await sent_behind(app, pilot, save)
        save.released.set()
        await until(pilot, lambda: app.answers)
        await app.quiet(pilot)
        assert app.notices.log.acts == []
        assert not dialog.is_attached


async def test_the_list_stops_what_went_to_the_background(world):
    app, save = Stage(taking_out("demo:2.0"), world.inspector), Save()
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = await sent_behind(app, pilot, save)
        await app.push_screen(JobsScreen())
        shown = app.screen.query_one(JobList)
        await until(pilot, lambda: shown.jobs)
        await pilot.press("s")
        await until(pilot, lambda: app.answers)
        await app.quiet(pilot)
        assert (app.answers, shown.jobs, app.jobs.busy) == ([None], (), False)
        assert app.notices.log.acts == []
        assert not dialog.is_attached


async def test_of_two_in_the_background_the_chosen_one_is_stopped(world):
    saves = {"demo:1.0": Save(), "demo:2.0": Save()}
    world.inspector.images.save = lambda names, out, **options: saves[names[0]](names, out, **options)
    app = Stage(inspector=world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        for name in saves:
            dialog = taking_out(name)
            await app.push_screen(dialog, app.answers.append)
            await pilot.press("enter")
            await until(pilot, lambda dialog=dialog: dialog.busy)
            await pilot.press("enter")
            await until(pilot, lambda dialog=dialog: app.screen is not dialog)
        await app.push_screen(JobsScreen())
        shown = app.screen.query_one(JobList)
        await until(pilot, lambda: len(shown.jobs) == 2)
        await pilot.press("s")
        await until(pilot, lambda: app.answers)
        assert [job.title for job in shown.jobs] == ["writing demo_2.0.tar"]
        saves["demo:2.0"].released.set()
        await until(pilot, lambda: len(app.answers) == 2)
        await app.quiet(pilot)
        assert [act.command.words[-1] for act in app.notices.log.acts] == ["demo:2.0"]
