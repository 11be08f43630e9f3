"""Home, by its keys: what is looked at, as of which layer, and what the panes say of it."""

from threading import Event

import numpy as np
import pytest

from home_driver import Driver, driven
from layertui.core.errors import Truncated
from layertui.core.inspector.subject import Subject
from layertui.tui.app import LayerTui
from layertui.tui.screens.home.dockerfile.home_dockerfile import SEARCHING
from layertui.tui.screens.home.remembered.open_dialog import OpenDialog
from layertui.tui.widgets.chrome.header_line import HeaderLine
from layertui.tui.widgets.lists.choice_list import ChoiceList
from layertui.tui.widgets.lists.row_list import plain
from painted import Painted
from tui_sample import clock

pytestmark = pytest.mark.slow


async def test_it_opens_on_the_first_image_with_layers_and_files(drive):
    home = drive.home
    assert home.state.selection.name == "busybox:latest"
    assert home.panes.images.border_title == "1 Images · 4"
    assert home.panes.containers.border_title == "2 Containers · 3"
    assert home.panes.layers.border_title == "3 Layers of busybox:latest"
    assert home.panes.files.border_title == "4 Files as of layer 1"
    assert [row.kind for row in home.panes.layers.rows] == ["step", "layer"]
    assert home.panes.layers.current.number == 1
    assert home.panes.layers.current.added == 57
    assert "/etc" in drive.paths()
    assert "image ID" in drive.details()


async def test_moving_in_images_looks_at_another_one(drive):
    await drive.press("j", "j")
    assert drive.home.state.selection.name == "demo:2.0"
    assert len([row for row in drive.home.panes.layers.rows if row.kind == "layer"]) == 6


async def test_the_layer_under_the_cursor_is_the_one_files_are_shown_as_of(drive):
    await drive.press("j", "j", "3")
    assert drive.home.panes.files.border_title == "4 Files as of layer 6"
    assert "/var/cache/pkg000.bin" not in [
        drive.home.panes.files.view.path(index) for index in range(len(drive.home.panes.files.view))
    ]
    await drive.press("j")
    assert drive.home.panes.files.border_title == "4 Files as of layer 5"
    assert drive.home.panes.files.view.find("/var/cache/pkg000.bin") is not None


async def test_folds_and_cursor_stay_from_layer_to_layer(drive):
    await drive.press("j", "j", "4")
    drive.home.panes.files.go_to("/etc/motd")
    await drive.press("3", "j", "j")
    assert drive.home.panes.files.path == "/etc/motd"
    await drive.press("G", "4")
    assert drive.home.panes.files.path == "/etc/motd"
    assert drive.home.panes.files.entry.layer == 1


async def test_a_layer_alone_and_back(drive):
    await drive.press("j", "j", "3", "a")
    assert drive.home.panes.files.border_title == "4 Files of layer 6 only"
    assert drive.offered()["a"] == "merge layers"
    assert {"/usr/lib/libssl.so.1", "/var/cache"} <= set(drive.paths())
    await drive.press("a")
    assert drive.home.panes.files.border_title == "4 Files as of layer 6"
    assert drive.offered()["a"] == "this layer only"


async def test_only_changes_and_everything(drive):
    await drive.press("j", "j", "3", "j", "j", "j", "m")
    assert drive.home.panes.layers.current.command == "RUN echo Hello from demo:2.0 > /etc/motd"
    assert drive.paths() == ["/etc", "/etc/motd"]
    assert "only changes" in drive.home.panes.files.border_subtitle
    await drive.press("m")
    assert len(drive.paths()) > 2


async def test_what_was_removed_shows_when_asked_for(drive):
    await drive.press("j", "j", "3")
    assert drive.home.panes.files.view.find("/usr/lib/libssl.so.1") is None
    await drive.press("R")
    assert drive.home.panes.files.view.find("/usr/lib/libssl.so.1") is not None


async def test_a_container_shows_its_writable_layer_above_the_line(drive):
    await drive.press("2")
    home = drive.home
    assert home.state.selection.name == "container:kind_banzai"
    assert [row.kind for row in home.panes.layers.rows][:2] == ["own", "line"]
    assert home.panes.files.border_title == "4 Files as of layer 6 + writable layer"
    assert home.query_one(HeaderLine).own == "kind_banzai"
    assert home.panes.images.current.key == "demo:2.0"
    home.panes.files.go_to("/etc/motd")
    assert home.panes.files.entry.layer == 7
    assert "writable layer" in drive.details("details")


