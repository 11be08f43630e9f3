"""The size map, with keys and with the mouse."""

from contextlib import asynccontextmanager

import pytest

from builders import file, image, layer
from layertui.tui.screens.lookup_screen import LookupScreen
from layertui.tui.screens.size.size_screen import PathOnHome, SizeScreen
from pressed_keys import silent_keys
from tui_sizes import sized
from tui_stage import Driven, Stage
from tui_values import built
from tui_world import World


@pytest.fixture
def world(tmp_path):
    world = World(tmp_path, sized(), *built())
    world.container()
    return world


class Map(Driven):
    """The screen, driven."""

    @property
    def view(self):
        return self.app.screen.view

    @property
    def about(self):
        return self.view.about.text.splitlines()

    @property
    def below(self):
        return str(self.view.frame.border_subtitle)

    def lines(self):
        return [self.view.treemap.render_line(y).text for y in range(self.view.treemap.size.height)]

    def tile_of(self, name):
        tiles, found = self.view.treemap.tiles, self.view.treemap.map
        return next(tile for tile in tiles if not tile.is_rest and found.describe_one(tile.node).name == name)


@asynccontextmanager
async def opened(world, name="sized:1", path="/", size=(120, 40)):
    app = Stage(SizeScreen(name, path), world.inspector)
    async with app.run_test(size=size) as pilot:
        await app.quiet(pilot)
        yield Map(app, pilot)


@pytest.mark.slow
async def test_in_and_out_with_keys(world):
    async with opened(world) as drive:
        assert drive.about[0].startswith("/usr/ ")
        assert "layer 1" in drive.about[1]
        await drive.press("enter")
        assert drive.below.startswith("/usr · ")
        await drive.press("backspace")
        assert drive.below.startswith("/ · ")
        assert drive.about[0].startswith("/usr/ ")
        await drive.press("j", "j")
        assert drive.about[0].startswith("/usr/lib/")
        await drive.press("backspace", "backspace")
        assert drive.about[0].startswith("/usr/ ")
        await drive.press("backspace")
        assert drive.app.told[-1][1] == "This is the top. Esc goes back."
        await drive.press("escape")
        assert drive.app.answers == [None]


@pytest.mark.slow
async def test_what_is_hidden_is_hatched_and_the_line_says_why(world):
    async with opened(world, path="/var/cache/apt/pkgcache.bin") as drive:
        assert drive.below.startswith("/var/cache/apt")
        assert any("╱" * 20 in line for line in drive.lines())
        assert drive.about[1].startswith("layer 1 · hidden: its folder is emptied in layer 5")
        await drive.press("F")
        assert drive.app.answers == [PathOnHome("/var/cache/apt/pkgcache.bin", 1)]


@pytest.mark.slow
async def test_a_file_that_is_visible_is_gone_to_at_the_top(world):
    async with opened(world, path="/usr/lib/libx.so") as drive:
        await drive.press("enter")
        assert drive.app.answers == [PathOnHome("/usr/lib/libx.so", None)]


@pytest.mark.slow
async def test_with_the_mouse(world):
    async with opened(world) as drive:
        tile = drive.tile_of("apt")
        await drive.pilot.click("#map", offset=(tile.area.x + 2, tile.area.y))
        await drive.app.quiet(drive.pilot)
        assert drive.about[0].startswith("/var/cache/apt/")
        await drive.pilot.click("#map", offset=(tile.area.x + 2, tile.area.y), times=2)
        await drive.app.quiet(drive.pilot)
        assert drive.below.startswith("/var/cache/apt · ")


@pytest.mark.slow
async def test_the_table_has_the_same(world):
    async with opened(world) as drive:
        await drive.press("tab")
        table = drive.view.table
        assert drive.app.focused is table
        assert [row.name for row in table.rows] == ["usr", "var", "bin", "srv"]
        assert sum(row.size for row in table.rows) == drive.view.treemap.map.tree.sizes[0]
        await drive.press("down", "l", "l")
        assert [row.name for row in table.rows] == ["apt"]
        await drive.press("l", "o")
        assert [row.name for row in table.rows] == ["pkgcache.bin", "srcpkgcache.bin"]
        await drive.press("h", "tab")
        assert drive.below.startswith("/var/cache · ")
        assert drive.about[0].startswith("/var/cache/apt/")


