"""The file tree: columns, folds and cursor kept over layers, filters, orders, and names that could act on the terminal."""

import numpy as np
import pytest
from textual.app import App

from layertui.core.layers.stack.stack import Stack
from layertui.core.layers.stack.timeline import StackLayer
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.tui.widgets.files.file_tree import FileTree
from layertui.tui.widgets.files.tree_line import columns, name_start
from layertui.tui.widgets.lists.row_list import RowList, plain
from layertui.tui.widgets.text.pieces import width_of

WIDTH = 90


def stack():
    base = TableBuilder()
    base.add(b"etc", Kind.DIR, mode=0o755)
    base.add(b"etc/motd", Kind.FILE, size=9)
    base.add(b"etc/passwd", Kind.FILE, size=340)
    base.add(b"bin", Kind.DIR, mode=0o755)
    base.add(b"bin/busybox", Kind.FILE, size=1_100_000, mode=0o4755)
    base.add(b"bin/sh", Kind.SYMLINK, link=b"busybox", mode=0o777)
    base.hardlink(b"bin/box", b"bin/busybox", size=1_100_000, mode=0o4755)
    base.add(b"var/cache/x", Kind.FILE, size=5)
    change = TableBuilder()
    change.add(b"etc/motd", Kind.FILE, size=18, uid=1000, gid=100)
    change.add(b"etc/shop.conf", Kind.FILE, size=26)
    change.whiteout(b"var/cache")
    return Stack.from_layers([StackLayer(base.build()), StackLayer(change.build())])


class Planted(App):
    chosen = ()

    def on_row_list_chosen(self, event):
        self.chosen = [*self.chosen, event.rows.path]

    def compose(self):
        yield FileTree()


@pytest.fixture
async def pilot():
    async with Planted().run_test(size=(100, 30)) as pilot:
        pilot.app.query_one(FileTree).focus()
        await pilot.pause()
        yield pilot


def show(tree, view, mask=None, **more):
    found = more.pop("found", False)
    tree.show_view(view, tree.prepared(view, mask, found=found), **more)


def rows(tree, width=WIDTH):
    return plain([tree.draw_row(index, width) for index in range(tree.count)])


def names(tree):
    return [tree.view.path(int(index)) for index in tree.shape.rows]


async def test_columns_of_a_row(pilot):
    tree = pilot.app.query_one(FileTree)
    show(tree, stack().view())
    await pilot.press("asterisk")
    lines = [line.split() for line in rows(tree)]
    assert lines == [
        ["drwxr-xr-x", "0:0", "1.1MB", "▾", "bin/", "1"],
        ["-rwsr-xr-x", "0:0", "1.1MB", "box", "⇒", "/bin/busybox", "1"],
        ["-rwsr-xr-x", "0:0", "1.1MB", "busybox", "1"],
        ["lrwxrwxrwx", "0:0", "0B", "sh", "→", "busybox", "1"],
        ["drwxr-xr-x", "0:0", "384B", "▾", "etc/", "1"],
        ["M", "-rw-r--r--", "1000:100", "18B", "motd", "2"],
        ["-rw-r--r--", "0:0", "340B", "passwd", "1"],
        ["A", "-rw-r--r--", "0:0", "26B", "shop.conf", "2"],
        ["drwxr-xr-x", "0:0", "0B", "var/", "1"],
    ]


@pytest.mark.parametrize("width", [40, 52, 60, 80, 104, 150])
async def test_rows_fit_and_columns_give_way(pilot, width):
    tree = pilot.app.query_one(FileTree)
    show(tree, stack().view())
    assert all(width_of(tree.draw_row(index, width)) <= width for index in range(tree.count))
    head = plain([tree.draw_head(0, width)])[0]
    assert ("mode" in head) == (width > 52)
    assert ("owner" in head) == (width > 60)
    assert ("time" in head) == (width > 104)
    assert "size" in head
    assert "name" in head


async def test_another_layer_keeps_folds_and_cursor(pilot):
    tree, whole = pilot.app.query_one(FileTree), stack()
    show(tree, whole.view())
    assert tree.go_to("/etc/passwd")
    show(tree, whole.view(1))
    assert tree.path == "/etc/passwd"
    assert "/etc/motd" in names(tree)
    show(tree, whole.alone(2))
    assert tree.path == "/etc"
    show(tree, whole.view(2))
    assert "/etc/motd" in names(tree)


