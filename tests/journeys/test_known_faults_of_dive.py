"""What people report against dive 0.13, one test each: here it is right."""

import pkgutil
import tarfile
from importlib import import_module

import pytest
from rich.cells import cell_len
from textual._xterm_parser import XTermParser
from textual.binding import Binding
from textual.dom import DOMNode
from textual.events import Key

from at_rest import at_rest
from builders import docker_archive, file, folder, image, layer, oci_archive, oci_layout, opaque
from command_line import layertui
from ended_by_signal import SCREENS
from home_driver import Driver, driven
from layertui import tui
from layertui.core.layers.stack import stack
from layertui.tui.app import LayerTui
from layertui.tui.common.keys.key_names import own_label
from layertui.tui.screens.help_screen import HelpScreen, sections
from layertui.tui.widgets.chrome.key_bar import KeyBar, fitting
from layertui.tui.widgets.files.document import Document
from mouse_person import lines_of
from opened_screen import Opened
from tui_sample import SampleInspector, clock
from tui_values import built, flat
from tui_world import World

EMPTIED = image(
    [
        layer([folder("data"), file("data/a", b"a" * 30), folder("data/sub"), file("data/sub/b", b"b" * 12)]),
        layer([folder("data"), opaque("data"), file("data/n", b"n")]),
    ],
    history=["ADD rootfs /", "RUN reset"],
    tags=["emptied:1"],
)
COPIED = image([layer([file("big", letter * 100)]) for letter in (b"a", b"b", b"c")], tags=["copied:1"])


def test_a_folder_that_is_emptied_shows_nothing_from_below(tmp_path):
    """Opaque whiteouts are ignored by dive."""
    archive = docker_archive(EMPTIED, tmp_path / "emptied.tar")
    assert [one["path"] for one in layertui("ls", "-R", "--json", archive, "/data").ok().json] == ["/data/n"]
    assert layertui("analyze", "--json", archive).ok().json["wasted_bytes"] == 42


def test_of_three_copies_two_are_wasted(tmp_path):
    """dive's issue 684: it counts the copy that shows as well."""
    found = layertui("analyze", "--json", docker_archive(COPIED, tmp_path / "copied.tar")).ok().json
    assert (found["size"], found["wasted_bytes"]) == (300, 200)


@pytest.mark.parametrize("form", [docker_archive, oci_archive, oci_layout])
def test_every_form_opens_and_gives_its_files(form, tmp_path):
    """dive extracts nothing from an archive, and opens no OCI layout."""
    made = form(EMPTIED, tmp_path / "made")
    layertui("extract", made, "/data", tmp_path / "out").ok()
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["n"]
    assert layertui("history", "--json", made).ok().json[-1]["created_by"] == "ADD rootfs /"


def test_an_archive_without_manifest_json(tmp_path):
    layout, bare = oci_layout(EMPTIED, tmp_path / "layout"), tmp_path / "bare.tar"
    with tarfile.open(bare, "w") as tar:
        for name in ("oci-layout", "index.json", "blobs"):
            tar.add(layout / name, name)
    assert len(layertui("layers", "--json", bare).ok().json) == 2


@pytest.mark.slow
async def test_a_move_to_another_layer_stacks_nothing_again(tmp_path, monkeypatch):
    """dive's issue 288: it stacks all layers at every move."""
    app, stacked = LayerTui(None, inspector=SampleInspector(tmp_path), clock=clock), []
    async with app.run_test(size=(120, 40)) as pilot:
        drive = Driver(app, pilot)
        await drive.rest()
        await drive.press("j", "j", "3")
        assert drive.home.panes.files.border_title == "4 Files as of layer 6"
        monkeypatch.setattr(stack, "build", lambda *_, **__: stacked.append(1))
        titles = set()
        for key in "jjkj":
            await drive.press(key)
            titles.add(drive.home.panes.files.border_title)
    assert titles == {f"4 Files as of layer {layer}" for layer in (5, 4)}
    assert stacked == []


