import tarfile
from pathlib import Path
from threading import Event

import pytest

from layertui.tui.screens.dialogs.commit_dialog import CommitDialog
from layertui.tui.screens.dialogs.export_dialog import ExportDialog, ExtractDialog, SaveDialog, taking_out
from layertui.tui.screens.dialogs.questions import Confirm
from tui_stage import Stage
from tui_values import built
from tui_world import World


@pytest.fixture
def world(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return World(tmp_path / "store", *built())


def text_of(app, selector):
    return str(app.screen.query_one(selector).render())


def test_an_image_is_saved_a_container_exported_a_file_extracted():
    assert isinstance(taking_out("demo:2.0"), SaveDialog)
    assert isinstance(taking_out("container:box"), ExportDialog)
    assert isinstance(taking_out("container:box", "/etc/motd"), ExtractDialog)


@pytest.mark.slow
async def test_save_keeps_everything_and_makes_the_archive(world):
    app = Stage(taking_out("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "Lost: nothing" in text_of(app, "#effect")
        assert "6 layers, 8 history steps" in text_of(app, "#effect")
        assert text_of(app, "#command") == "$ layertui save -o demo_2.0.tar demo:2.0"
        await pilot.press("enter")
        await app.quiet(pilot)
        assert app.answers == ["demo_2.0.tar"]
        with tarfile.open("demo_2.0.tar") as tar:
            assert {"oci-layout", "manifest.json"} <= set(tar.getnames())


@pytest.mark.slow
async def test_form_and_compression_are_choices(world):
    app = Stage(taking_out("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("tab", "right", "right", "tab", "left")
        await pilot.pause()
        assert text_of(app, "#command") == "$ layertui save -o demo_2.0.tar --format oci --compress zstd demo:2.0"


@pytest.mark.slow
async def test_nothing_is_overwritten_unasked(world):
    Path("demo_2.0.tar").write_text("mine")
    app = Stage(taking_out("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "This file exists" in text_of(app, "#effect")
        await pilot.press("enter")
        await app.quiet(pilot)
        assert isinstance(app.screen, Confirm)
        await pilot.press("escape")
        await app.quiet(pilot)
        assert Path("demo_2.0.tar").read_text() == "mine"
        await pilot.press("enter")
        await app.quiet(pilot)
        await pilot.press("enter")
        await app.quiet(pilot)
        assert tarfile.is_tarfile("demo_2.0.tar")


@pytest.mark.slow
async def test_export_says_what_is_lost_and_commit_is_a_choice(world):
    world.container()
    app = Stage(taking_out("container:kind_banzai"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "Lost: 8 history steps, 6 layers, CMD, ENV, LABEL, volumes." in text_of(app, "#effect")
        await pilot.press("shift+tab", "right")
        await pilot.pause()
        assert "Kept: all layers, history and config" in text_of(app, "#effect")
        assert not app.screen.query_one("#target-field").display
        assert str(app.screen.query_one("#yes").label).startswith("Commit")
        await pilot.press("enter")
        await app.quiet(pilot)
        assert isinstance(app.screen, CommitDialog)
        await pilot.press("escape")
        await app.quiet(pilot)
        await pilot.press("left", "enter")
        await app.quiet(pilot)
        assert app.answers == ["kind_banzai.tar"]
        with tarfile.open("kind_banzai.tar") as tar:
            assert tar.extractfile("etc/motd").read() == b"hello from the container\n"


@pytest.mark.slow
async def test_extract_goes_into_a_folder_under_its_own_name(world):
    Path("out").mkdir()
    app = Stage(taking_out("demo:2.0", "/etc/motd", upto=2), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert "From demo:2.0 as of layer 2." in text_of(app, "#effect")
        await pilot.press(*"out")
        await app.quiet(pilot)
        assert "Saved in this folder" in text_of(app, "#effect")
        await pilot.press("enter")
        await app.quiet(pilot)
        assert Path("out/motd").read_text().startswith("welcome to the demo")


@pytest.mark.slow
async def test_extract_that_is_stopped_says_what_stays_and_the_dialog_too(world, monkeypatch):
    begun = Event()

    def extract(_inspector, _subject, _path, _dest, *, progress, **_how):
        progress.begin("copying", 100)
        begun.set()
        while True:
            progress.advance(0)
            Event().wait(0.005)

    monkeypatch.setattr(type(world.inspector), "extract", extract)
    app = Stage(taking_out("demo:2.0", "/etc"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("enter")
        while not begun.is_set():
            await pilot.pause(0.01)
        await pilot.press("escape")
        await app.quiet(pilot)
        assert text_of(app, "#outcome") == "stopped; in an existing folder, files that were complete stay"
        assert app.answers == []


@pytest.mark.slow
async def test_a_folder_that_is_not_there_is_one_line_and_the_dialog_stays(world):
    app = Stage(taking_out("demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press(*"no/such/x.tar", "enter")
        await app.quiet(pilot)
        assert app.answers == []
        assert "no/such" in text_of(app, "#outcome")
        await pilot.press("ctrl+u", "enter")
        await app.quiet(pilot)
        assert text_of(app, "#outcome") == "a file name is needed"
        assert app.answers == []
