"""Home, by its keys: what is looked at, as of which layer, and what the panes say of it."""

from threading import Event

import numpy as np
import pytest

from layertui.core.errors import Truncated
from layertui.tui.app import LayerTui
from layertui.tui.screens.compare import CompareScreen
from layertui.tui.screens.compare_dialog import CompareDialog
from layertui.tui.screens.container import ContainerScreen
from layertui.tui.screens.create import CreateDialog
from layertui.tui.screens.delete import DeleteContainerDialog, DeleteFileDialog, DeleteImageDialog
from layertui.tui.screens.help import HelpScreen
from layertui.tui.screens.lookup import LookupScreen
from layertui.tui.screens.tag import TagDialog
from layertui.tui.screens.write import WriteDialog
from layertui.tui.widgets.find_bar import FindBar
from layertui.tui.widgets.header_line import HeaderLine
from layertui.tui.widgets.key_bar import KeyBar
from layertui.tui.widgets.row_list import plain
from painted import Painted
from tui_sample import SampleInspector, clock


class Driver:
    """Presses keys and waits until all is at rest."""

    def __init__(self, app, pilot):
        self.app, self.pilot = app, pilot

    async def rest(self):
        await self.pilot.pause()
        while self.app.jobs.busy or not self.home.settled:
            await self.pilot.pause(0.01)
            await self.pilot.pause()

    async def press(self, *keys):
        for key in keys:
            await self.pilot.press(key)
        await self.rest()

    @property
    def home(self):
        return self.app.screen_stack[0] if len(self.app.screen_stack) == 1 else self.app.screen_stack[-2]

    def paths(self):
        return [self.home.files.view.path(int(index)) for index in self.home.files.shape.rows]

    def details(self, tab=None):
        return self.home.details.document(tab or self.home.details.tab).plain

    def offered(self):
        bar = self.app.screen.query_one(KeyBar)
        return {key.label: key.text for key in KeyBar.keys(bar)}


@pytest.fixture
def inspector(tmp_path):
    return SampleInspector(tmp_path)


@pytest.fixture
async def drive(inspector):
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        driver = Driver(app, pilot)
        await driver.rest()
        yield driver


async def test_it_opens_on_the_first_image_with_layers_and_files(drive):
    home = drive.home
    assert home.selection.name == "busybox:latest"
    assert home.images.border_title == "1 Images · 4"
    assert home.containers.border_title == "2 Containers · 3"
    assert home.layer_list.border_title == "3 Layers of busybox:latest"
    assert home.files.border_title == "4 Files as of layer 1"
    assert [row.kind for row in home.layer_list.rows] == ["step", "layer"]
    assert home.layer_list.current.number == 1
    assert home.layer_list.current.added == 57
    assert "/etc" in drive.paths()
    assert "image ID" in drive.details()


async def test_moving_in_images_looks_at_another_one(drive):
    await drive.press("j", "j")
    assert drive.home.selection.name == "demo:2.0"
    assert len([row for row in drive.home.layer_list.rows if row.kind == "layer"]) == 6


async def test_the_layer_under_the_cursor_is_the_one_files_are_shown_as_of(drive):
    await drive.press("j", "j", "3")
    assert drive.home.files.border_title == "4 Files as of layer 6"
    assert "/var/cache/pkg000.bin" not in [
        drive.home.files.view.path(index) for index in range(len(drive.home.files.view))
    ]
    await drive.press("j")
    assert drive.home.files.border_title == "4 Files as of layer 5"
    assert drive.home.files.view.find("/var/cache/pkg000.bin") is not None


async def test_folds_and_cursor_stay_from_layer_to_layer(drive):
    await drive.press("j", "j", "4")
    drive.home.files.go_to("/etc/motd")
    await drive.press("3", "j", "j")
    assert drive.home.files.path == "/etc/motd"
    await drive.press("G", "4")
    assert drive.home.files.path == "/etc/motd"
    assert drive.home.files.entry.layer == 1


