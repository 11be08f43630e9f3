import pytest

from layertui.core.layers.changes import FileChange
from layertui.tui.widgets.change_runs import sort_out
from layertui.tui.widgets.change_tree import ChangeTree, entry_lines
from layertui.tui.widgets.row_list import plain
from tui_stage import Stage
from tui_values import changes, entry


class OneTree(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.filtered, self.chosen = [], []

    def compose(self):
        yield ChangeTree()

    def on_change_tree_filtered(self, event):
        self.filtered.append((event.shown, event.hidden))

    def on_row_list_chosen(self, event):
        self.chosen.append(event.rows.change_at(event.index).path)


def text_of(tree, height=24):
    return "\n".join(tree.render_line(y).text.rstrip() for y in range(height))


@pytest.mark.parametrize("width", [80, 120, 200])
async def test_letters_sizes_layers_and_fields_are_on_each_row(width):
    app = OneTree()
    async with app.run_test(size=(width, 24)) as pilot:
        tree = app.query_one(ChangeTree)
        tree.show(sort_out(changes()), ("demo:1.0", "demo:2.0"))
        await pilot.pause()
        row = next(line for line in text_of(tree).splitlines() if "motd" in line)
        assert row.split()[:2] == ["M", "motd"]
        assert {"1.1kB", "18B", "2", "3", "-1.08kB"} <= set(row.split())
        assert {tree.render_line(y).cell_length for y in range(24)} == {width}


async def test_what_differs_in_time_alone_is_hidden_and_told():
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.query_one(ChangeTree)
        tree.show(sort_out(changes()))
        tree.focus()
        await pilot.pause()
        assert app.filtered == [(10, 1)]
        await pilot.press("T")
        assert app.filtered[-1] == (11, 0)


async def test_where_only_times_differ_they_are_shown():
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.query_one(ChangeTree)
        tree.show(sort_out([FileChange("/a", "modified", entry("/a"), entry("/a", mtime=1), ("mtime",))]))
        await pilot.pause()
        assert app.filtered == [(1, 0)]
        tree.show(sort_out([]))
        assert "no file differs" in text_of(tree)


async def test_folders_fold_and_files_are_chosen():
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.query_one(ChangeTree)
        tree.show(sort_out(changes()))
        tree.focus()
        unfolded = tree.count
        await pilot.press("enter")  # etc/
        assert tree.count == unfolded - 2
        await pilot.press("right", "right", "enter")  # unfold, go in, choose
        assert app.chosen == ["/etc/motd"]
        await pilot.press("left", "left")  # up, fold
        assert (tree.cursor, tree.count) == (0, unfolded - 2)


async def test_many_changes_begin_folded():
    many = [FileChange(f"/d{n % 7}/f{n}", "added", None, entry(f"/d{n % 7}/f{n}", 1)) for n in range(5000)]
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.query_one(ChangeTree)
        tree.show(sort_out(many))
        await pilot.pause()
        assert tree.count == 7
        assert "+715" in text_of(tree)
        tree.filter("f4999")
        assert tree.count == 1


async def test_a_name_with_control_characters_takes_one_safe_line():
    bad = "/etc/\x1b[2Jevil\nname\udcff"
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.query_one(ChangeTree)
        tree.show(sort_out([FileChange(bad, "added", None, entry(bad))]))
        await pilot.pause()
        assert "etc/\\x1b[2Jevil\\x0aname\\udcff" in text_of(tree)
        assert "\x1b" not in text_of(tree)


def test_the_details_of_a_side():
    assert plain(entry_lines(None)) == ["not there"]
    assert plain(entry_lines(entry("/x", 1_234_567, mode=0o4755)))[:3] == [
        "mode    -rwsr-xr-x  4755",
        "owner   0:0",
        "size    1,234,567 bytes",
    ]
