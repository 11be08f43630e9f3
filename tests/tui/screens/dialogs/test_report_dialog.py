import json

import pytest

from layertui.tui.report.comparison.report_forms import FORMS
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.dialogs.questions import Confirm
from layertui.tui.screens.dialogs.report_dialog import ENDINGS, SaveReportDialog
from tui_stage import Stage
from tui_values import built
from tui_world import World

pytestmark = pytest.mark.slow


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return World(tmp_path / "store", *built())


@pytest.mark.parametrize("form", FORMS)
async def test_a_report_in_each_form(world, tmp_path, form):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("x")
        await app.quiet(pilot)
        assert isinstance(app.screen, SaveReportDialog)
        await pilot.press(*["right"] * FORMS.index(form))
        assert str(app.screen.query_one("#command").render()).startswith("$ layertui ")
        await pilot.press("enter")
        await app.quiet(pilot)
        assert isinstance(app.screen, CompareScreen)
        written = (tmp_path / "here" / f"demo_1.0-demo_2.0{ENDINGS[form]}").read_text()
        assert "4 layers shared" in written
        if form == "json":
            assert json.loads(written)["files"]["added"] == 3


async def test_what_is_there_is_not_overwritten_unasked(world, tmp_path):
    target = tmp_path / "here" / "demo_1.0-demo_2.0.txt"
    target.write_text("mine")
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("x")
        await app.quiet(pilot)
        await pilot.press("enter")
        await app.quiet(pilot)
        assert isinstance(app.screen, Confirm)
        await pilot.press("escape")
        await app.quiet(pilot)
        assert target.read_text() == "mine"


async def test_the_form_follows_the_end_of_the_name_that_is_typed(world, tmp_path):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("x", "tab", "ctrl+u", "ctrl+k", *"for-the-pull-request.md")
        await app.quiet(pilot)
        assert "--format markdown" in str(app.screen.query_one("#command").render())
        await pilot.press("enter")
        await app.quiet(pilot)
        assert (tmp_path / "here" / "for-the-pull-request.md").read_text().startswith("**4 layers shared")