async def test_a_layer_alone_and_back(drive):
    await drive.press("j", "j", "3", "a")
    assert drive.home.files.border_title == "4 Files of layer 6 alone"
    assert drive.offered()["a"] == "merged"
    assert {"/usr/lib/libssl.so.1", "/var/cache"} <= set(drive.paths())
    await drive.press("a")
    assert drive.home.files.border_title == "4 Files as of layer 6"
    assert drive.offered()["a"] == "alone"


async def test_only_changes_and_everything(drive):
    await drive.press("j", "j", "3", "j", "j", "j", "m")
    assert drive.home.layer_list.current.command == "RUN echo Hello from demo:2.0 > /etc/motd"
    assert drive.paths() == ["/etc", "/etc/motd"]
    assert "only changes" in drive.home.files.border_subtitle
    await drive.press("m")
    assert len(drive.paths()) > 2


async def test_what_was_removed_shows_when_asked_for(drive):
    await drive.press("j", "j", "3")
    assert drive.home.files.view.find("/usr/lib/libssl.so.1") is None
    await drive.press("R")
    assert drive.home.files.view.find("/usr/lib/libssl.so.1") is not None


async def test_a_container_shows_its_own_layer_above_the_line(drive):
    await drive.press("2")
    home = drive.home
    assert home.selection.name == "container:kind_banzai"
    assert [row.kind for row in home.layer_list.rows][:2] == ["own", "line"]
    assert home.files.border_title == "4 Files as of layer 6 + own layer"
    assert home.query_one(HeaderLine).own == "kind_banzai"
    assert home.images.current.key == "demo:2.0"
    home.files.go_to("/etc/motd")
    assert home.files.entry.layer == 7
    assert "writable layer" in drive.details("details")


async def test_tab_passes_containers_without_looking_at_one(drive):
    await drive.press("tab", "tab")
    assert drive.home.pane == "layers"
    assert drive.home.selection.name == "busybox:latest"


async def test_enter_goes_on_to_layers_and_files_and_the_file(drive):
    await drive.press("enter")
    assert drive.home.pane == "layers"
    await drive.press("enter")
    assert drive.home.pane == "files"
    drive.home.files.go_to("/etc/motd")
    await drive.press("enter")
    assert drive.home.details.tab == "file"
    head, view = drive.home.details.file_view()
    assert head.plain.splitlines()[0] == "/etc/motd"
    assert [line.plain for line in view.preview.lines] == ["Welcome."]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("motd", ["/etc", "/etc/motd"]),
        ("*.so.1", ["/usr", "/usr/lib", "/usr/lib/libcrypto.so.1", "/usr/lib/libssl.so.1", "/usr/lib/libz.so.1"]),
        ("etc/sh", ["/etc", "/etc/shadow"]),
        ("/^l[is]$/", ["/bin", "/bin/ls"]),
        ("/^sh$/", ["/bin", "/bin/sh"]),
    ],
)
async def test_a_filter_narrows_the_files_while_it_is_typed(drive, typed, found):
    await drive.press("4", "slash", *["slash" if letter == "/" else letter for letter in typed])
    assert drive.paths() == found
    await drive.press("enter")
    assert not drive.app.screen.query(FindBar)
    assert drive.home.pane == "files"
    at = drive.home.files.path
    await drive.press("escape")
    assert len(drive.paths()) >= 6
    assert drive.home.files.path == at


async def test_a_filter_that_is_given_up_leaves_the_folds_as_they_were(drive):
    await drive.press("4", "slash", *"motd")
    assert drive.paths() == ["/etc", "/etc/motd"]
    await drive.press("escape")
    assert len(drive.paths()) == 6


async def test_n_goes_from_find_to_find(drive):
    await drive.press("4", "slash", *".so", "enter")
    seen = [drive.home.files.path]
    for key in ("n", "n", "n", "N"):
        await drive.press(key)
        seen.append(drive.home.files.path)
    names = [path.rpartition("/")[2] for path in seen]
    assert names == ["libcrypto.so.1", "libssl.so.1", "libz.so.1", "libcrypto.so.1", "libz.so.1"]


async def test_a_filter_holds_while_layers_change(drive):
    await drive.press("j", "j", "4", "slash", *"motd", "enter", "3", "j")
    assert drive.paths() == ["/etc", "/etc/motd"]


