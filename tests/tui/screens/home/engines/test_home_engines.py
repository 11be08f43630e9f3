"""Home with two engines: rows under their names, and each act goes to the engine of its row."""

from dataclasses import replace
from threading import Event
from types import SimpleNamespace

import pytest
from textual.widgets import Input

from builders import docker_archive, file, image, layer
from home_driver import Driver
from layertui.core.containers.model.container import CreateOptions, State
from layertui.core.engines.engine import Engine
from layertui.core.errors import LayertuiError, Unreachable
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.home.engines import home_engines
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.lists.row_list import plain
from memory_engine import memory_engine
from tui_sample import clock
from tui_values import opened
from two_engines import two_engines

OURS = image([layer([file("etc/motd", "of one\n")])], config={"Cmd": ["sh"]}, tags=["shop:1", "ours:1"])
THEIRS = image([layer([file("etc/motd", "of two\n")])], config={"Cmd": ["sh"]}, tags=["shop:1", "theirs:1"])


class TwoDriver(Driver):
    """Waits for engines too, which are no jobs."""

    async def until(self, condition):
        for _ in range(1500):
            if condition():
                return await self.rest()
            await self.pilot.pause(0.02)
        pytest.fail("it did not come")

    async def shown(self, *names):
        await self.until(lambda: [one.engine_name for one in self.home.state.shown] == list(names))

    def lines(self, rows):
        return [line.strip() for line in plain([rows.draw_row(at, 60) for at in range(rows.count)])]

    @property
    def images(self):
        return self.home.panes.images

    @property
    def containers(self):
        return self.home.panes.containers

    async def to(self, rows, key):
        await self.press("1" if rows is self.images else "2")
        assert rows.go_to(key)
        await self.rest()


@pytest.fixture
def inspector(tmp_path):
    with two_engines(tmp_path, [OURS], [THEIRS]) as made:
        yield made


@pytest.fixture
async def drive(inspector):
    app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        driver = TwoDriver(app, pilot)
        await driver.rest()
        yield driver


async def two(drive):
    await drive.until(lambda: "two" in drive.home.state.others)


@pytest.mark.slow
async def test_the_rows_of_each_engine_stand_under_its_name(drive):
    await two(drive)
    names = [line.split()[1] for line in drive.lines(drive.images)]
    assert names == ["one", "ours:1", "shop:1", "two", "shop:1", "theirs:1"]
    assert drive.app.screen.query_one(HeaderLine).engine == "one + two"
    assert [row.key for row in drive.images.rows] == ["ours:1", "shop:1", "two:shop:1", "two:theirs:1"]


@pytest.mark.slow
async def test_the_cursor_steps_over_the_names(drive):
    await two(drive)
    await drive.press("1", "g")
    seen = []
    for key in ("", "j", "j", "j", "j", "k", "k", "k", "k"):
        if key:
            await drive.press(key)
        seen.append(drive.images.current.key)
    down = ["ours:1", "shop:1", "two:shop:1", "two:theirs:1"]
    assert seen == [*down, down[-1], *down[-2::-1], down[0]]


@pytest.mark.slow
async def test_one_with_nothing_in_it_changes_nothing(tmp_path):
    with two_engines(tmp_path, [OURS], []) as inspector:
        app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
        async with app.run_test(size=(120, 40)) as pilot:
            drive = TwoDriver(app, pilot)
            await two(drive)
            assert [line.split()[1] for line in drive.lines(drive.images)] == ["ours:1", "shop:1"]
            assert drive.app.screen.query_one(HeaderLine).engine == "one"


@pytest.mark.slow
async def test_with_nothing_in_the_default_engine_the_first_image_of_another_is_looked_at(tmp_path):
    with two_engines(tmp_path, [], [THEIRS]) as inspector:
        app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
        async with app.run_test(size=(120, 40)) as pilot:
            drive = TwoDriver(app, pilot)
            await two(drive)
            await drive.until(lambda: drive.home.state.subject is not None)
            assert drive.home.state.selection.name == "two:shop:1"
            assert drive.app.screen.query_one(HeaderLine).engine == "two"
            said = [str(notice.message) for notice in drive.app._notifications]
            assert [one.partition("  ·")[0] for one in said] == ["one is empty; shown is what two has: 1 image"]