@pytest.mark.slow
async def test_divided_by_layer_by_kind_and_by_package(world):
    async with opened(world) as drive:
        await drive.press("b")
        assert drive.below.endswith("by layer")
        assert drive.about[0].startswith("/ of layer 1")
        assert "layer 1" in drive.lines()[0]
        await drive.press("b")
        assert drive.below.endswith("by kind")
        assert any("shared libraries" in line for line in drive.lines())
        await drive.press("b")
        assert drive.below.endswith("by package")
        assert "no package" in drive.lines()[0]
        await drive.press("b")
        assert drive.below.endswith("by folder")
        assert drive.about[0].startswith("/usr/ ")


@pytest.mark.slow
async def test_measured_again_one_is_where_one_was(world):
    async with opened(world, path="/usr/lib/libx.so") as drive:
        await drive.press("r")
        assert drive.below.startswith("/usr/lib · ")
        assert drive.about[0].startswith("/usr/lib/libx.so ")
        await drive.press("b", "r")
        assert drive.below.endswith("by layer")
        assert drive.about[0].startswith("/ of layer 1")
        await drive.press("b", "b", "b")
        assert drive.below.endswith("by folder")


@pytest.mark.slow
async def test_names_are_shown_as_text(world):
    async with opened(world, path="/srv/[red]bold[b]", size=(200, 50)) as drive:
        shown = "\n".join(drive.lines())
        for name in ("[red]bold[b]", "名前の長いライブラリ.so", "a\\x1b[31mb", "\\u202ereversed"):
            assert name in shown
        width = drive.view.treemap.size.width
        assert {drive.view.treemap.render_line(y).cell_length for y in range(drive.view.treemap.size.height)} == {width}
        assert drive.about[0].startswith("/srv/[red]bold[b] ")
        assert "hidden: removed in layer 6" in drive.about[1]


@pytest.mark.slow
@pytest.mark.parametrize("size", [(40, 12), (60, 16), (20, 8)])
async def test_every_line_is_as_wide_as_the_map_whatever_the_terminal(world, size):
    async with opened(world, size=size) as drive:
        treemap = drive.view.treemap
        for _ in range(4):
            assert {treemap.render_line(y).cell_length for y in range(treemap.size.height)} <= {treemap.size.width}
            await drive.press("right", "down")


@pytest.mark.slow
async def test_a_container_has_a_writable_layer(world):
    async with opened(world, "container:kind_banzai", path="/1.txt") as drive:
        assert drive.about[0].startswith("/1.txt ")
        assert drive.about[1].startswith("writable layer")


@pytest.mark.slow
async def test_some_layers(world):
    async with opened(world, "sized:1@2..3") as drive:
        assert drive.view.whole.text.startswith("990kB in 2 layers")
        await drive.press("b")
        assert "layer 2" in drive.lines()[0]


@pytest.mark.slow
async def test_a_name_that_is_not_there_is_one_line(world):
    async with opened(world, "none:1") as drive:
        assert "none:1" in drive.view.whole.text
        await drive.press("enter", "b", "tab", "backspace", "escape")
        assert drive.app.answers == [None]


@pytest.mark.slow
async def test_look_up_and_copy(world):
    async with opened(world, path="/bin/sh") as drive:
        await drive.press("y")
        assert drive.app.clipboard == "/bin/sh"
        await drive.press("f")
        assert isinstance(drive.app.screen, LookupScreen)


@pytest.mark.slow
async def test_every_key_does_something_or_says_why_not(world):
    async with opened(world, path="/usr") as drive:
        moves = {"left", "h", "right", "l", "up", "k", "down", "j", "home", "g", "end", "G"}
        assert await silent_keys(drive.app, drive.pilot, leave_out=moves | {"1", "escape", "q", "F", "f"}) == []


async def test_the_largest_file_is_one_file_not_all_copies_of_a_path(tmp_path):
    again = [layer([file("again", bytes(600), mtime=n)]) for n in range(3)]
    world = World(tmp_path, image([*again, layer([file("once", bytes(1000))])], tags=["copies:1"]))
    async with opened(world, "copies:1") as drive:
        assert drive.view.whole.text.endswith("largest file 1kB /once")


async def test_packages_that_are_not_known_are_told(tmp_path):
    cut = layer([file("var/lib/rpm/rpmdb.sqlite", b"no database" * 99)])
    world = World(tmp_path, image([cut], tags=["cut:1"]))
    async with opened(world, "cut:1") as drive:
        await drive.press("b", "b", "b")
        severity, text = drive.app.told[-1]
        assert severity == "warning"
        assert text.startswith("1 package database was not read: ")