async def test_another_stack_keeps_them_by_path(pilot):
    tree = pilot.app.query_one(FileTree)
    show(tree, stack().view())
    tree.go_to("/etc/passwd")
    tree.show_waiting("Reading the layers …")
    assert rows(tree) == [" Reading the layers …"]
    show(tree, stack().view())
    assert tree.path == "/etc/passwd"


async def test_what_was_removed_is_marked_and_struck_through(pilot):
    tree, whole = pilot.app.query_one(FileTree), stack()
    show(tree, whole.view(2, removed=True))
    tree.go_to("/var/cache/x")
    pieces = tree.draw_row(tree.cursor, WIDTH)
    assert pieces[0] == (" D", "removed strong")
    assert ("x", "removed struck") in pieces


async def test_the_writable_layer_has_a_sign(pilot):
    tree = pilot.app.query_one(FileTree)
    show(tree, stack().view(), own_number=2)
    tree.go_to("/etc/motd")
    assert rows(tree)[tree.cursor].endswith("✎")


@pytest.mark.slow
async def test_keys_unfold_go_in_fold_and_go_out(pilot):
    tree = pilot.app.query_one(FileTree)
    show(tree, stack().view())
    await pilot.press("right", "right", "down")
    assert tree.path == "/bin/busybox"
    await pilot.press("left")
    assert tree.path == "/bin"
    await pilot.press("h")
    assert names(tree) == ["/bin", "/etc", "/var"]
    await pilot.press("enter", "space", "j", "l")
    assert names(tree) == ["/bin", "/etc", "/etc/motd", "/etc/passwd", "/etc/shop.conf", "/var"]
    await pilot.press("minus")
    assert names(tree) == ["/bin", "/etc", "/var"]
    assert tree.path == "/etc"


async def test_a_file_is_chosen_a_folder_is_not(pilot):
    tree = pilot.app.query_one(FileTree)
    show(tree, stack().view())
    await pilot.press("enter")
    tree.go_to("/etc/motd")
    await pilot.press("enter")
    await pilot.pause()
    assert pilot.app.chosen == ["/etc/motd"]


async def test_a_filter_opens_what_leads_to_its_finds_and_leaves_the_folds_alone(pilot):
    tree, whole = pilot.app.query_one(FileTree), stack()
    view = whole.view()
    show(tree, view)
    mask = np.array([path.endswith("motd") for path in map(view.path, range(len(view)))])
    show(tree, view, mask, found=True)
    assert names(tree) == ["/etc", "/etc/motd"]
    assert tree.path == "/etc/motd"
    assert ("motd", "changed match") in tree.draw_row(tree.cursor, WIDTH)
    show(tree, view)
    assert names(tree) == ["/bin", "/etc", "/var"]
    assert tree.path == "/etc"


@pytest.mark.slow
async def test_a_filter_that_finds_nothing_says_so(pilot):
    tree, view = pilot.app.query_one(FileTree), stack().view()
    show(tree, view, np.zeros(len(view), bool), found=True)
    assert rows(tree) == [" No match."]
    assert tree.path is None
    assert tree.check_action("fold", ()) is False
    await pilot.press("enter", "l", "h", "space", "j", "n")


@pytest.mark.slow
async def test_a_layer_that_holds_nothing_says_so(pilot):
    tree = pilot.app.query_one(FileTree)
    whole = Stack.from_layers([*stack().layers, StackLayer(TableBuilder().build())])
    show(tree, whole.view())
    show(tree, whole.alone(3))
    assert rows(tree) == [" Nothing."]
    show(tree, whole.alone(3), np.zeros(0, bool))
    assert rows(tree) == [" No changes in this layer."]
    await pilot.press("l", "h", "asterisk", "minus", "j")


async def test_an_order_keeps_the_cursor(pilot):
    tree = pilot.app.query_one(FileTree)
    show(tree, stack().view())
    tree.go_to("/etc/motd")
    tree.order = "size"
    assert "size ↓" not in plain([tree.draw_head(0, WIDTH)])[0]
    show(tree, tree.view)
    assert names(tree) == ["/bin", "/etc", "/etc/passwd", "/etc/shop.conf", "/etc/motd", "/var"]
    assert tree.path == "/etc/motd"
    assert "size ↓" in plain([tree.draw_head(0, WIDTH)])[0]


