"""What is loaded or imported is gone to; an import of an export that is known here leads to what was lost, by one key."""

import pytest
from textual import events

from at_rest import at_rest
from builders import docker_archive, file, image, layer
from layertui.core.containers.model.container import CreateOptions
from layertui.core.inspector import Inspector
from layertui.core.progress import Progress
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.widgets.chrome.lookup_view import LookupView
from layertui.tui.widgets.lists.row_list import RowList
from tui_sample import clock

pytestmark = pytest.mark.slow


@pytest.fixture
def inspector(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    inspector = Inspector(Settings(tmp_path / "store"))
    base = image([layer([file("etc/motd", b"1")]), layer([file("b", b"2")])], tags=["shop:1"], config={"Cmd": ["sh"]})
    inspector.images.load(docker_archive(base, tmp_path / "shop.tar"))
    inspector.containers.create("shop:1", CreateOptions(name="box"))
    yield inspector
    inspector.close()


@pytest.fixture
async def drive(inspector):
    app = LayerTui(inspector.settings, inspector=inspector, clock=clock)
    app.said = []
    app.notify = lambda message, **_: app.said.append(str(message))
    async with app.run_test(size=(120, 40)) as pilot:

        async def press(*keys):
            await pilot.press(*keys)
            await at_rest(app, pilot)

        await press()
        app.press = press
        yield app


async def test_load_goes_to_the_new_image(drive, tmp_path):
    docker_archive(image([layer([file("a")])], tags=["other:7"]), tmp_path / "here" / "other.tar")
    await drive.press("2")
    await drive.press("L", *"other.tar", "enter")
    home = drive.screen
    assert home.panes.images.current.key == home.state.selection.name == "other:7"
    assert home.panes.focused == "images"


async def test_export_then_import_then_what_was_lost_each_by_the_key_that_the_notice_names(drive, tmp_path):
    await drive.press("2")
    await drive.press("x")
    await drive.press("enter")
    (exported,) = drive.said
    assert exported.startswith(f"Exported box to {tmp_path}/here/box.tar, ")
    await drive.press("y")
    assert drive.clipboard == f"{tmp_path}/here/box.tar"
    await drive.press("L")
    assert drive.screen.query_one("#file").value == f"{tmp_path}/here/box.tar"
    await drive.press("tab", *"flat:1", "enter")
    home = drive.screen
    assert (home.panes.images.current.key, home.state.selection.name) == ("flat:1", "flat:1")
    assert [text for text in drive.said if text.startswith("flat:1 is an import of an export of box")] != []
    await drive.press("equals_sign")
    assert isinstance(drive.screen, CompareScreen)
    assert drive.screen.comparison.report.imported.copy == "b"


async def test_an_image_without_a_name_is_gone_to_as_well(drive, inspector):
    inspector.containers.export("box", inspector.settings.store.parent / "here" / "box.tar", Progress())
    await drive.press("L", *"box.tar", "enter")
    home = drive.screen
    assert home.panes.images.current.title == "<none>"
    assert home.state.selection.name == home.panes.images.current.key


@pytest.mark.parametrize("pane", "12345")
async def test_a_path_typed_right_after_f_is_the_path_that_is_asked_for(drive, pane):
    await drive.press("down", "up")  # a cursor in Files is on a path, which the dialog begins with
    await drive.press(pane)
    await drive.press("f", *"/etc/motd")
    assert isinstance(drive.screen, LookupScreen)
    assert drive.screen.query_one("#path").value == "/etc/motd"
    assert drive.screen.query_one(LookupView).trace.layer == 1


async def test_two_that_are_marked_are_compared_though_a_notice_offers_another_pair(drive, inspector):
    inspector.containers.export("box", inspector.settings.store.parent / "here" / "box.tar", Progress())
    await drive.press("L", *"box.tar", "tab", *"flat:1", "enter")
    assert any("= shows what was lost" in text for text in drive.said)
    await drive.press("1", "g", "space", "G", "equals_sign")
    comparison = drive.screen.comparison
    assert (comparison.a, comparison.b) == ("flat:1", "shop:1")


async def test_created_and_started_in_three_keys_however_fast(drive, inspector):
    for key in ("c", "enter", "s"):
        drive.post_message(events.Key(key, None if key == "enter" else key))
    for _ in range(200):
        await drive.press()
        if any(isinstance(screen, ContainerScreen) for screen in drive.screen_stack):
            break
    assert any(isinstance(screen, ContainerScreen) for screen in drive.screen_stack)
    assert len(inspector.containers.list()) == 2


async def test_a_list_that_reports_its_row_late_does_not_lead_away_from_the_new_image(drive, monkeypatch):
    await drive.press("2")
    home = drive.screen
    assert home.state.selection.name == "container:box"
    monkeypatch.setattr(home.changes, "list_engine", lambda _engine, then: then())
    home.changes.look_at_image("shop:1")
    home._moved(RowList.Moved(home.panes.containers, 0))  # said before the focus had moved
    assert home.state.selection.name == "shop:1"
