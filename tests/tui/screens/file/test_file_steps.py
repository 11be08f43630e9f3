"""From one version of a path to another, from one file of a list to the next, and the filter of an archive's entries."""

import io
import zipfile
from types import SimpleNamespace

import pytest

from builders import file, folder, image, layer, symlink, whiteout
from file_stage import opened
from home_driver import Driver
from layertui.core.analysis.file_facts.archive_values import ArchiveEntry
from layertui.core.containers.model.container import CreateOptions
from layertui.core.layers.table.entry import Kind
from layertui.tui.app import LayerTui
from layertui.tui.screens.file.file_screen import FileScreen
from layertui.tui.screens.file.file_target import EntryFile, LayerFile, content_command
from tui_world import World

pytestmark = pytest.mark.slow


def lines(first, count=300):
    return b"".join(b"%s %d\n" % (first, number) for number in range(1, count + 1))


@pytest.fixture
def world(tmp_path):
    layers = [
        layer([folder("etc"), file("etc/conf", lines(b"old")), file("etc/other", b"other\n"), file("etc/zip", b"PK")]),
        layer([file("once", b"once\n")]),
        layer([whiteout("etc/conf")]),
        layer([symlink("etc/conf", "\x1b[2Jother")]),
        layer([file("etc/conf", b"a longer first line\n" + lines(b"new")), file("gone", b"gone\n")]),
        layer([whiteout("gone")]),
    ]
    history = ["ADD base", "RUN once", "RUN rm /etc/conf", "RUN ln", "RUN \x1b[31mnew", "RUN rm /gone"]
    return World(tmp_path, image(layers, history=history, config={"Cmd": ["sh"]}, tags=["one:1"]))


def version(shown):
    line = shown.app.screen.query_one("#version")
    return str(line.render()) if line.display else ""


async def test_versions_of_a_path_are_gone_through_with_those_that_hide_it(world):
    async with opened(world, "/etc/conf") as shown:
        assert version(shown) == "version 3 of 3 · layer 5 · RUN \\x1b[31mnew"
        await shown.press("colon", *"120", "enter")
        assert shown.lines()[0] == "120  new 119"
        await shown.press("g", *"12G")
        assert shown.lines()[0] == " 12  new 11"
        await shown.press(*"108j")
        assert shown.lines()[0] == "120  new 119"
        await shown.press("greater_than_sign")
        assert shown.app.told[-1] == ("warning", "No layer above has a version of it.")
        await shown.press("less_than_sign")
        assert version(shown).startswith("version 2 of 3 · layer 4")
        assert shown.lines()[0] == "Not a file in layer 4: a symbolic link to \\x1b[2Jother."
        await shown.press("slash")  # there is nothing to find in
        assert shown.app.told[-1][1].startswith("Not a file in layer 4")
        await shown.press("less_than_sign")
        assert version(shown) == "removed · layer 3 · RUN rm /etc/conf"
        assert shown.lines()[0] == "Not a file in layer 3: removed."
        await shown.press("less_than_sign")
        assert version(shown).startswith("version 1 of 3 · layer 1 · ADD base")
        assert shown.lines()[0] == "  1  old 1"
        await shown.press("less_than_sign")
        assert shown.app.told[-1] == ("warning", "No layer below has a version of it.")
    async with opened(world, "/once") as shown:
        assert version(shown) == ""
        await shown.press("less_than_sign")
        assert shown.app.told[-1] == ("warning", "No other layer has a version of this path.")
    async with opened(world, "/gone", only=5) as shown:
        assert version(shown).startswith("version 1 of 1 · layer 5")
        await shown.press("greater_than_sign")
        assert version(shown).startswith("removed · layer 6")