async def test_tab_passes_containers_without_looking_at_one(drive):
    await drive.press("tab", "tab")
    assert drive.home.panes.focused == "layers"
    assert drive.home.state.selection.name == "busybox:latest"


async def test_enter_goes_on_to_layers_and_files_and_the_file(drive):
    await drive.press("enter")
    assert drive.home.panes.focused == "layers"
    await drive.press("enter")
    assert drive.home.panes.focused == "files"
    drive.home.panes.files.go_to("/etc/motd")
    await drive.press("enter")
    assert drive.home.panes.details.tab == "file"
    head, view = drive.home.panes.details.file_view()
    assert head.plain.splitlines()[0] == "/etc/motd"
    assert [line.plain for line in view.preview.lines] == ["Welcome."]


async def test_the_tabs_of_details_describe_the_selection(drive):
    await drive.press("j", "j", "3", "j", "j", "j", "j", "right_square_bracket")
    assert "RUN apk add python3" in drive.details()
    assert "  && rm -rf /root/.cache" in drive.details()
    await drive.press("right_square_bracket")
    assert 'Cmd: ["sh"]' in drive.details()
    assert "org.opencontainers.image.title: demo" in drive.details()
    await drive.press("H")
    table = drive.home.panes.details.step_table()
    assert plain([table.draw_row(0, 80)])[0].split()[:3] == ["6", "0B", "20m"]
    assert drive.home.panes.focused == "details"


async def test_the_dockerfile_and_the_layers_lead_to_each_other(drive):
    await drive.press("j", "j", "D")
    view = drive.home.panes.details.dockerfile_view()
    assert drive.app.focused is view
    lines = view.plain.splitlines()
    assert lines[0].startswith("FROM ")
    assert SEARCHING not in lines
    assert view.step is not None
    assert drive.home.panes.layers.current.number == 6
    await drive.press("g", *"j" * next(n for n, line in enumerate(view.lines) if line.text.startswith("RUN apk add")))
    while not view.to_copy().startswith("RUN apk add"):
        await drive.press("j")
    assert drive.home.panes.layers.current.number == drive.home.state.layer == 3
    await drive.press("3", "j")
    assert drive.home.state.layer == 2
    assert drive.home.details.dockerfile._layer_of(view.step) == 2


async def test_the_dockerfile_says_what_a_step_wastes(drive, monkeypatch, tmp_path):
    await drive.press("j", "j", "D")
    await drive.rest()
    view = drive.home.panes.details.dockerfile_view()
    wasted = [at for at, line in enumerate(view.lines) if line.is_waste]
    assert [view.lines[at].text.partition(": ")[2].partition(";")[0] for at in wasted] == [
        "stores files of lower layers again (1 file)",
        "removes or hides files of lower layers (41 files)",
    ]
    assert [view.lines[at + 1].text[:7] for at in wasted] == ["RUN apk", "RUN rm "]
    monkeypatch.chdir(tmp_path)
    await drive.press("x", "enter")
    assert (tmp_path / "demo_2.0.Dockerfile").read_text() == view.plain


