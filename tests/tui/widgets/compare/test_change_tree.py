import pytest

from builders import file, folder
from layertui.core.progress import Progress
from layertui.tui.widgets.compare.change_choice import ChangeChoice, choose, choose_first
from layertui.tui.widgets.compare.change_line import entry_lines
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.lists.row_list import plain
from tui_stage import Stage
from tui_values import changes, differences, entry


class OneTree(Stage):
    def __init__(self) -> None:
        super().__init__()
        self.asked, self.chosen = [], []

    def compose(self):
        yield ChangeTree()

    def on_change_tree_asked(self, event):
        self.asked.append(event.choice.ignoring)
        tree = self.query_one(ChangeTree)
        tree.show(choose(self.changed, event.choice, Progress()), ("a", "b"))

    def on_row_list_chosen(self, event):
        self.chosen.append(event.rows.change_at(event.index).path)

    def show(self, changed, names=("demo:1.0", "demo:2.0")):
        self.changed = changed
        tree = self.query_one(ChangeTree)
        tree.show(choose_first(changed, Progress()), names)
        tree.focus()
        return tree


def text_of(tree, height=24):
    return "\n".join(tree.render_line(y).text.rstrip() for y in range(height))


def row_with(tree, name):
    return next(line for line in text_of(tree).splitlines() if name in line)


@pytest.mark.parametrize("width", [80, 120, 200])
@pytest.mark.slow
async def test_letters_sizes_layers_and_fields_are_on_each_row(width):
    app = OneTree()
    async with app.run_test(size=(width, 24)) as pilot:
        tree = app.show(changes())
        await pilot.pause()
        row = row_with(tree, "motd").split()
        assert row[:2] == ["▌M", "motd"]  # the cursor is on it
        assert {"1.1kB", "18B", "1", "-1.08kB", "content"} <= set(row)
        assert row_with(tree, "turned").split()[0] == "T"  # another type
        assert {tree.render_line(y).cell_length for y in range(24)} == {width}


async def test_folders_sum_up_what_is_below_them():
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.show(changes())
        await pilot.pause()
        assert {"usr/lib/", "+5", "-1", "+9.4kB"} <= set(row_with(tree, "usr/lib/").split())


@pytest.mark.slow
async def test_time_owner_and_mode_are_let_in_one_by_one():
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.show(changes())
        counts = [len(tree.chosen.tree.changes)]
        for key in "TOM":
            await pilot.press(key)
            await pilot.pause()
            counts.append(len(tree.chosen.tree.changes))
        assert [one - counts[0] for one in counts] == [0, 1, 2, 3]
        assert "mode" in row_with(tree, "run.sh")
        await pilot.press("M")
        await pilot.pause()
        assert tree.chosen.hidden == 1


async def test_nothing_differs_and_nothing_is_left():
    app = OneTree()
    async with app.run_test(size=(120, 24)):
        tree = app.show(differences([file("a")], [file("a")]))
        assert "no file differs" in text_of(tree)
        tree.show(choose(changes(), ChangeChoice(text="passwd/none"), Progress()), ("", ""))
        assert "no file differs" in text_of(tree)
        tree.show(choose(changes(), ChangeChoice(text="run.sh"), Progress()), ("", ""))
        assert "all differences are hidden" in text_of(tree)


@pytest.mark.slow
async def test_folders_fold_and_files_are_chosen():
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.show(changes())
        unfolded = tree.count
        await pilot.press("g", "enter")  # etc/
        assert tree.count == unfolded - 2
        await pilot.press("right", "right", "enter")  # unfold, go in, choose
        assert app.chosen == ["/etc/motd"]
        await pilot.press("left", "left")  # up, fold
        assert (tree.cursor, tree.count) == (0, unfolded - 2)


@pytest.mark.slow
async def test_many_changes_begin_folded_and_n_goes_through_them_all():
    items = [file(f"d{number // 20}/f{number:03}", "x") for number in range(100)]
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.show(differences([folder("k")], [folder("k"), *items]))
        assert tree.count == 5
        await pilot.press("n", "n", "n")
        assert tree.path_at(tree.cursor) == "/d0/f002"
        await pilot.press("N", "N")
        assert tree.path_at(tree.cursor) == "/d0/f000"
        tree.go_to_path("/d3/f070")
        assert tree.path_at(tree.cursor) == "/d3/f070"


async def test_the_cursor_stays_on_its_path_when_others_are_let_in():
    app = OneTree()
    async with app.run_test(size=(120, 24)) as pilot:
        tree = app.show(changes())
        tree.go_to_path("/usr/lib/python3.12.so")
        await pilot.press("M")
        await pilot.pause()
        assert tree.path_at(tree.cursor) == "/usr/lib/python3.12.so"


async def test_a_chain_of_folders_shares_a_row():
    app = OneTree()
    async with app.run_test(size=(120, 24)):
        tree = app.show(differences([file("a/b/c/d", "1")], [file("a/b/c/d", "2")]))
        assert tree.count == 1
        assert row_with(tree, "a/b/c/d").split()[:2] == ["▌M", "a/b/c/d"]


async def test_a_name_with_control_characters_takes_one_safe_line():
    app = OneTree()
    async with app.run_test(size=(120, 24)):
        tree = app.show(differences([], [file("a\nb\x1b[31m", "x")]))
        assert "a\\x0ab\\x1b[31m" in text_of(tree)


def test_the_details_of_a_side():
    assert plain(entry_lines(None)) == ["not there"]
    lines = plain(entry_lines(entry("/a", 1234, mode=0o755, layer=3)))
    assert "size    1,234 bytes" in lines
    assert "layer   3" in lines


async def test_it_begins_on_the_first_path_that_differs_in_folders_that_are_folded_too():
    items = [file(f"a/d{number // 20}/f{number:03}", "x") for number in range(100)]
    others = [file(f"a/d{number // 20}/f{number:03}", "y") for number in range(100)]
    app = OneTree()
    async with app.run_test(size=(120, 24)):
        tree = app.show(differences([folder("a"), *items], [folder("a"), *others]))
        assert tree.path_at(tree.cursor) == "/a/d0/f000"
        assert tree.change_at(tree.cursor) is not None