@pytest.mark.slow
async def test_an_image_of_another_engine_is_looked_at(drive):
    await two(drive)
    await drive.to(drive.images, "two:shop:1")
    await drive.until(lambda: drive.home.state.stack is not None)
    assert drive.home.state.subject.engine.name == "two"
    assert (drive.home.state.selection.engine, drive.home.state.selection.local) == ("two", "shop:1")
    assert drive.paths()[0] == "/etc"


@pytest.mark.slow
async def test_tag_and_delete_are_for_the_engine_of_the_row(drive, inspector):
    await two(drive)
    await drive.to(drive.images, "two:shop:1")
    await drive.press("t", *"new", "colon", "1", "enter")
    await drive.until(lambda: any(row.key == "two:new:1" for row in drive.images.rows))
    assert "new:1" not in names(inspector, "one")
    await drive.to(drive.images, "two:new:1")
    await drive.press("d", "enter")
    await drive.until(lambda: all(row.key != "two:new:1" for row in drive.images.rows))
    assert names(inspector, "two") == ["shop:1", "theirs:1"]
    assert names(inspector, "one") == ["shop:1", "ours:1"]


def names(inspector, engine):
    return [name.familiar for one in inspector.of(engine).images.list() for name in one.names]


@pytest.mark.slow
async def test_a_container_is_created_started_and_deleted_in_the_engine_of_its_image(drive, inspector):
    await two(drive)
    await drive.to(drive.images, "two:shop:1")
    await drive.press("c", *"web")
    assert "--engine two create" in str(drive.app.screen.query_one("#command").render())
    await drive.press("enter")
    await drive.until(lambda: drive.home.state.container is not None)
    assert inspector.containers.list() == []
    assert drive.home.state.selection.name == "two:container:web"
    inspector.of("two").containers.lifecycle.start("web")
    drive.home.engines.list("two")
    await drive.until(lambda: drive.containers.current.container.state is State.RUNNING)
    await drive.press("s")
    await drive.until(lambda: drive.containers.current.container.state is State.EXITED)
    await drive.press("d", "enter")
    await drive.until(lambda: not drive.containers.rows)
    assert inspector.of("two").containers.list() == []


@pytest.mark.slow
async def test_the_screen_of_a_container_is_about_its_engine(drive, inspector):
    inspector.containers.create("ours:1", CreateOptions(name="web"))
    inspector.of("two").containers.create("theirs:1", CreateOptions(name="web"))
    await drive.press("r")
    await drive.until(lambda: len(drive.containers.rows) == 2)
    await drive.to(drive.containers, next(row.key for row in drive.containers.rows if row.engine == "two"))
    opened = drive.home.state.container
    assert opened.image == "theirs:1"
    screen = ContainerScreen("web").on_engine("two")
    assert screen.engine == "two"


@pytest.mark.slow
async def test_marks_compare_across_engines(drive):
    await two(drive)
    await drive.to(drive.images, "shop:1")
    await drive.press("space")
    assert drive.images.marked == {"shop:1"}
    await drive.to(drive.images, "two:shop:1")
    await drive.press("space", "equals_sign")
    screen = drive.app.screen
    assert isinstance(screen, CompareScreen)
    await drive.until(lambda: "(two)" in screen.query_one(HeaderLine).subject)
    assert screen.query_one(HeaderLine).subject == "shop:1 (one) ⇄ shop:1 (two)"


@pytest.mark.slow
async def test_an_image_is_copied_to_another_engine(drive, inspector):
    await two(drive)
    await drive.to(drive.images, "two:theirs:1")
    await drive.press("C")
    assert drive.app.screen.query_one("#name", Input).value == "theirs:1"
    assert "copy theirs:1 one:theirs:1" in str(drive.app.screen.query_one("#command").render())
    await drive.press("enter")
    await drive.until(lambda: any(row.key == "theirs:1" for row in drive.images.rows))
    assert inspector.open("theirs:1").image.id == inspector.open("two:theirs:1").image.id