@pytest.mark.parametrize("form", [docker_archive, oci_archive, oci_layout])
async def test_the_lowest_layer_is_named_by_its_step(form, tmp_path):
    """dive calls that of an archive with blobs "FROM blobs"."""
    made = form(EMPTIED, tmp_path / "made")
    assert [one["created_by"] for one in layertui("layers", "--json", made).ok().json] == ["ADD rootfs /", "RUN reset"]
    dockerfile = layertui("history", "--dockerfile", made).ok().text
    assert "blobs" not in dockerfile
    inspector = World(tmp_path / "store").inspector
    app = LayerTui(inspector.settings, str(made), inspector=inspector, clock=clock)
    async with driven(app) as drive:
        await drive.press("3", "end")
        shown = lines_of(app)
    assert any("ADD rootfs /" in line for line in shown)
    assert not [line for line in shown if "blobs" in line]


def classes_with_keys():
    for found in pkgutil.walk_packages(tui.__path__, "layertui.tui."):
        for value in vars(import_module(found.name)).values():
            if isinstance(value, type) and issubclass(value, DOMNode) and value.__module__ == found.name:
                yield value


def test_no_key_is_one_that_a_terminal_sends_for_another():
    """dive binds Ctrl+M, which is Enter, and Ctrl+I would be Tab: such a key never arrives, or does something else as well."""
    sent = {"ctrl+m": "\r", "ctrl+i": "\t", "ctrl+h": "\x08", "ctrl+left_square_bracket": "\x1b"}
    arrives = {
        key: [event.key for event in (*XTermParser().feed(text), *XTermParser().feed("")) if isinstance(event, Key)]
        for key, text in sent.items()
        if text != "\x1b"
    }
    assert arrives == {"ctrl+m": ["enter"], "ctrl+i": ["tab"], "ctrl+h": ["backspace"]}
    bound = {
        (kind.__name__, binding.key)
        for kind in classes_with_keys()
        for binding in Binding.make_bindings(kind.__dict__.get("BINDINGS", ()))
    }
    assert len(bound) > 300
    assert {one for one in bound if one[1] in sent} == set()


def ours(active):
    """Whether a key that works is one of layertui, not of Textual's own fields and lists."""
    return any(
        base.__module__.startswith("layertui.")
        and active.binding in Binding.make_bindings(base.__dict__.get("BINDINGS", ()))
        for base in type(active.node).__mro__
        if issubclass(base, DOMNode)
    )


FULL_SCREENS = [name for name in SCREENS if name.endswith("Screen") and name != "HelpScreen"]
"""Those with a key bar. A dialog has its few keys in itself."""


@pytest.mark.slow
@pytest.mark.parametrize("name", FULL_SCREENS)
async def test_no_key_is_missing_in_the_help_and_none_is_cut_off_in_the_bar(name, tmp_path):
    """dive leaves keys out of its help, and cuts its key bar off at 170 columns."""
    world = World(tmp_path / "store", *built(), flat())
    world.container()
    app = Opened(SCREENS[name](world), world)
    async with app.run_test(size=(170, 40)) as pilot:
        await at_rest(app, pilot)
        works = [active.binding for active in app.screen.active_bindings.values() if active.enabled and ours(active)]
        bar = app.screen.query_one(KeyBar)
        keys = KeyBar.keys(bar)
        written = lines_of(app)[bar.region.y][bar.region.x : bar.region.right].strip().split("  ")
        assert set(written) <= {f"{key.label} {key.text}" for key in keys}
        assert len(written) == len(fitting(keys, 170))
        for width in range(40, 250):
            shown = fitting(keys, width)
            assert cell_len(" " + "  ".join(f"{key.label} {key.text}" for key in shown)) <= width
            assert "help" in {key.action for key in shown}
        below = app.screen
        await pilot.press("f1")
        await at_rest(app, pilot)
        assert isinstance(app.screen, HelpScreen)
        page = app.screen.query_one(Document).plain
        told = [line for _, listed in sections(below, app) for line in listed]
    assert [line for line in told if f"{line.keys}: {line.text}" not in page.splitlines()] == []
    labels = {label for line in told for label in line.keys.split()}
    assert {(binding.key, binding.description) for binding in works if own_label(binding) not in labels} == set()
    assert {label for label in labels if "_" in label and len(label) > 1} == set()