async def test_escape_in_the_bar_clears_and_a_wrong_expression_says_so(drive):
    await drive.press("4", "slash", "slash", "left_parenthesis", "a", "slash")
    bar = drive.app.screen.query_one(FindBar)
    assert "no expression yet" in str(bar.query_one(".count").render())
    await drive.press("escape")
    assert not drive.app.screen.query(FindBar)
    assert drive.home.patterns["files"] is None


async def test_images_and_layers_are_filtered_too(drive):
    await drive.press("slash", *"demo", "enter")
    assert [row.key for row in drive.home.images.rows] == ["demo:1.0", "demo:2.0"]
    await drive.press("escape", "3", "slash", *"cmd", "enter")
    assert [row.command for row in drive.home.layer_list.rows] == ['CMD ["sh"]']


async def test_the_tabs_of_details_tell_of_the_selection(drive):
    await drive.press("j", "j", "3", "j", "j", "j", "j", "right_square_bracket")
    assert "RUN apk add python3" in drive.details()
    assert "  && rm -rf /root/.cache" in drive.details()
    await drive.press("right_square_bracket")
    assert 'Cmd: ["sh"]' in drive.details()
    assert "org.opencontainers.image.title: demo" in drive.details()
    await drive.press("H")
    table = drive.home.details.step_table()
    assert plain([table.draw_row(0, 80)])[0].split()[:3] == ["6", "0B", "20m"]
    assert drive.home.pane == "details"


async def test_lookup_logs_and_namespaces_follow_too(drive):
    await drive.press("2", "4")
    drive.home.files.go_to("/etc/motd")
    drive.home.details.turn_to("lookup")
    await drive.rest()
    assert drive.home.details.lookup_view().trace.layer == 7
    await drive.press("right_square_bracket")
    assert "listening on port 80" in drive.details()
    assert "warning: \\x1b[31mred" in drive.details()
    await drive.press("right_square_bracket")
    assert drive.home.details.namespaces_view().now.pid == 4711


async def test_orders_and_zoom(drive):
    await drive.press("4", "o")
    assert drive.home.files.shape.order == "size"
    assert "by size" in drive.home.files.border_subtitle
    sizes = [int(drive.home.files.view.total[int(index)]) for index in drive.home.files.shape.rows]
    assert sizes == sorted(sizes, reverse=True)
    small = drive.home.files.size.area
    await drive.press("plus")
    large = drive.home.files.size.area
    await drive.press("plus")
    assert small < large < drive.home.files.size.area
    await drive.press("escape")
    assert drive.home.files.size.area == small


async def test_a_step_through_the_layers_leaves_the_other_panes_alone(drive, monkeypatch):
    await drive.press("1", "j", "j", "3")
    drawn = []
    monkeypatch.setattr(drive.home.images, "refresh", lambda *regions, **more: drawn.append(regions))
    await drive.press("j", "j", "k")
    assert drive.home.files.border_title == "4 Files as of layer 5"
    assert drawn == []


async def test_what_is_copied(drive):
    copied = []
    drive.app.copy_to_clipboard = copied.append
    await drive.press("j", "j", "y", "Y", "3", "y", "Y", "4")
    drive.home.files.go_to("/etc/motd")
    await drive.press("y", "Y", "2", "Y")
    image = drive.app.inspector.all_images[0]
    assert copied == [
        str(image.id),
        "demo:2.0",
        str(image.layers[5].diff_id),
        "RUN rm -rf /var/cache/* /usr/lib/libssl.so.1",
        "/etc/motd",
        "Hello from demo:2.0\n",
        "sh -c 'while true; do date; sleep 1; done'",
    ]


@pytest.mark.parametrize(
    ("keys", "screen"),
    [
        (["question_mark"], HelpScreen),
        (["c"], CreateDialog),
        (["t"], TagDialog),
        (["d"], DeleteImageDialog),
        (["space", "="], CompareScreen),
        (["2", "d"], DeleteContainerDialog),
        (["2", "enter"], ContainerScreen),
        (["2", "4", "w"], WriteDialog),
        (["2", "4", "d"], DeleteFileDialog),
        (["4", "f"], LookupScreen),
    ],
)
async def test_keys_that_open_something(drive, keys, screen):
    await drive.press(*["equals_sign" if key == "=" else key for key in keys])
    assert isinstance(drive.app.screen, screen)
    await drive.press("escape")


