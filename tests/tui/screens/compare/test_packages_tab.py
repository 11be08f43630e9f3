"""The tab of packages: what was added, removed, or is of another version, as `compare` has it."""

import pytest

from builders import file, image, layer
from layertui.tui.screens.compare.compare_screen import CompareScreen
from layertui.tui.widgets.chrome.tab_frame import TabFrame
from layertui.tui.widgets.compare.package_table import PackageTable
from tui_stage import Stage
from tui_world import World


def status(**packages):
    stanza = "Package: {}\nStatus: install ok installed\nVersion: {}\nArchitecture: all\n\n"
    return file("var/lib/dpkg/status", "".join(stanza.format(*one) for one in packages.items()).encode())


@pytest.mark.slow
async def test_packages_that_differ(tmp_path):
    one = image([layer([status(same="1", old="2", tool="1.0-1")])], tags=["pack:1"])
    two = image([layer([status(same="1", tool="1.0-2", new="\x1b[31m3")])], tags=["pack:2"])
    app = Stage(CompareScreen("pack:1", "pack:2"), World(tmp_path, one, two).inspector)
    async with app.run_test(size=(120, 40)) as pilot:
        await app.quiet(pilot)
        frame, table = app.screen.query_one(TabFrame), app.screen.query_one(PackageTable)
        assert frame.notes["packages"] == "3"
        await pilot.press("5")
        assert (frame.current, app.focused) == ("packages", table)
        rows = ["".join(text for text, _ in table.draw_row(at, 100)).split() for at in range(table.count)]
        assert rows == [
            ["+", "dpkg", "new", "–", "\\x1b[31m3"],
            ["-", "dpkg", "old", "2", "–"],
            ["~", "dpkg", "tool", "1.0-1", "1.0-2"],
        ]
        await pilot.press("slash", *"tool", "enter")
        await app.quiet(pilot)
        assert [change.name for change in table.changes] == ["tool"]
        await pilot.press("s")
        await app.quiet(pilot)
        assert [(change.name, change.before) for change in table.changes] == [("tool", ("1.0-2",))]
