"""The ten tasks of a new user by the mouse alone, in a small and a large terminal; only texts are typed."""

import pytest

from containing import require_runtime
from layertui.core.inspector import Inspector
from layertui.core.settings import Settings
from layertui.tui.app import LayerTui
from layertui.tui.screens.actions.write_action import OfferContainer
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.screens.container.container_screen import ContainerScreen
from layertui.tui.screens.dialogs.create_dialog import CreateDialog
from layertui.tui.screens.dialogs.write_dialog import WriteDialog
from layertui.tui.screens.home.home_screen import HomeScreen
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.size.files_by_size_screen import FilesBySizeScreen
from layertui.tui.widgets.chrome.lookup_view import LookupView
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.container.namespaces_view import NamespacesView
from layertui.tui.widgets.size.sized_file_list import SizedFileList
from mouse_person import MousePerson, begins_at_home, titled

pytestmark = pytest.mark.slow


@pytest.fixture(params=[(80, 24), (160, 45)], ids=["80x24", "160x45"])
async def person(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(tmp_path / "store", runtime="bwrap")
    require_runtime("bwrap", settings.store)
    inspector = Inspector(settings)
    inspector.images.demo()
    app = LayerTui(settings, inspector=inspector)
    async with app.run_test(size=request.param) as pilot:
        yield await begins_at_home(MousePerson, app, pilot)
    for container in inspector.containers.list():
        inspector.containers.remove(container.id, force=True)


async def at(person, pane, name):
    rows = getattr(person.app.screen.panes, pane)
    await person.row(rows, titled(rows, name))


async def test_the_biggest_file(person):
    await at(person, "images", "demo:2.0")
    await person.does("F", "files_by_size")
    await person.sees_screen(FilesBySizeScreen)
    view = person.app.inspector.view(person.app.inspector.open("demo:2.0"))
    entries = [view.entry(index) for index in range(len(view))]
    largest = max(entry.size for entry in entries)
    assert person.app.screen.query_one(SizedFileList).to_copy() in {
        entry.path for entry in entries if entry.size == largest
    }


async def test_which_layer(person):
    await at(person, "images", "demo:2.0")
    await person.does("f", "lookup")
    await person.sees_screen(LookupScreen)
    await person.types("#path", "/etc/motd")
    found = lambda: person.app.screen.query_one(LookupView).trace  # noqa: E731
    await person.sees(lambda: found() is not None and found().path == "/etc/motd")
    assert found().layer == 4


async def test_a_container_with_a_file_is_started_exported_and_imported(person):
    await at(person, "images", "demo:2.0")
    await person.does("w", "write")
    await person.sees_screen(OfferContainer)
    await person.confirms()
    await person.sees_screen(CreateDialog)
    await person.confirms()
    await person.sees_screen(WriteDialog)
    await person.types("#path", "/a")
    await person.types("#text", "hello")
    await person.confirms()
    await person.sees_screen(HomeScreen)
    inspector = person.app.inspector
    (container,) = inspector.containers.list()
    with inspector.read(inspector.open(f"container:{container.name}"), "/a") as content:
        assert content.read() == b"hello"

    await at(person, "containers", container.name)
    await person.does("s", "start")
    await person.sees_screen(ContainerScreen)
    view = person.app.screen.query_one(NamespacesView)
    await person.sees(lambda: view.now is not None and view.now.container is not None)
    await person.leaves()
    await person.sees_screen(HomeScreen)

    await at(person, "containers", container.name)
    await person.does("x", "take_out")
    await person.types("#target", "flat.tar")
    await person.confirms()
    await person.sees_screen(HomeScreen)
    await person.does("L", "bring_in")
    await person.types("#file", "flat.tar")
    await person.types("#ref", "flat:1")
    await person.confirms()
    await person.sees_screen(HomeScreen)

    await at(person, "containers", container.name)
    await person.does("space", "mark")
    await at(person, "images", "flat:1")
    await person.does("equals_sign", "compare")
    await person.sees_screen(CompareScreen)
    await person.sees(lambda: person.app.screen.query_one("#imported").display)
    assert "history steps" in str(person.app.screen.query_one("#imported").render())


async def test_two_versions_down_to_the_lines_of_a_file(person):
    await at(person, "images", "demo:1.0")
    await person.does("space", "mark")
    await at(person, "images", "demo:2.0")
    await person.does("equals_sign", "compare")
    await person.sees_screen(CompareScreen)
    await person.turns_to(2)
    changes = person.app.screen.query_one(ChangeTree)
    await person.sees(lambda: changes.count)
    for _ in range(20):
        await person.opens(changes, lambda line: line == changes.cursor)
        if isinstance(person.app.screen, ContentScreen):
            break
        await person.row(changes, lambda line: line == changes.cursor + 1)
    assert isinstance(person.app.screen, ContentScreen)


async def test_a_file_is_taken_out(person, tmp_path):
    await at(person, "images", "demo:2.0")
    await person.sees(lambda: person.app.screen.state.stack is not None)
    files = person.app.screen.panes.files
    await person.row(files, lambda line: line == 0)
    await person.does("slash", "find")
    await person.press(*"motd")
    await person.rest()
    await person.row(files, lambda line: files.view.path(files.shape.at(line)) == "/etc/motd")
    await person.does("x", "take_out")
    await person.confirms()
    await person.sees_screen(HomeScreen)
    assert (tmp_path / "motd").read_bytes()


async def test_a_tar_is_loaded_and_an_image_deleted(person, tmp_path):
    inspector = person.app.inspector
    inspector.images.save(["demo:1.0"], tmp_path / "d.tar")
    await at(person, "images", "demo:1.0")
    await person.does("d", "delete")
    await person.confirms()
    await person.sees_screen(HomeScreen)
    names = lambda: {str(name.familiar) for image in inspector.images.list() for name in image.names}  # noqa: E731
    assert "demo:1.0" not in names()
    await person.does("L", "bring_in")
    await person.types("#file", str(tmp_path / "d.tar"))
    await person.confirms()
    await person.sees_screen(HomeScreen)
    assert "demo:1.0" in names()
