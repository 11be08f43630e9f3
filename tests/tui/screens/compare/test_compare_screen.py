import pytest

from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.screens.compare.content_screen import ContentScreen
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.change_tree import ChangeTree
from layertui.tui.widgets.compare.config_table import ConfigTable
from layertui.tui.widgets.compare.content_diff import ContentDiff
from layertui.tui.widgets.compare.history_view import HistoryView
from pressed_keys import silent_keys
from tui_stage import Stage
from tui_values import built, flat
from tui_world import World


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, *built(), flat())


def text_of(app, selector):
    return str(app.screen.query_one(selector).render())


@pytest.mark.slow
async def test_the_verdict_the_line_up_and_the_tabs(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        assert text_of(app, "#verdict") == (
            "4 layers shared of 5 and 6 · 3 files added, 2 removed · +412kB · CMD, WORKDIR, ENV PATH and 1 more changed"
        )
        assert app.screen.query_one(HistoryView).count == 10
        assert app.screen.query_one(ConfigTable).count == 5
        frame = app.screen.query_one(TabFrame)
        assert frame.notes == {"files": "5", "config": "5", "packages": "0"}
        await pilot.press("right_square_bracket")
        assert frame.current == "files"
        assert app.focused is app.screen.query_one(ChangeTree)
        await pilot.press("3")
        assert app.focused is app.screen.query_one(ConfigTable)


@pytest.mark.slow
async def test_swapping_changes_the_sides(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        await pilot.press("s")
        await app.quiet(pilot)
        assert "-412kB" in text_of(app, "#verdict")
        assert app.screen.query_one(HistoryView).names == ("demo:2.0", "demo:1.0")


@pytest.mark.slow
async def test_the_same_two_swapped_are_filtered_as_before_and_others_are_not(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        tree, history = app.screen.query_one(ChangeTree), app.screen.query_one(HistoryView)
        await pilot.press("2", "M", "slash", *"passwd", "enter")
        await app.quiet(pilot)
        await pilot.press("s")
        await app.quiet(pilot)
        assert (tree.choice.text, tree.choice.ignoring.mode, history.count) == ("passwd", False, 1)
        assert app.screen.query_one(TabFrame).border_subtitle.startswith("/ passwd")
        await pilot.press("equals_sign", "ctrl+u", *"flat:1", "enter")
        await app.quiet(pilot)
        assert (tree.choice.text, history.wanted) == ("", None)


@pytest.mark.slow
async def test_what_a_config_means_stands_in_the_frame(world):
    app = Stage(CompareScreen("demo:2.0", "flat:1"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("3")
        assert app.screen.query_one(TabFrame).border_subtitle == "will no longer start: no command"


@pytest.mark.slow
async def test_the_filter_narrows_all_three_and_escape_takes_it_away_before_the_screen(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        await pilot.press("slash", *"passwd", "enter")
        await app.quiet(pilot)
        assert app.screen.query_one(HistoryView).count == 1
        assert app.screen.query_one(ChangeTree).count == 1
        assert app.screen.query_one(ConfigTable).count == 0
        await pilot.press("escape")
        assert app.screen.query_one(HistoryView).count == 10
        await pilot.press("escape")
        await pilot.pause()
        assert app.answers == [None]


@pytest.mark.slow
async def test_an_import_of_an_export_says_what_was_lost(world):
    app = Stage(CompareScreen("demo:2.0", "flat:1"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        assert text_of(app, "#imported") == (
            "flat:1 is an import of an export of demo:2.0; lost: "
            "8 history steps, 6 layers, CMD, ENV PATH, LABEL stage.  c restores the config"
        )
        await pilot.press("s")
        await app.quiet(pilot)
        assert text_of(app, "#imported").startswith("flat:1 is an import of an export of demo:2.0")


@pytest.mark.slow
async def test_two_that_differ_are_no_import_of_each_other(world):
    app = Stage(CompareScreen("demo:1.0", "flat:1"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        assert not app.screen.query_one("#imported").display


async def test_an_image_beside_itself(world):
    app = Stage(CompareScreen("demo:2.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert text_of(app, "#verdict") == "nothing differs"
        assert app.screen.query_one(HistoryView).unfolded


@pytest.mark.slow
async def test_a_container_beside_its_image_and_a_files_two_contents(world):
    world.container()
    app = Stage(CompareScreen("demo:2.0", "container:kind_banzai"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        assert "6 of 6 layers shared · 1 file added, 1 changed, 1 removed · +29B" in text_of(app, "#verdict")
        assert "✎      29B  writable layer of kind_banzai" in app.screen.query_one(HistoryView).render_line(2).text
        await pilot.press("2", "down", "enter")
        await app.quiet(pilot)
        assert isinstance(app.screen, ContentScreen)
        lines = app.screen.query_one(ContentDiff)
        assert "hello from layer 3" in lines.render_line(1).text
        assert "hello from the container" in lines.render_line(1).text
        await pilot.press("escape")
        assert isinstance(app.screen, CompareScreen)


@pytest.mark.slow
async def test_details_follow_the_cursor_in_every_tab(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert not app.screen.query_one("#details").has_class("-shown")
        await pilot.press("i")
        assert "no such step on this side" in app.screen.query_one("#left").plain
        assert "rm -rf /var/cache" in app.screen.query_one("#right").plain
        await pilot.press("down")
        await pilot.pause()
        assert "/srv/app/run.py" in app.screen.query_one("#left").plain
        await pilot.press("3")
        await pilot.pause()
        assert "python3" in app.screen.query_one("#left").plain
        await pilot.press("2")
        await pilot.pause()
        assert "not there" in app.screen.query_one("#right").plain


async def test_a_name_that_is_not_there_is_one_line(world):
    app = Stage(CompareScreen("demo:1.0", "nobody:1"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        assert text_of(app, "#verdict").startswith("nobody:1: no such image")


@pytest.mark.slow
async def test_a_comparison_that_is_stopped_says_so_and_can_be_had_again(world, monkeypatch):
    compare = world.inspector.compare

    def slow(a, b, *, files=True, progress=None, **asked):
        if files:
            while True:
                progress.advance(1)
        return compare(a, b, files=files, progress=progress, **asked)

    monkeypatch.setattr(world.inspector, "compare", slow)
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        while app.screen.query_one(HistoryView).count == 0:
            await pilot.pause(0.01)
        assert "comparing files" in app.screen.query_one(ChangeTree).note
        await pilot.press("escape")
        await app.quiet(pilot)
        assert app.screen.query_one(ChangeTree).note == "stopped: r compares again"
        monkeypatch.setattr(world.inspector, "compare", compare)
        await pilot.press("r")
        await app.quiet(pilot)
        assert app.screen.query_one(ChangeTree).count == 6


@pytest.mark.slow
async def test_enter_on_a_step_shows_what_its_layers_did_and_escape_shows_all_again(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        tree, frame = app.screen.query_one(ChangeTree), app.screen.query_one(TabFrame)
        everything = len(tree.chosen.tree.changes)
        await pilot.press("enter")  # RUN rm …: made a layer on the right alone
        await app.quiet(pilot)
        assert [change.path for change in tree.chosen.tree.changes] == ["/etc/passwd", "/var", "/var/cache"]
        assert frame.current == "files"
        assert "only of layer 6: Esc shows all" in frame.border_subtitle
        await pilot.press("1", *["down"] * 4, "enter")
        await app.quiet(pilot)
        assert [change.path for change in tree.chosen.tree.changes] == [
            "/usr/lib/python3.11.so",
            "/usr/lib/python3.12.so",
        ]
        await pilot.press("escape")
        await app.quiet(pilot)
        assert len(tree.chosen.tree.changes) == everything


@pytest.mark.slow
async def test_where_the_first_difference_is_and_what_is_hidden_stand_in_the_frame(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        frame = app.screen.query_one(TabFrame)
        assert frame.border_subtitle == "first difference: step 5"
        await pilot.press("2")
        assert frame.border_subtitle == "none hidden (only mtime, owner or mode differ)"
        await pilot.press("T", "O", "M")
        await app.quiet(pilot)
        assert frame.border_subtitle == ""


@pytest.mark.slow
async def test_the_chart_of_folders_leads_to_the_files(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("4", "enter")
        tree = app.screen.query_one(ChangeTree)
        assert app.focused is tree
        assert tree.path_at(tree.cursor) == "/usr/lib"


@pytest.mark.slow
async def test_other_names_are_asked_for_and_compared(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("equals_sign", "ctrl+u", *"demo:1.0", "enter")
        await app.quiet(pilot)
        assert text_of(app, "#verdict") == "nothing differs"


@pytest.mark.slow
@pytest.mark.parametrize("copy_first", [False, True])
async def test_an_import_gets_its_config_back(world, copy_first):
    names = ("flat:1", "demo:2.0") if copy_first else ("demo:2.0", "flat:1")
    app = Stage(CompareScreen(*names), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("c")
        await app.quiet(pilot)
        effect = text_of(app, "#effect")
        assert "Restored: CMD, ENV PATH, LABEL stage." in effect
        assert "Still lost: 8 history steps, 6 layers." in effect
        await pilot.press("ctrl+u", *"whole:1", "enter")
        await app.quiet(pilot)
        assert "whole:1" in app.screen.results.names
        assert "the same config" in text_of(app, "#verdict")
        assert world.inspector.open("whole:1").image.config.config.cmd == ("sh",)


@pytest.mark.slow
async def test_only_an_import_is_offered_its_config(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("c")
        await app.quiet(pilot)
        assert isinstance(app.screen, CompareScreen)


@pytest.mark.slow
async def test_from_the_contents_of_a_file_to_those_of_the_next_one(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        await pilot.press("2", "n", "enter")
        await app.quiet(pilot)
        seen = []
        for key in ("right_square_bracket", "right_square_bracket", "left_square_bracket"):
            assert isinstance(app.screen, ContentScreen)
            seen.append(text_of(app, "#about").split()[0])
            await pilot.press(key)
            await app.quiet(pilot)
        seen.append(text_of(app, "#about").split()[0])
        assert len(set(seen)) == 3
        assert seen[1] == seen[3]
        await pilot.press("escape")
        assert isinstance(app.screen, CompareScreen)
        assert app.focused is app.screen.query_one(ChangeTree)


@pytest.mark.slow
async def test_an_expression_that_is_none_yet_is_reported_in_the_bar(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        await pilot.press("slash", *"/so(", "slash")
        await app.quiet(pilot)
        assert "invalid regular expression" in text_of(app, "FindBar > .count")
        assert not app.told
        await pilot.press("backspace", "backspace", "slash")
        await app.quiet(pilot)
        assert text_of(app, "FindBar > .count") == "2 files"


@pytest.mark.slow
async def test_a_short_history_leaves_its_room_to_the_details_and_sizes_need_none(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(160, 60)) as pilot:
        await app.quiet(pilot)
        frame, details = app.screen.query_one(TabFrame), app.screen.query_one("#details")
        history = app.screen.query_one(HistoryView)
        assert frame.outer_size.height == history.count + history.head_height + 2
        assert details.outer_size.height > frame.outer_size.height
        await pilot.press("4")
        await pilot.pause()
        assert not details.display
        assert not app.screen.check_action("details", ())
        await pilot.press("1")
        await pilot.pause()
        assert details.display


@pytest.mark.slow
async def test_what_has_the_focus_grows_and_shrinks_again(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        frame, details = app.screen.query_one(TabFrame), app.screen.query_one("#details")

        async def heights(*keys):
            await pilot.press(*keys)
            await app.quiet(pilot)
            return frame.outer_size.height, details.outer_size.height if details.display else 0

        whole = sum(await heights())
        assert await heights("plus") == (whole, 0)
        list_high, details_high = await heights("underscore")
        assert list_high + details_high == whole
        assert min(list_high, details_high) >= 10
        small, large = await heights("tab", "plus")
        assert (small + large, large > details_high) == (whole, True)
        assert await heights("1") == (whole, 0)
        assert await heights("underscore") == (list_high, details_high)


@pytest.mark.slow
async def test_h_leads_to_the_history_from_every_tab(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        await pilot.press("3", "H")
        assert app.focused is app.screen.query_one(HistoryView)


@pytest.mark.slow
async def test_a_screen_that_grows_shows_what_had_no_room(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.quiet(pilot)
        details, bars = app.screen.query_one("#details"), app.screen.query_one("#bars")
        assert (details.display, bars.display) == (False, False)
        await pilot.resize_terminal(160, 50)
        await pilot.pause()
        assert (details.display, bars.display) == (True, True)
        await pilot.press("i")
        await pilot.resize_terminal(160, 51)
        await pilot.pause()
        assert not details.display  # as was asked for by key


@pytest.mark.slow
async def test_a_folder_with_changes_below_it_counts_them_in_one_column_whichever_kind_it_is(world):
    app = Stage(CompareScreen("demo:1.0", "demo:2.0"), world.inspector)
    async with app.run_test(size=(160, 50)) as pilot:
        await app.quiet(pilot)
        await pilot.press("2", "g")
        tree = app.screen.query_one(ChangeTree)
        title = "".join(text for text, _ in tree.draw_head(1, 150))
        rows = ["".join(text for text, _ in tree.draw_row(index, 150)) for index in range(tree.count)]
        folders = [row for index, row in enumerate(rows) if tree.change_at(index) is None]
        at = title.index("differs in")
        assert folders
        assert all(row[at] in "+~-" for row in folders)


@pytest.mark.slow
@pytest.mark.parametrize("names", [("demo:1.0", "nobody:1"), ("demo:2.0", "demo:2.0")])
@pytest.mark.parametrize("tab", ["1", "2", "3", "4"])
async def test_a_key_that_can_do_nothing_says_why(world, names, tab):
    app = Stage(CompareScreen(*names), world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        await app.quiet(pilot)
        await pilot.press(tab)
        await app.quiet(pilot)
        leave_out = {tab, "H", "escape", "q"} if tab == "1" else {tab, "escape", "q"}
        assert await silent_keys(app, pilot, leave_out=leave_out) == []
