"""Whatever is on the screen: a signal ends it, and the terminal is as it was."""

import inspect
import os
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
    _ended(tmp_path, number, "xterm-256color")


@pytest.mark.slow
def test_each_screen_and_dialog_comes_in_a_terminal_with_16_colours(tmp_path):
    _ended(tmp_path, signal.SIGTERM, "xterm")


def _ended(folder, number, terminal):
    env = {**os.environ, "TERM": terminal, "COLORTERM": ""}
    with typing_at(sys.executable, SCRIPT, str(folder), str(int(number)), size=(40, 120), env=env) as it:
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
    listed = {name.split()[0] for name in SCREENS} - {"palette"}
    assert leaves <= listed <= {kind.__name__ for kind in found}