async def test_of_a_note_the_beginning_stays_and_of_a_target_the_end(pilot):
    builder = TableBuilder()
    builder.add(b"etc", Kind.DIR)
    builder.opaque(b"etc")
    builder.add(b"link", Kind.SYMLINK, link=b"/a/long/way/to/where/it/leads")
    tree = pilot.app.query_one(FileTree)
    show(tree, Stack.from_layers([*stack().layers, StackLayer(builder.build())]).alone(3))
    folder, link = rows(tree, 40)
    assert "etc/  emptied here" in folder
    assert "link → …" in link
    assert "/leads" in link


async def test_what_orders_the_rows_can_be_seen(pilot):
    builder = TableBuilder()
    for name, mtime in ((b"old", 1_000_000_000), (b"young", 1_700_000_000), (b"middle", 1_500_000_000)):
        builder.add(name, Kind.FILE, mtime=mtime)
    tree = pilot.app.query_one(FileTree)
    tree.order = "time"
    show(tree, Stack.from_layers([StackLayer(builder.build())]).view())
    assert [line.split() for line in rows(tree)] == [
        ["0B", "2023-11-14", "22:13", "young", "1"],
        ["0B", "2017-07-14", "02:40", "middle", "1"],
        ["0B", "2001-09-09", "01:46", "old", "1"],
    ]
    assert plain([tree.draw_head(0, WIDTH)])[0].split() == ["size", "time", "↓", "name", "layer"]
    tree.order = "layer"
    show(tree, tree.view)
    assert plain([tree.draw_head(0, WIDTH)])[0].split() == ["mode", "owner", "size", "name", "lyr", "↓"]


async def test_the_lowest_layer_changes_nothing_and_has_no_marks(pilot):
    tree, whole = pilot.app.query_one(FileTree), stack()
    show(tree, whole.view(1))
    assert {row[1] for row in rows(tree)} == {" "}
    tree.go_to("/etc/motd")
    show(tree, whole.view(2))
    assert [row[1] for row in rows(tree) if "motd" in row] == ["M"]


async def test_a_fold_made_while_rows_were_worked_out_is_not_lost(pilot):
    tree, whole = pilot.app.query_one(FileTree), stack()
    show(tree, whole.view())
    view = whole.view(1)
    prepared = tree.prepared(view)
    await pilot.press("l")
    tree.show_view(view, prepared)
    assert "/bin/sh" in names(tree)


async def test_names_cannot_act_on_the_terminal(pilot):
    builder = TableBuilder()
    for name in (b"[red]x[bold]", b"\x1b[31mred", "\u202egnp.exe".encode(), b"two\nlines", b"\xff\xfe"):
        builder.add(name, Kind.FILE)
    builder.add(b"link", Kind.SYMLINK, link=b"/\x1b]0;title\x07")
    tree = pilot.app.query_one(FileTree)
    show(tree, Stack.from_layers([StackLayer(builder.build())]).view())
    await pilot.pause()
    text = "\n".join(rows(tree))
    for shown in (
        "[red]x[bold]",
        "\\x1b[31mred",
        "\\u202egnp.exe",
        "two\\x0alines",
        "\\udcff\\udcfe",
        "→ /\\x1b]0;title\\x07",
    ):
        assert shown in text
    assert tree.path is not None


async def test_a_click_on_the_sign_folds_and_one_on_the_name_only_picks(pilot):
    tree = pilot.app.query_one(FileTree)
    show(tree, stack().view())
    await pilot.pause()
    start = name_start(columns(99))
    sign = start
    await pilot.click(FileTree, offset=(sign, 2))
    assert "/etc/motd" in names(tree)
    assert tree.path == "/etc"
    await pilot.click(FileTree, offset=(sign + 4, 1))
    assert tree.path == "/bin"
    assert "/bin/sh" not in names(tree)


@pytest.mark.slow
async def test_a_hundred_thousand_entries_are_drawn_by_the_screenful(pilot, monkeypatch):
    builder = TableBuilder()
    for number in range(100_000):
        builder.add(b"%03d/%03d" % divmod(number, 1000), Kind.FILE, size=number)
    tree = pilot.app.query_one(FileTree)
    drawn = []
    inner = FileTree.draw_row
    monkeypatch.setattr(
        FileTree, "draw_row", lambda self, index, width: drawn.append(index) or inner(self, index, width)
    )
    show(tree, Stack.from_layers([StackLayer(builder.build())]).view())
    await pilot.press("asterisk", "G")
    await pilot.pause()
    assert tree.count == 100_100
    assert tree.path == "/099/999"
    assert len(set(drawn)) < 200
    assert isinstance(tree, RowList)