async def test_another_version_is_shown_at_the_same_line_and_as_hex_if_that_was_chosen(tmp_path):
    layers = [layer([file("f", lines(b"old"))]), layer([file("f", b"a longer first line\n" + lines(b"new"))])]
    world = World(tmp_path, image(layers, tags=["one:1"]))
    async with opened(world, "/f") as shown:
        await shown.press("colon", *"120", "enter", "less_than_sign")
        assert shown.lines()[0] == "120  old 120"
        assert shown.place.startswith("line 120 of 300")
        await shown.press("b", "greater_than_sign")
        assert shown.lines()[0].startswith("00000")


async def test_a_container_has_its_own_version_on_top(world):
    world.inspector.containers.create("one:1", CreateOptions(name="box"))
    world.inspector.containers.files.writable_layer("box").write("/once", io.BytesIO(b"mine\n"))
    async with opened(world, "/once", name="container:box") as shown:
        assert version(shown) == "version 2 of 2 · the writable layer"
        await shown.press("less_than_sign")
        assert shown.lines()[0] == "  1  once"


async def test_brackets_go_through_the_files_of_the_list_and_its_cursor_goes_along(tmp_path, monkeypatch, world):
    monkeypatch.chdir(tmp_path)
    app = LayerTui(world.inspector.settings, "one:1", inspector=world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        drive = Driver(app, pilot)
        await drive.press("4")
        files = drive.home.panes.files
        assert files.go_to("/etc/other")
        await drive.press("enter", "right_square_bracket")
        assert isinstance(app.screen, FileScreen)
        assert app.screen.reading.target.path == "/etc/zip"
        await drive.press("right_square_bracket")
        assert app.screen.reading.target.path == "/once"  # the folder between is none
        await drive.press("left_square_bracket", "left_square_bracket", "left_square_bracket")
        assert app.screen.reading.target.path == "/etc/conf"
        await drive.press("left_square_bracket")
        assert app.screen.reading.target.path == "/etc/conf"
        await drive.press("escape")
        assert files.path == "/etc/conf"


async def test_the_entries_of_an_archive_are_filtered_and_gone_through(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in {"a/": b"", "a/one.py": b"1\n", "a/two.txt": b"22\n", "three.py": b"333\n"}.items():
            made.writestr(name, content)
    world = World(tmp_path, image([layer([file("a.zip", out.getvalue())])], tags=["one:1"]))
    async with opened(world, "/a.zip") as shown:
        screen = shown.app.screen
        entries = screen.query_one("#entries")
        assert str(entries.border_subtitle) == "zip archive · 4 entries · 9B unpacked"
        await shown.press("slash", *"*.py", "enter")
        assert [entries.item_at(row).name for row in range(entries.count)] == ["a/one.py", "three.py"]
        assert str(entries.border_subtitle) == "/ *.py · zip archive · 2 of 4 entries · 6B unpacked"
        await shown.press("n", "N", "enter")
        assert shown.lines()[0] == "  1  1"
        await shown.press("right_square_bracket")
        assert shown.lines()[0] == "  1  333"
        await shown.press("right_square_bracket")
        assert shown.app.told[-1] == ("warning", "No file after this one in the list.")
        await shown.press("escape")
        assert shown.app.screen is screen
        assert entries.current.name == "three.py"
        await shown.press("escape")
        assert (entries.count, entries.current.name) == (4, "three.py")
        await shown.press("slash", *"a/", "enter")
        assert entries.count == 2
        await shown.press("b", "slash", *"three", "enter")
        assert shown.lines()[0].startswith("000000")


def test_a_command_writes_the_same_content():
    subject = SimpleNamespace(name="one:1")
    archive = EntryFile(LayerFile(subject, "/a.zip", only=2), ArchiveEntry("in.tar", Kind.FILE, 1))
    inner = EntryFile(archive, ArchiveEntry("f", Kind.FILE, 1))
    words = ("layertui", "file", "--cat", "--layer", "2", "one:1", "/a.zip", "in.tar", "f")
    assert content_command(inner, laid_out=False) == words
    assert content_command(LayerFile(subject, "/j", upto=1), laid_out=True)[2:] == (
        "--layout",
        "--upto",
        "1",
        "one:1",
        "/j",
    )