@pytest.mark.slow
async def test_the_images_of_an_engine_show_though_its_containers_cannot_be_listed(drive, inspector, monkeypatch):
    await two(drive)

    def stumbles():
        raise LayertuiError("container f00: its network is gone")

    monkeypatch.setattr(inspector.of("two").engine.containers, "list", stumbles)
    drive.home.engines.list("two")
    await drive.until(lambda: drive.home.state.others["two"].problem)
    assert [row.key for row in drive.images.rows] == ["ours:1", "shop:1", "two:shop:1", "two:theirs:1"]
    said = [str(notice.message) for notice in drive.app._notifications]
    assert said.count("the containers of two are not shown: container f00: its network is gone") == 1


@pytest.mark.slow
async def test_an_engine_is_hidden_and_shown_again(drive):
    await two(drive)
    for left in (["one"], ["one", "two"]):
        await drive.press("E")
        reports = drive.app.screen.query_one("#engines")
        await drive.until(lambda rows=reports: rows.count)
        reports.cursor = next(at for at, one in enumerate(reports.reports) if one.name == "two")
        await drive.press("space", "enter")
        assert [one.engine_name for one in drive.home.state.filled] == left
    assert len(drive.images.rows) == 4


@pytest.mark.slow
async def test_an_archive_is_loaded_into_the_engine_that_is_chosen_for_it(drive, inspector, tmp_path):
    await two(drive)
    path = docker_archive(OURS.tagged("new:1"), tmp_path / "new.tar")
    await drive.press("E")
    engines = drive.app.screen.query_one("#engines")
    await drive.until(lambda: engines.count)
    engines.cursor = next(at for at, one in enumerate(engines.reports) if one.name == "two")
    await drive.press("l", "enter")
    drive.app.bring_in(str(path))
    await drive.rest()
    await drive.press("enter")
    await drive.until(lambda: drive.home.state.selection.name == "two:new:1")
    assert "new:1" in names(inspector, "two")
    assert "new:1" not in names(inspector, "one")


@pytest.mark.slow
async def test_nothing_is_loaded_into_an_engine_that_is_only_read(drive, monkeypatch):
    real = Inspector.engines

    def only_read(inspector, **asked):
        return [replace(one, takes_images=one.name != "two", containers=None) for one in real(inspector, **asked)]

    monkeypatch.setattr(Inspector, "engines", only_read)
    await two(drive)
    await drive.press("E")
    dialog = drive.app.screen
    engines = dialog.query_one("#engines")
    await drive.until(lambda: engines.count)
    engines.cursor = next(at for at, one in enumerate(engines.reports) if one.name == "two")
    await drive.press("l")
    assert engines.choice.target == ""
    assert "It is only read." in str(dialog.effect())
    assert not any("container" in line for line in drive.lines(engines))


@pytest.mark.slow
async def test_space_starts_an_engine_whose_service_does_not_run(drive, inspector, monkeypatch):
    started, real = [], Inspector.engines

    def reports(self, *, probe=True):
        return [
            one
            if one.name != "two" or started
            else replace(one, reachable=False, can_be_started=True, why="not running")
            for one in real(self, probe=probe)
        ]

    monkeypatch.setattr(Inspector, "engines", reports)
    monkeypatch.setattr(
        "layertui.core.inspector.engine_survey.start_engine", lambda engine: started.append(engine.name)
    )
    await two(drive)
    await drive.press("E")
    engines = drive.app.screen.query_one("#engines")
    await drive.until(lambda: engines.count)
    engines.cursor = next(at for at, one in enumerate(engines.reports) if one.name == "two")
    assert "not running; Space starts it" in drive.lines(engines)[engines.cursor]
    await drive.press("space")
    await drive.until(lambda: engines.current is not None and engines.current.reachable)
    assert started == ["two"]
    found = []
    monkeypatch.setattr(Inspector, "engine_names", lambda self: (found.append(1), [self.settings.engine, "two"])[1])
    await drive.press("escape")
    await drive.until(lambda: found)
    await drive.shown("one", "two")


def engine_of(answers, tmp_path, default="one"):
    """An Inspector whose engine `two` answers what `answers` says: images, or an exception."""

    def listed():
        if isinstance(answers.now, Exception):
            raise answers.now
        answers.asked.wait(30)
        return answers.made.images.list()

    def make(settings, catalog):
        answers.made = memory_engine(tmp_path / "two", *opened(THEIRS), catalog=catalog)
        images = SimpleNamespace(list=listed, unreadable=lambda _: 0, open=answers.made.images.open)
        return Engine("two", images)

    one = lambda settings, catalog: replace(  # noqa: E731
        memory_engine(tmp_path / "one", *opened(OURS), catalog=catalog), name="one"
    )
    return Inspector(Settings(tmp_path / "store", engine=default), {"one": one, "two": make})


