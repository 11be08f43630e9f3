"""The history: the newest first, comments where there is room for them."""

from datetime import UTC, datetime

from textual.app import App

from layertui.core.images.history_steps import Step
from layertui.tui.widgets.lists.row_list import plain
from layertui.tui.widgets.lists.step_table import StepTable
from layertui.tui.widgets.text.pieces import width_of

NOW = datetime(2026, 1, 2, 3, 24, 5, tzinfo=UTC)


async def test_one_row_says_where_it_was_imported_from():
    async with App().run_test(size=(100, 10)) as pilot:
        table = StepTable()
        await pilot.app.screen.mount(table)
        table.show_steps([Step(created="2026-01-02T03:22:05Z", comment="Imported from -", size=1_240_000)], NOW)
        assert plain([table.draw_row(0, 60)])[0].split() == ["·", "1.24MB", "2m", "Imported", "from", "-"]
        wide = plain([table.draw_row(0, 90)])[0]
        assert wide.endswith("Imported from -")
        assert "no command recorded" in wide


async def test_steps_stand_newest_first_and_fit():
    async with App().run_test(size=(100, 10)) as pilot:
        table = StepTable()
        await pilot.app.screen.mount(table)
        steps = [
            Step(created_by="ADD rootfs.tar /"),
            Step(created_by="RUN make " * 30, comment="buildkit.dockerfile.v0"),
        ]
        table.show_steps(steps, NOW)
        assert table.current is steps[1]
        for width in (40, 70, 120):
            assert all(width_of(table.draw_row(index, width)) <= width for index in range(2))
