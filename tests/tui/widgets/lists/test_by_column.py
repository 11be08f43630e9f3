"""Lists with heads: a click on a title sorts by its column, one more returns to the order of the list, `o` goes through all of them."""

from datetime import UTC, datetime

import pytest

from layertui.core.analysis.packages.package_changes import PackageChange, PackageChanges
from layertui.core.containers.observe.process_list import ProcessRow
from layertui.core.images.compare.compare_configs import ConfigDifference
from layertui.tui.widgets.compare.config_table import ConfigTable
from layertui.tui.widgets.compare.package_table import PackageTable
from layertui.tui.widgets.container.container_lists import ProcessList
from tui_stage import Stage


class OneList(Stage):
    def __init__(self, rows):
        super().__init__()
        self.rows = rows

    def compose(self):
        yield self.rows


def process(pid, uid, seconds, command):
    return ProcessRow(pid, 1, pid - 100, uid, datetime(2026, 1, 1, tzinfo=UTC), seconds, None, (command,))


def packages(table):
    table.show(
        PackageChanges(
            (
                PackageChange("dpkg", "a", ("2",), ("9",)),
                PackageChange("dpkg", "b", (), ("1",)),
                PackageChange("dpkg", "c", ("1",), ()),
            )
        ),
        ("left:1", "right:2"),
    )


def configs(table):
    table.show(
        [
            ConfigDifference("a", "2", "9"),
            ConfigDifference("b", None, "1"),
            ConfigDifference("c", "1", None),
        ],
        ("left:1", "right:2"),
    )


def processes(table):
    table.show([process(103, 0, 1, "b"), process(102, 7, 9, "c"), process(109, 3, 2, "a")])


KINDS = {
    PackageTable: (packages, lambda table: [one.name for one in table.changes], {"left:1": "bca", "right:2": "cba"}),
    ConfigTable: (configs, lambda table: [one.field for one in table.differences], {"left:1": "bca", "right:2": "cba"}),
    ProcessList: (
        processes,
        lambda table: [table.item_at(row).command[0] for row in range(table.count)],
        {"on host": "cba", "user": "bac", "time": "cab", "command": "abc"},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_click_on_a_title_sorts_and_the_next_one_undoes_it(kind):
    fill, shown, titles = KINDS[kind]
    app = OneList(kind())
    async with app.run_test(size=(100, 12)) as pilot:
        fill(app.rows)
        listed = shown(app.rows)
        for title, order in titles.items():
            app.rows.cursor = 1
            before = app.rows.to_copy()
            at = app.rows.render_line(0).text.index(title)
            await pilot.click(kind, offset=(at + 1, 0))
            assert shown(app.rows) == list(order), title
            assert f"{title} ↓" in app.rows.render_line(0).text
            assert app.rows.to_copy() == before, "the cursor stays on its row"
            await pilot.click(kind, offset=(app.rows.render_line(0).text.index(title) + 1, 0))
            assert shown(app.rows) == listed


@pytest.mark.parametrize("kind", KINDS)
async def test_o_goes_through_the_columns(kind):
    fill, shown, titles = KINDS[kind]
    app = OneList(kind())
    async with app.run_test(size=(100, 12)) as pilot:
        fill(app.rows)
        listed = shown(app.rows)
        app.rows.focus()
        for order in titles.values():
            await pilot.press("o")
            assert shown(app.rows) == list(order)
        await pilot.press("o")
        assert shown(app.rows) == listed


async def test_processes_stay_sorted_when_they_are_read_again():
    app = OneList(ProcessList())
    async with app.run_test(size=(100, 12)):
        processes(app.rows)
        app.rows.column = 3
        app.rows.sort_again()
        app.rows.show([process(103, 0, 10, "b"), process(102, 7, 9, "c"), process(109, 3, 2, "a")])
        assert [app.rows.item_at(row).command[0] for row in range(3)] == ["b", "c", "a"]