@pytest.mark.slow
async def test_one_that_is_silent_holds_nothing_up(tmp_path):
    answers = SimpleNamespace(now=None, asked=Event())
    with engine_of(answers, tmp_path) as inspector:
        app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
        async with app.run_test(size=(120, 40)) as pilot:
            drive = TwoDriver(app, pilot)
            await drive.until(lambda: drive.home.state.stack is not None)
            assert [row.key for row in drive.images.rows] == ["ours:1", "shop:1"]
            await drive.press("j")
            assert drive.images.current.key == "shop:1"
            answers.asked.set()
            await two(drive)
            assert drive.images.current.key == "shop:1"


@pytest.mark.slow
async def test_one_that_goes_away_takes_its_rows_along_is_reported_once_and_comes_back(tmp_path, monkeypatch):
    monkeypatch.setattr(home_engines, "RETRY", 0.1)
    answers = SimpleNamespace(now=None, asked=Event())
    answers.asked.set()
    with engine_of(answers, tmp_path) as inspector:
        app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
        told = []
        app.notify = lambda text, **_: told.append(str(text))
        async with app.run_test(size=(120, 40)) as pilot:
            drive = TwoDriver(app, pilot)
            await two(drive)
            await drive.to(drive.images, "two:shop:1")
            answers.now = Unreachable("Docker Engine at unix:///s: nothing listens there")
            await drive.until(lambda: "two" in drive.home.state.silent)
            assert [row.engine for row in drive.images.rows] == ["", ""]
            assert drive.home.state.subject is not None
            for _ in range(20):
                await pilot.pause(0.02)
            assert told == ["two is not shown: Docker Engine at unix:///s: nothing listens there"]
            answers.now = None
            await two(drive)
            assert [row.engine for row in drive.images.rows] == ["", "", "two", "two"]
            assert told[1:] == ["two answers again."]


@pytest.mark.slow
async def test_the_default_engine_is_followed_again_after_it_was_lost(tmp_path, monkeypatch):
    monkeypatch.setattr(home_engines, "RETRY", 0.1)
    answers = SimpleNamespace(now=None, asked=Event())
    asked = []

    def changes(container, progress):
        asked.append(container)
        if len(asked) == 1:
            raise Unreachable("connection reset")
        answers.made.images.all = list(opened(THEIRS))
        yield frozenset({"life"})
        answers.asked.wait(30)

    def make(settings, catalog):
        answers.made = memory_engine(tmp_path / "one", *opened(OURS), catalog=catalog)
        return replace(answers.made, name="one", events=SimpleNamespace(changes=changes))

    with Inspector(Settings(tmp_path / "store", engine="one"), {"one": make}) as inspector:
        app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
        async with app.run_test(size=(120, 40)) as pilot:
            drive = TwoDriver(app, pilot)
            await drive.until(lambda: any(row.key == "theirs:1" for row in drive.images.rows))
            answers.asked.set()
    assert len(asked) >= 2


@pytest.mark.slow
async def test_the_other_engines_are_listed_though_the_default_one_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setattr(home_engines, "RETRY", 0.1)
    answers = SimpleNamespace(now=Unreachable("Docker Engine at unix:///s: nothing listens there"), asked=Event())
    answers.asked.set()
    with engine_of(answers, tmp_path, default="two") as inspector:
        app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
        async with app.run_test(size=(120, 40)) as pilot:
            drive = TwoDriver(app, pilot)
            await drive.until(lambda: drive.home.state.subject is not None)
            assert drive.home.state.selection.name == "one:ours:1"
            lines = drive.lines(drive.images)
            assert lines[0].startswith("── two: nothing listens there ─")
            assert [line.split()[1] for line in lines[1:]] == ["one", "ours:1", "shop:1"]
            await drive.press("1", "k", "k")
            assert drive.images.current.key == "one:ours:1"
            answers.now = None
            await drive.until(lambda: drive.home.state.listing is not None)
            assert [line.split()[1] for line in drive.lines(drive.images)][:3] == ["two", "shop:1", "theirs:1"]