async def test_x_saves_the_dockerfile(drive, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    await drive.press("j", "j", "D", "x", "enter")
    assert (tmp_path / "demo_2.0.Dockerfile").read_text() == drive.home.panes.details.dockerfile_view().plain
    await drive.press("Y")
    assert drive.app.clipboard.startswith("FROM ")


async def test_lookup_logs_and_namespaces_follow_too(drive):
    await drive.press("2", "4")
    drive.home.panes.files.go_to("/etc/motd")
    drive.home.panes.details.turn_to("lookup")
    await drive.rest()
    assert drive.home.panes.details.lookup_view().trace.layer == 7
    await drive.press("right_square_bracket")
    assert "listening on port 80" in drive.details()
    assert "warning: \\x1b[31mred" in drive.details()
    await drive.press("right_square_bracket")
    assert drive.home.panes.details.namespaces_view().now.pid == 4711


async def test_orders_and_zoom(drive):
    await drive.press("4", "G", "o")
    assert drive.home.panes.files.shape.order == "size"
    assert "by size" in drive.home.panes.files.border_subtitle
    assert drive.home.panes.files.cursor == 0
    sizes = [int(drive.home.panes.files.view.total[int(index)]) for index in drive.home.panes.files.shape.rows]
    assert sizes == sorted(sizes, reverse=True)
    small = drive.home.panes.files.size.area
    await drive.press("plus")
    large = drive.home.panes.files.size.area
    await drive.press("plus")
    assert small < large < drive.home.panes.files.size.area
    await drive.press("escape")
    assert drive.home.panes.files.size.area == small


async def test_a_step_through_the_layers_leaves_the_other_panes_alone(drive, monkeypatch):
    await drive.press("1", "j", "j", "3")
    drawn = []
    monkeypatch.setattr(drive.home.panes.images, "refresh", lambda *regions, **more: drawn.append(regions))
    await drive.press("j", "j", "k")
    assert drive.home.panes.files.border_title == "4 Files as of layer 5"
    assert drawn == []


async def test_details_has_the_writable_layer_before_it_is_counted(inspector):
    counting, layers = Event(), inspector.layers
    inspector.layers = lambda subject, progress=None: counting.wait(30) and layers(subject, progress)
    app = LayerTui(None, "container:kind_banzai", inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        drive = Driver(app, pilot)
        try:
            while drive.home.state.stack is None or drive.home.state.listing is None:
                await pilot.pause(0.01)
            await pilot.press("2")
            await pilot.pause()
            said = drive.details()
            assert "Layer 7: the container's writable layer" in said
            assert said.index("container ID") < said.index("Layer 7") < said.index("manifest digest")
            assert "2 added" not in said
        finally:
            counting.set()
        await drive.rest()
        assert "2 added, 1 modified, 1 removed" in drive.details()


async def test_the_size_of_an_writable_layer_comes_with_each_listing(drive, inspector):
    await drive.press("2")
    assert "writable layer: 42 bytes" in drive.details()
    inspector.containers.files.own_size = lambda ident: 43
    drive.home.listing.list_all()
    await drive.rest()
    assert "writable layer: 43 bytes" in drive.details()


async def test_details_begins_with_what_the_pane_is_about(drive):
    await drive.press("1", "j", "j")
    assert drive.details().startswith("Image")
    await drive.press("3")
    assert drive.details().startswith("Layer 6")
    await drive.press("5")
    assert drive.details().startswith("Layer 6")
    await drive.press("2")
    assert drive.details().startswith("Container")


async def test_what_is_named_is_looked_at_though_nothing_can_be_listed(inspector):
    def broken():
        raise Truncated("the index of the store ends early; `layertui fsck` tells more")

    inspector.images = broken
    app = LayerTui(None, "demo:2.0", inspector=inspector, clock=clock)
    async with driven(app) as drive:
        assert "/etc" in drive.paths()
        assert drive.home.panes.focused == "layers"


async def test_a_layer_that_cannot_be_read_is_one_line(inspector):
    def broken(subject, progress=None):
        raise Truncated("layer 3 of demo:2.0 ends in the middle of [a] file; load the archive again")

    inspector.stack = broken
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with driven(app) as drive:
        assert "ends in the middle of [a] file" in "".join(
            plain([drive.home.panes.files.draw_row(index, 60) for index in range(drive.home.panes.files.count)])
        )
        assert [row.kind for row in drive.home.panes.layers.rows] == ["step", "layer"]
        assert app.is_running


@pytest.mark.parametrize(("name", "nearest"), [("nothing:here", ""), ("demo:2", "; nearest: demo:2.0, demo:1.0")])
async def test_a_name_that_is_not_there_is_said_in_one_place_with_the_nearest_ones(inspector, name, nearest):
    app = LayerTui(None, name, inspector=inspector, clock=clock)
    async with driven(app) as drive:
        assert [str(one.message) for one in app._notifications] == [f"no image {name} in the store{nearest}"]
        assert app.focused is drive.home.panes.images
        assert drive.home.state.selection.name == drive.home.panes.images.current.key
        assert drive.home.state.stack is not None, "what the cursor is on is shown"
        await drive.press("1", "j")
        assert drive.home.state.subject is not None


async def test_of_a_folder_with_archives_one_is_chosen(inspector, tmp_path):
    for archive in ("two.tar", "one.tar.gz", "notes.txt"):
        (tmp_path / archive).write_bytes(b"")
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "index.json").write_text("{}")
    app = LayerTui(None, str(tmp_path), inspector=inspector, clock=clock)
    async with driven(app) as drive:
        assert isinstance(app.screen, OpenDialog)
        rows = app.screen.query_one(ChoiceList)
        assert [line.split()[-1] for line in plain([rows.draw_row(index, 200) for index in range(rows.count)])] == [
            str(tmp_path / name) for name in ("layout", "one.tar.gz", "sample.tar", "two.tar")
        ]
        assert app.focused is rows
        await drive.press("j", "j", "j", "enter")
        assert app.screen is drive.home
        assert drive.home.state.selection.name == str(tmp_path / "two.tar")


async def test_a_damaged_image_is_reported_once_and_counted(inspector):
    inspector.damaged_images = 1
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with driven(app) as drive:
        for damaged, title in ((1, "1 Images · 4 · 1 damaged"), (2, "1 Images · 4 · 2 damaged"), (0, "1 Images · 4")):
            inspector.damaged_images = damaged
            drive.home.listing.list_all()
            await drive.rest()
            assert drive.home.panes.images.border_title == title
        assert [str(one.message) for one in app._notifications] == [
            "1 image cannot be read; `layertui fsck` lists them",
            "2 images cannot be read; `layertui fsck` lists them",
        ]


async def test_a_file_outside_the_store_has_a_row_with_its_size_once_its_layers_are_read(inspector):
    path, away, listed, opened = "/files/away.tar", inspector.all_images[0], inspector.images.list()[1:], inspector.open
    inspector.images.list = lambda: listed
    inspector.open = lambda name, *more, **how: Subject(path, away) if name == path else opened(name, *more, **how)
    app = LayerTui(None, path, inspector=inspector, clock=clock)
    async with driven(app) as drive:
        images = drive.home.panes.images
        (row,) = [row for row in images.rows if row.is_file]
        assert row.title == "away.tar"
        assert images.border_title == f"1 Images · {len(listed) + 1}"
        assert drive.home.panes.frame.arrangement.rows["images"] == len(images.rows)
        assert row.image.size == sum(inspector.catalog.content_sizes(away.layers))


async def test_an_empty_place_says_what_to_do(inspector):
    inspector.all_images, inspector.all_containers = [], []
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with driven(app) as drive:
        screen = app.export_screenshot().replace("&#160;", " ")
        for text in ("No images yet.", "No containers yet.", "No image yet"):
            assert text in screen
        assert set(drive.offered()) == {"L", "?", "^p", "q"}
        await drive.press("c", "d", "x", "w", "s", "f", "H", "a", "m", "y", "Y", "enter", "space", "slash", "n", "o")
        assert app.is_running
        assert app.screen is drive.home


async def test_advice_that_is_too_long_for_its_pane_has_no_blank_line_and_no_scroll_bar(inspector):
    inspector.all_images, inspector.all_containers = inspector.all_images[:2], []
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with driven(app, size=(80, 24)) as drive:
        containers = drive.home.panes.containers
        shown = ["".join(text for text, _ in line) for line in containers.advice]
        assert shown[:2] == ["No containers yet.", "c on an image creates one: a"]
        assert len(shown) > containers.size.height
        assert containers.scrollable_content_region.width == containers.size.width


async def test_a_newer_selection_wins_however_late_the_older_answer_comes(drive, inspector):
    await drive.pilot.press("j", "j", "k", "j")
    await drive.rest()
    assert drive.home.state.selection.name == "demo:2.0"
    assert drive.home.state.subject.name == "demo:2.0"
    assert len(drive.home.state.stack) == 6


async def test_keys_stay_quick_while_files_are_read(drive):
    """Whatever a job does, a key is answered by the loop, not by the job."""
    gate = []

    def slow(inspector, progress):
        while not gate:
            progress.advance(1)
            np.arange(10)

    drive.home.ask("slow", slow, lambda _: None, group="slow")
    await drive.pilot.press("j")
    assert drive.home.panes.images.cursor == 1
    await drive.pilot.press("escape", "escape")
    await drive.rest()
    assert not drive.app.jobs.busy
    gate.append(1)


@pytest.mark.parametrize(
    "keys", [["slash", *"xyzq", "enter", "escape"], ["slash", *"demo", "enter", "j"], list("23451")]
)
async def test_what_is_painted_in_parts_is_the_whole(inspector, keys):
    app = LayerTui(None, inspector=inspector, clock=clock)
    painted = Painted(app)
    async with app.run_test(size=(80, 24)) as pilot:
        driver = Driver(app, pilot)
        for key in keys:
            await driver.press(key)
            await pilot.pause(0.1)
            assert painted.lines == painted.wanted, key
