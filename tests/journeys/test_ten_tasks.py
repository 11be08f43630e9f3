"""The ten tasks of a new user, each with exactly the keys that docs/keys.md counts; what is typed as text is counted apart."""

import re
from pathlib import Path

import pytest

from home_driver import Driver
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.size.files_by_size_screen import FilesBySizeScreen
from layertui.tui.widgets.chrome.lookup_view import LookupView
from layertui.tui.widgets.size.sized_file_list import SizedFileList
from tui_sample import clock

pytestmark = pytest.mark.slow

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs/keys.md").read_text()

KEYS = {
    "find the biggest file": ["G", "F"],
    "which layer brought /etc/motd": ["j", "j", "f"],
    "make a container and add a file": ["j", "j", "w", "enter", "enter", "tab", "ctrl+s"],
    "export it and import it": ["2", "x", "enter", "L", "enter"],
    "what was lost": ["="],
    "compare 1.0 with 2.0": ["j", "space", "=", "2", "enter"],
    "take a file out": ["j", "j", "4", "slash", "enter", "x", "enter"],
    "load a tar": ["L", "enter"],
    "delete an image": ["j", "j", "d", "enter"],
}


@pytest.fixture
async def drive(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    store = tmp_path / "store"
    Inspector(Settings.load(store=store)).images.demo()
    app = LayerTui(Settings.load(store=store, fresh=True), clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        yield driver


@pytest.mark.parametrize("task", KEYS)
def test_the_document_counts_these_keys(task):
    row = re.search(rf"^\| {re.escape(task)} \| (.*?) \| (\d+) \|", DOCUMENT, re.MULTILINE)
    assert row is not None
    shown = " ".join(re.findall(r"`(.*?)`", row[1])).split()
    named = {"Enter": "enter", "Space": "space", "Tab": "tab", "Ctrl+S": "ctrl+s", "/": "slash"}
    assert [named.get(key, key) for key in shown] == KEYS[task]
    assert int(row[2]) == len(KEYS[task])


async def press(drive, task, *typed):
    """The keys of a task; each text is typed after the key that opens its field."""
    texts, keys = list(typed), KEYS[task]
    for at, key in enumerate(keys):
        await drive.press({"=": "equals_sign"}.get(key, key))
        opens_field = key in ("f", "slash", "L", "tab") or (key == "enter" and keys[at + 1 : at + 2] == ["tab"])
        if texts and opens_field:
            await drive.press(*texts.pop(0))
    assert not texts


async def test_the_biggest_file(drive):
    await press(drive, "find the biggest file")
    largest_is_first(drive.app)


async def test_the_biggest_file_of_an_image_that_was_named_is_one_key(tmp_path):
    Inspector(Settings.load(store=tmp_path / "store")).images.demo()
    app = LayerTui(Settings.load(store=tmp_path / "store", fresh=True), "demo:2.0", clock=clock)
    async with app.run_test(size=(80, 24)) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        await driver.press("F")
        largest_is_first(app)


def largest_is_first(app):
    """The screen lists files by size, and the first one is as large as any of demo:2.0."""
    assert isinstance(app.screen, FilesBySizeScreen)
    view = app.inspector.view(app.inspector.open("demo:2.0"))
    entries = [view.entry(index) for index in range(len(view))]
    largest = max(entry.size for entry in entries)
    first = app.screen.query_one(SizedFileList).to_copy()
    assert first in {entry.path for entry in entries if entry.size == largest}


async def test_which_layer(drive):
    await press(drive, "which layer brought /etc/motd", "/etc/motd")
    assert isinstance(drive.app.screen, LookupScreen)
    assert drive.app.screen.query_one(LookupView).trace.visible


async def test_a_container_and_a_file_then_export_import_and_what_was_lost(drive):
    await press(drive, "make a container and add a file", "/a", "hello")
    (container,) = drive.app.inspector.containers.list()
    stack = drive.app.inspector.containers.files.stack(container.name)
    with stack.open(stack.view().get("/a")) as content:
        assert content.read() == b"hello"
    await press(drive, "export it and import it")
    assert len(drive.app.inspector.images.list()) == 4
    await press(drive, "what was lost")
    assert isinstance(drive.app.screen, CompareScreen)
    assert drive.app.screen.comparison.report.imported is not None


async def test_compare(drive):
    await press(drive, "compare 1.0 with 2.0")
    assert any(isinstance(screen, CompareScreen) for screen in drive.app.screen_stack)


async def test_a_file_is_taken_out(drive, tmp_path):
    await press(drive, "take a file out", "motd")
    assert (tmp_path / "motd").is_file()


async def test_a_tar_is_loaded(drive, tmp_path):
    drive.app.inspector.images.save(["demo:1.0"], tmp_path / "d.tar")
    drive.app.inspector.images.remove("demo:1.0")
    await press(drive, "load a tar", str(tmp_path / "d.tar"))
    assert drive.app.inspector.open("demo:1.0") is not None


async def test_an_image_is_deleted(drive):
    await press(drive, "delete an image")
    assert len(drive.app.inspector.images.list()) == 2
