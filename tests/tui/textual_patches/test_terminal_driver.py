"""Which driver has job control; the effect of the signals is tested at a terminal by tests/journeys/test_leaving_the_screen.py."""

from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver

from layertui.tui.app import LayerTui
from layertui.tui.textual_patches.terminal_driver import TerminalDriver, with_terminal_driver


def test_the_app_runs_on_this_driver():
    assert LayerTui(None).driver_class is TerminalDriver


def test_a_driver_that_the_user_has_set_stays():
    assert with_terminal_driver(HeadlessDriver) is HeadlessDriver
    assert with_terminal_driver(LinuxDriver) is TerminalDriver


def test_a_paste_is_parsed_by_ours_in_the_driver_that_is_used():
    from textual.drivers import linux_driver

    from layertui.tui.textual_patches.paste_parser import PasteParser

    LayerTui(None)
    assert linux_driver.XTermParser is PasteParser
