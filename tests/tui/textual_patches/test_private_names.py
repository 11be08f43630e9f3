"""Textual's private names: used in one folder alone, and each still is what the code there takes it for."""

import inspect
import tomllib

import pytest
import textual
from packaging.requirements import Requirement
from textual import _xterm_parser, cache, constants, reactive, screen, strip
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.binding import BindingsMap
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.scroll_view import ScrollView
from textual.widget import Widget
from textual.widgets import Input, TextArea, _toast

from layertui.tui.textual_patches import caches
from private_names import PATCHES, SOURCES, TUI, attributes_set_in, private_uses

ALLOWED: dict[str, set[str]] = {}
"""File outside the folder: names that it may use, each with a comment that says why."""

# What each file of the folder takes for granted. A method: its parameters. `SET`: an attribute that the methods of the class set.
SET = object()
CONSTANT = object()
EXPECTED = {
    "background_screen.py": [(screen.Screen, "_result_callbacks", SET)],
    "caches.py": [
        (StylesCache, "get_inner_outer", CONSTANT),
        (caches, "_uncached_inner_outer", ["cls", "base_background", "background"]),
        (strip, "FIFOCache", CONSTANT),
        (cache.FIFOCache, "_cache", SET),
        (cache.FIFOCache, "_maxsize", SET),
    ],
    "frame_rate.py": [(screen, "UPDATE_PERIOD", CONSTANT), (constants, "get_environ", ["key", "default"])],
    "highlighting.py": [
        (TextArea, "_build_highlight_map", ["self"]),
        (TextArea, "_highlights", SET),
        (TextArea, "_line_cache", SET),
    ],
    "terminal_driver.py": [
        (LinuxDriver, "_sigtstp_application", ["self", "_"]),
        (LinuxDriver, "_sigcont_application", ["self", "_"]),
        (LinuxDriver, "_file", SET),
        (LinuxDriver, "_key_thread", SET),
        (LinuxDriver, "_must_signal_resume", SET),
        (LinuxDriver, "_auto_restart", SET),
        (LinuxDriver, "_app", SET),
        (LinuxDriver, "_loop", SET),
        (App, "_exit", SET),
    ],
    "keymap.py": [(BindingsMap, "apply_keymap", ["self", "keymap"])],
    "layout_now.py": [
        (Widget, "_clear_arrangement_cache", ["self"]),
        (screen.Screen, "_refresh_layout", ["self", "size", "scroll"]),
    ],
    "line_scroll.py": [
        (ScrollView, "_size_updated", ["self", "size", "virtual_size", "container_size", "layout"]),
        (ScrollView, "_scroll_update", ["self", "virtual_size"]),
    ],
    "paste_parser.py": [
        (_xterm_parser, "BRACKETED_PASTE_START", CONSTANT),
        (_xterm_parser, "BRACKETED_PASTE_END", CONSTANT),
        (_xterm_parser, "XTermParser", ["debug"]),
        (linux_driver, "XTermParser", CONSTANT),
        (linux_driver, "getincrementaldecoder", CONSTANT),
        (XTermParser, "parse", ["self", "token_callback"]),
        (XTermParser, "feed", ["self", "data"]),
        (XTermParser, "tick", ["self"]),
        (XTermParser, "_gen", SET),
        (XTermParser, "_awaiting", SET),
        (XTermParser, "_tokens", SET),
        (XTermParser, "_timeout_time", SET),
    ],
    "terminal_answers.py": [(App, "_driver", SET)],
    "typed_line.py": [(Input, "_value", CONSTANT), (Input, "_position_to_cell", ["self", "position"])],
    "typed_text.py": [(TextArea, "_refresh_size", ["self"])],
    "withdrawn_notice.py": [
        (_toast, "ToastRack", CONSTANT),
        (_toast.ToastRack, "_toast_id", ["notification"]),
        (App, "_notifications", SET),
        (App, "_unnotify", ["self", "notification", "refresh"]),
    ],
}
CASES = [
    pytest.param(owner, name, expected, id=f"{file}-{owner.__name__}.{name}")
    for file, names in EXPECTED.items()
    for owner, name, expected in names
]


@pytest.mark.parametrize(("owner", "name", "expected"), CASES)
def test_textual_still_has_the_name(owner, name, expected):
    if expected is SET:
        assert any(name in attributes_set_in(base) for base in owner.__mro__ if base.__module__.startswith("textual"))
    elif expected is CONSTANT:
        assert hasattr(owner, name)
    else:
        assert list(inspect.signature(getattr(owner, name)).parameters) == expected


def test_watchers_of_a_node_are_where_unsubscribe_widget_looks():
    assert 'getattr(obj, "__watchers"' in inspect.getsource(reactive._watch)


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parent == PATCHES], ids=lambda path: path.name)
def test_each_private_name_of_the_folder_is_checked(path):
    checked = {name for _, name, _ in EXPECTED.get(path.name, ())}
    assert private_uses(path) - checked <= {"StylesCache", "__watchers"}  # an import that fails, and the test above


@pytest.mark.slow
def test_no_other_file_uses_a_private_name_of_textual():
    used = {str(path.relative_to(TUI)): private_uses(path) for path in SOURCES if path.parent != PATCHES}
    assert {file: names for file, names in used.items() if names - ALLOWED.get(file, set())} == {}


def test_a_file_that_uses_private_names_is_found(tmp_path):
    """The scan sees each way to a private name: imports, other objects, text, replaced attributes, inherited methods."""
    file = TUI / "textual_patches" / "highlighting.py"
    assert private_uses(file) == {"_build_highlight_map", "_highlights", "_line_cache"}
    source = tmp_path / "ours.py"
    source.write_text(
        "from textual._animator import Animator\n"
        "from textual import screen, strip\n"
        "screen.UPDATE_PERIOD = 1\n"
        "vars(strip)['FIFOCache'] = dict\n"
        "def peek(widget): return widget._nodes, getattr(widget, '__watchers')\n"
    )
    from private_names import _imported, _in_text, _on_other_objects, _replaced, ast

    tree = ast.parse(source.read_text())
    assert _imported(tree) == {"Animator"}
    assert _replaced(tree) == {"UPDATE_PERIOD", "FIFOCache"}
    assert _on_other_objects(tree) == {"_nodes"}
    assert _in_text(tree) == {"__watchers"}


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parent == PATCHES], ids=lambda path: path.name)
def test_each_patch_says_why_and_what_breaks_without_it(path):
    text = path.read_text()
    assert text.startswith('"""')
    head = text.split('"""')[1]
    assert "\nWhy: " in head
    assert "\nWithout it: " in head


def test_the_version_in_use_is_of_the_series_that_is_asked_for():
    asked = tomllib.loads((TUI.parent / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = next(one for one in map(Requirement, asked) if one.name == "textual")
    assert textual.__version__ in wanted.specifier
    assert {spec.operator for spec in wanted.specifier} == {">=", "<"}
