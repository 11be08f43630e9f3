"""The app: what it waits for before the first frame, its messages, the palette."""

import os
import pty
import subprocess
import sys

import pytest

from at_rest import at_rest
from layertui.tui.app import LayerTui
from tui_sample import SampleInspector, clock


@pytest.fixture
def app(tmp_path):
    return LayerTui(None, inspector=SampleInspector(tmp_path), clock=clock)


@pytest.mark.slow
def test_the_first_frame_waits_for_nothing_of_the_core():
    code = "import sys, layertui.tui.app; print([name for name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    heavy = [
        "numpy",
        "orjson",
        "backports.zstd",
        "compression.zstd",
        "isal",
        "click",
        "pygments",
        "textual.document",
        "textual.widgets._text_area",
    ]
    rooms = [
        "core.images",
        "core.layers",
        "core.store",
        "core.containers",
        "core.engines",
        "core.inspector",
        "core.oci",
        "core.analysis.file_facts.fact_values",
        "core.analysis.file_pages",
    ]
    assert [name for name in heavy if f"'{name}'" in found] == []
    assert [name for name in rooms if f"'layertui.{name}" in found] == []


@pytest.mark.slow
async def test_text_from_outside_is_shown_as_it_is(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        app.show_notice("no such file: [red]\x1b[31m\u202eevil\nx")
        await pilot.pause()
        told = list(app._notifications)[-1]
        assert told.message == "no such file: [red]\\x1b[31m\\u202eevil x"
        assert not told.markup


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_notice_lies_on_a_border_above_the_line_that_is_typed_in(app, size):
    async with app.run_test(size=size, notifications=True) as pilot:

        async def toasts(count):
            for _ in range(1000):
                found = [toast.region for toast in app.screen.query("Toast")]
                if len(found) == count and all(region.height for region in found):
                    return found
                await pilot.pause(0.01)
            raise AssertionError(f"{found}, not {count} notices")

        async def rows(*keys):
            await pilot.press(*keys)
            app.clear_notifications()
            await toasts(0)
            await at_rest(app, pilot)
            app.show_notice("It is done.", seconds=600)
            (region,) = await toasts(1)
            return region.y, region.bottom

        lowest, above_the_bar = (size[1] - 2, size[1] - 1), (size[1] - 3, size[1] - 2)
        assert await rows("4") == lowest
        assert await rows("slash") == above_the_bar
        assert app.focused.region.y == above_the_bar[1]
        assert await rows("escape") == lowest
        found = await rows("1", "v")
        border = app.screen.query_one("TabFrame").region.bottom
        assert found == (border - 1, border)


@pytest.mark.slow
async def test_the_palette_has_every_action_that_can_be_done_here(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "Create (c)" in titles
        assert "Mark (Space)" in titles
        assert "Theme" in titles
        assert "Demo images" in titles
        assert not [title for title in titles if title.startswith("Stop")]
        await pilot.press("2")
        await at_rest(app, pilot)
        titles = [command.title for command in app.get_system_commands(app.screen)]
        assert "Stop (s)" in titles
        assert "Create (c)" not in titles


@pytest.mark.slow
async def test_the_palette_opens_and_does_what_is_picked_in_it(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        await pilot.press("ctrl+p")
        await pilot.pause(0.5)
        await pilot.press(*"history")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(0.3)
        assert app.screen.panes.details.tab == "history"


@pytest.mark.slow
async def test_a_command_of_the_palette_does_what_its_key_does(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        commands = {command.title: command.callback for command in app.get_system_commands(app.screen)}
        await commands["Go to Files (4)"]()
        await pilot.pause()
        assert app.screen.panes.focused == "files"


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["layertui-light", "textual-light", "nord", "ansi-dark"])
async def test_other_themes_draw_every_pane(app, theme):
    async with app.run_test(size=(120, 40)) as pilot:
        await at_rest(app, pilot)
        app.theme = theme
        await pilot.press("2", "3", "j", "4")
        await at_rest(app, pilot)
        assert "writable layer" in app.export_screenshot().replace("&#160;", " ")


@pytest.mark.slow
async def test_quitting_does_not_wait_for_a_job(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await at_rest(app, pilot)

        def call(_, progress):
            while True:
                progress.advance(1)

        app.screen.ask("for ever", call, lambda _: None, group="x")
        await pilot.press("q")
    assert app.return_code == 0


@pytest.mark.slow
def test_it_ends_with_its_terminal_without_a_signal(tmp_path):
    ours, its = pty.openpty()
    argv = [sys.executable, "-m", "layertui", "--store", str(tmp_path / "store")]
    with subprocess.Popen(argv, stdin=its, stdout=its, stderr=its, start_new_session=True) as program:
        try:
            os.close(its)
            shown = b""
            while b"No images yet" not in shown:
                shown += os.read(ours, 1 << 16)
            os.close(ours)
            assert program.wait(60) == 129
        finally:
            program.kill()
