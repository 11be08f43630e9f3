import re

import pytest

from layertui.core.layers.stack.trace import PathVersion, Trace
from layertui.tui.widgets.chrome.lookup_view import LookupView, answer, verdict
from tui_stage import Stage
from tui_values import entry, trace

COMMANDS = {
    1: "ADD rootfs.tar /",
    2: "COPY etc /etc",
    3: "RUN : > /etc/motd",
    4: "RUN apk add python3",
    5: "COPY app",
    6: "RUN rm",
}


class OneView(Stage):
    def compose(self):
        yield LookupView()


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (PathVersion(1, "absent"), "not here"),
        (PathVersion(1, "whiteout"), "removed here (whiteout)"),
        (PathVersion(1, "opaque"), "folder emptied here (opaque)"),
        (PathVersion(1, "parent-removed"), "its folder is removed here (whiteout)"),
        (PathVersion(1, "present", True, entry("/x")), "here: the visible version"),
        (PathVersion(1, "present", False, entry("/x")), "hidden below"),
    ],
)
def test_the_words_of_the_layers(finding, words):
    assert answer(finding)[0] == words


def test_the_outcome_is_a_sentence():
    assert verdict(trace()) == "found in layer 3; 2 older versions hidden below"
    assert verdict(trace(), own=3) == "found in the writable layer; 2 older versions hidden below"
    removed = Trace("/x", False, None, (PathVersion(2, "whiteout"), PathVersion(1, "present", False, entry("/x"))))
    assert verdict(removed) == "deleted in layer 2; 1 older version hidden below"
    assert verdict(Trace("/x", False, None, (PathVersion(1, "absent"),))) == "not found in any layer"


@pytest.mark.parametrize("width", [50, 80, 200])
async def test_each_layer_has_its_line_from_the_top_down(width):
    app = OneView()
    async with app.run_test(size=(width, 24)) as pilot:
        view = app.query_one(LookupView)
        view.show(trace(), COMMANDS, own=7)
        await pilot.pause()
        lines = [view.render_line(y).text for y in range(8)]
        assert lines[1].split()[0] == "✎"
        assert "writable" in lines[1]
        fall = lines[0].index("▼")
        assert "".join(line[fall] for line in lines[1:]).replace("─", " ") == "││││●○○"
        assert "here: the visible version" in lines[5]
        assert [line.strip("▌ ").split()[0] for line in lines[2:]] == ["6", "5", "4", "3", "2", "1"]
        assert {view.render_line(y).cell_length for y in range(8)} == {width}


async def test_the_cursor_begins_where_something_is_known():
    app = OneView()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.query_one(LookupView)
        view.show(trace(), COMMANDS)
        await pilot.pause()
        assert view.finding_at(view.cursor).layer == 3
        assert view.version_below(view.cursor).layer == 2
        assert view.entry_at(0) is None
        view.clear()
        assert view.finding_at(0) is None


def long_trace(count=120, here=61, hidden=17):
    def step(number):
        present = number in (here, hidden)
        return PathVersion(
            number, "present" if present else "absent", number == here, entry("/etc/motd") if present else None
        )

    return Trace("/etc/motd", True, here, tuple(step(number) for number in range(count, 0, -1)))


async def test_of_many_layers_those_without_the_path_are_folded_and_enter_unfolds_them():
    app = OneView()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.query_one(LookupView)
        view.show(long_trace(), {number: f"RUN step {number}" for number in range(121)})
        view.focus()
        await pilot.pause()
        lines = [view.render_line(y).text.strip("▌ ") for y in range(1, view.count + 1)]
        assert [line.split()[0] for line in lines] == ["120", "⋮", "62", "61", "60", "⋮", "18", "17", "16", "⋮", "1"]
        assert "57 layers: not here" in lines[1]
        assert "41 layers: not searched" in lines[5]
        assert view.finding_at(view.cursor).layer == 61
        await pilot.press("n")
        assert view.finding_at(view.cursor).layer == 17
        assert view.version_below(view.cursor) is None
        await pilot.press("N")
        assert view.finding_at(view.cursor).layer == 61
        assert view.version_below(view.cursor) is not None
        await pilot.press("g", "j", "enter")
        assert view.count == 11 - 1 + 57
        assert view.finding_at(view.cursor).layer == 119


@pytest.mark.parametrize("count", [1, 6, 19])
async def test_few_layers_are_not_folded(count):
    app = OneView()
    async with app.run_test(size=(80, 24)):
        view = app.query_one(LookupView)
        view.show(long_trace(count, here=1, hidden=0), {})
        assert view.count == count


async def test_on_a_narrow_screen_steps_take_what_the_figures_leave():
    app = OneView()
    async with app.run_test(size=(80, 24)) as pilot:
        view = app.query_one(LookupView)
        view.show(trace(), dict.fromkeys(range(9), "RUN rm /etc/issue && rm -rf /var/cache/apk"))
        await pilot.pause()
        assert "RUN rm /etc/issue && rm -" in view.render_line(2).text
        assert view.render_line(5).cell_length == 80


async def test_the_sizes_of_versions_stand_below_each_other():
    app = OneView()
    async with app.run_test(size=(120, 24)) as pilot:
        view = app.query_one(LookupView)
        view.show(long_trace(6, here=4, hidden=2), dict.fromkeys(range(9), "RUN true"))
        await pilot.pause()
        ends = [line.index("-rw-") for y in range(7) if "-rw-" in (line := view.render_line(y).text)]
        assert len(ends) == 2
        assert ends[0] == ends[1]


@pytest.mark.parametrize("width", range(56, 92))
async def test_a_step_is_cut_only_where_the_size_of_the_version_needs_the_room(width):
    app = OneView()
    async with app.run_test(size=(width, 24)) as pilot:
        view = app.query_one(LookupView)
        view.show(
            long_trace(6, here=4, hidden=2), dict.fromkeys(range(9), "RUN rm /etc/issue && rm -rf /var/cache/apk")
        )
        await pilot.pause()
        (line,) = (line for y in range(8) if "here: the visible version" in (line := view.render_line(y).text))
        assert re.search(r"version +\d+k?B", line)
        assert "cache/apk" in line or len(line) - len(line.rstrip()) <= 1