async def test_marks_say_what_is_compared(drive):
    home = drive.home
    assert home.comparable() is None
    await drive.press("space")
    assert home.comparable() == ("busybox:latest", "demo:1.0")
    await drive.press("j", "space")
    assert home.comparable() == ("busybox:latest", "demo:2.0")
    assert home.images.marked == {"busybox:latest", "demo:2.0"}
    await drive.press("escape")
    assert home.images.marked == set()
    await drive.press("2")
    assert home.comparable() == (str(home.app.inspector.all_images[0].id), "container:kind_banzai")


async def test_a_container_and_an_image_are_marked_across_their_panes(drive):
    await drive.press("j", "space", "2", "space")
    home = drive.home
    assert home.marks == ("demo:1.0", "container:kind_banzai")
    assert home.comparable() == home.marks
    assert "✓" in home.containers.render_line(0).text
    await drive.press("1", "g", "space")
    assert home.marks == ("container:kind_banzai", "busybox:latest")  # of three the oldest goes
    await drive.press("g", "space")
    assert home.marks == ("container:kind_banzai",)


async def test_a_layer_is_held_against_a_layer(drive):
    await drive.press("1", "j", "3", "space")
    assert drive.home.marks == ("demo:1.0@3..3",)
    await drive.press("G")
    assert drive.home.comparable() == ("demo:1.0@3..3", "demo:1.0@1..1")
    await drive.press("equals_sign")
    assert isinstance(drive.app.screen, CompareScreen)


async def test_without_a_second_one_it_is_asked_for(drive):
    await drive.press("equals_sign")
    dialog = drive.app.screen
    assert isinstance(dialog, CompareDialog)
    assert dialog.query_one("#one").value == "busybox:latest"
    assert dialog.query_one("#other").has_focus
    await drive.press(*"demo:2", "right", "enter")
    assert isinstance(drive.app.screen, CompareScreen)
    assert drive.app.screen.query_one(HeaderLine).subject == "busybox:latest ⇄ demo:2.0"


async def test_the_key_bar_offers_what_makes_sense_here(drive):
    assert {"Space": "mark", "c": "create", "t": "tag"}.items() <= drive.offered().items()
    assert "s" not in drive.offered()
    await drive.press("2")
    assert drive.offered()["s"] == "stop"
    assert "t" not in drive.offered()
    await drive.press("j")
    assert drive.offered()["s"] == "start"
    await drive.press("4")
    assert {"a", "m", "f", "w", "d"} <= set(drive.offered())


async def test_stopping_a_container_says_what_stays(drive):
    await drive.press("2", "s")
    told = list(drive.app._notifications)[-1]
    assert "exit code 143" in told.message
    assert "writable layer is still there" in told.message
    assert drive.home.containers.current.container.state == "exited"
    assert drive.offered()["s"] == "start"


async def test_without_a_runtime_start_is_not_offered_and_the_reason_is_told(inspector):
    inspector.no_start = "no runtime passed its probe: bwrap is not on PATH"
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        drive = Driver(app, pilot)
        await drive.rest()
        await drive.press("2", "j")
        assert "s" not in drive.offered()
        assert "bwrap is not on PATH" in drive.details("details")


