"""Whatever is on the screen: a signal ends it, and the terminal is as it was."""

import inspect
import pkgutil
import signal
import sys
from importlib import import_module
from pathlib import Path

import pytest
from textual.screen import Screen

import layertui.tui.screens
from ended_by_signal import SCREENS
from typing_at import typing_at

SCRIPT = Path(inspect.getfile(import_module("ended_by_signal")))
LEFT = "\x1b[?1049l"


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_each_screen_and_dialog(tmp_path, number):
    with typing_at(sys.executable, SCRIPT, str(tmp_path), str(int(number)), size=(40, 120)) as it:
        for name in SCREENS:
            assert LEFT in it.expect(f"<{name}: ")
            assert it.expect(">") == f"True {128 + number} True>"
        assert it.end() == 0


def test_there_is_no_other_screen():
    found = {
        kind
        for module in pkgutil.walk_packages(layertui.tui.screens.__path__, "layertui.tui.screens.")
        for kind in vars(import_module(module.name)).values()
        if inspect.isclass(kind) and issubclass(kind, Screen) and kind.__module__.startswith("layertui.")
    }
    leaves = {
        kind.__name__ for kind in found if not any(other is not kind and issubclass(other, kind) for other in found)
    }
    assert leaves | {"palette"} == {name.split()[0] for name in SCREENS}