async def test_details_has_the_own_layer_before_it_is_counted(inspector):
    counting, layers = Event(), inspector.layers
    inspector.layers = lambda subject, progress=None: counting.wait(30) and layers(subject, progress)
    app = LayerTui(None, "container:kind_banzai", inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        drive = Driver(app, pilot)
        try:
            while drive.home.stack is None or drive.home.listing is None:
                await pilot.pause(0.01)
            await pilot.press("2")
            await pilot.pause()
            said = drive.details()
            assert "Layer 7: the container's own, writable" in said
            assert said.index("container ID") < said.index("Layer 7") < said.index("manifest digest")
            assert "2 added" not in said
        finally:
            counting.set()
        await drive.rest()
        assert "2 added, 1 modified, 1 removed" in drive.details()


async def test_the_size_of_an_own_layer_is_told_with_each_listing(drive, inspector):
    await drive.press("2")
    assert "own layer: 42 bytes" in drive.details()
    inspector.size_rw = lambda ident: 43
    drive.home.list_all()
    await drive.rest()
    assert "own layer: 43 bytes" in drive.details()


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
    async with app.run_test(size=(120, 40)) as pilot:
        drive = Driver(app, pilot)
        await drive.rest()
        assert "/etc" in drive.paths()
        assert drive.home.pane == "layers"


async def test_escape_never_quits(drive):
    await drive.press("escape", "escape", "escape")
    assert drive.app.is_running
    assert drive.app.return_code is None


async def test_a_layer_that_cannot_be_read_is_one_line(inspector):
    def broken(subject, progress=None):
        raise Truncated("layer 3 of demo:2.0 ends in the middle of [a] file; load the archive again")

    inspector.stack = broken
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        drive = Driver(app, pilot)
        await drive.rest()
        assert "ends in the middle of [a] file" in "".join(
            plain([drive.home.files.draw_row(index, 60) for index in range(drive.home.files.count)])
        )
        assert [row.kind for row in drive.home.layer_list.rows] == ["step", "layer"]
        assert app.is_running


async def test_a_name_that_is_not_there_is_one_line(inspector):
    app = LayerTui(None, "nothing:here", inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        drive = Driver(app, pilot)
        await drive.rest()
        assert [one.message for one in app._notifications] == [
            "no image nothing:here; `layertui images` lists what there is"
        ]
        await drive.press("1", "j")
        assert drive.home.subject is not None


async def test_an_empty_place_says_what_to_do(inspector):
    inspector.all_images, inspector.all_containers = [], []
    app = LayerTui(None, inspector=inspector, clock=clock)
    async with app.run_test(size=(120, 40)) as pilot:
        drive = Driver(app, pilot)
        await drive.rest()
        screen = app.export_screenshot().replace("&#160;", " ")
        for text in ("No images yet.", "No containers yet.", "Nothing to look into yet"):
            assert text in screen
        assert set(drive.offered()) == {"L", "?", "^p", "q"}
        await drive.press("c", "d", "x", "w", "s", "f", "H", "a", "m", "y", "Y", "enter", "space", "slash", "n", "o")
        assert app.is_running
        assert app.screen is drive.home


async def test_a_newer_selection_wins_however_late_the_older_answer_comes(drive, inspector):
    await drive.pilot.press("j", "j", "k", "j")
    await drive.rest()
    assert drive.home.selection.name == "demo:2.0"
    assert drive.home.subject.name == "demo:2.0"
    assert len(drive.home.stack) == 6


async def test_a_command_is_the_one_of_its_step(drive):
    await drive.press("j", "j", "3")
    steps = []
    for _ in range(8):
        steps.append(drive.home.step.command)
        await drive.press("j")
    assert steps == [step.command for step in reversed(drive.home.steps)]


async def test_keys_stay_quick_while_files_are_read(drive):
    """Whatever a job does, a key is answered by the loop, not by the job."""
    gate = []

    def slow(inspector, progress):
        while not gate:
            progress.advance(1)
            np.arange(10)

    drive.home.ask("slow", slow, lambda _: None, group="slow")
    await drive.pilot.press("j")
    assert drive.home.images.cursor == 1
    await drive.pilot.press("escape")
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


async def test_the_image_that_a_filter_has_found_is_looked_at(drive):
    await drive.press("slash", *"demo:2")
    assert drive.home.selection.name == "busybox:latest"
    await drive.press("enter")
    assert drive.home.selection.name == "demo:2.0"


async def test_a_path_is_looked_up_in_the_image_under_the_cursor(drive):
    await drive.press("1")
    assert drive.offered()["f"] == "look up"
    await drive.press("f")
    assert isinstance(drive.app.screen, LookupScreen)
