"""The file view: keys, and what comes on the screen."""

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from builders import fifo, file, folder, image, layer, symlink
from file_stage import opened
from home_driver import Driver
from layertui.core.bounds import bounds, set_bounds
from layertui.tui.app import LayerTui
from layertui.tui.screens.file import file_pages
from layertui.tui.screens.file.file_screen import FileScreen
from layertui.tui.widgets.pages.archive_list import ArchiveList
from pressed_keys import silent_keys
from tui_world import World

pytestmark = pytest.mark.slow

LINES = 40_000
LONG = b"".join(b"line %d of the log\n" % number for number in range(1, LINES)) + b"\tthe END\x1b[31m \xff\n"
BYTES = b"\x7fELF" + bytes(range(256)) * 40


def one_image():
    old = layer([folder("var"), file("var/motd", b"as it was\n")])
    new = layer(
        [
            file("log", LONG),
            file("bytes", BYTES),
            file("empty", b""),
            folder("var"),
            file("var/motd", b"as it is\n"),
            symlink("link", "log"),
            symlink("way", "var"),
            symlink("broken", "\x1b[2Jnowhere"),
            fifo("fifo"),
        ]
    )
    return image([old, new], tags=["one:1"])


@pytest.fixture
def world(tmp_path):
    return World(tmp_path, one_image())


async def test_a_text_is_read_where_it_is_looked_at_and_its_lines_are_counted(world):
    async with opened(world, "/log") as shown:
        assert shown.lines()[0].split() == ["1", "line", "1", "of", "the", "log"]
        assert len(shown.view.window.data) < len(LONG) / 2
        assert shown.place.startswith("line 1 of 40,000")
        await shown.press("G")
        assert shown.lines()[-1] == "40000      the END\\x1b[31m \\udcff"
        assert shown.place.endswith("100%")
        await shown.press("k")
        assert shown.lines()[-1].split()[:3] == ["39999", "line", "39999"]
        await shown.press("g", "pagedown", "j")
        assert shown.lines()[0].split()[0] == str(shown.view.size.height + 1)
        assert await silent_keys(shown.app, shown.pilot, leave_out={"escape", "q"}) == []


async def test_a_line_an_offset_and_a_percentage_are_gone_to(world):
    async with opened(world, "/log") as shown:
        await shown.press("colon", *"30000", "enter")
        assert shown.lines()[0].split()[:3] == ["30000", "line", "30000"]
        await shown.press("colon", *"0x0", "enter")
        assert shown.lines()[0].split()[0] == "1"
        await shown.press("colon", *"50%", "enter")
        assert 19_000 < int(shown.lines()[0].split()[0]) < 21_000
        await shown.press("colon", *"nine", "enter")
        assert shown.app.told[-1] == ("error", "nine: type a line, 0x and an offset, or a percentage")


async def test_a_search_goes_to_the_next_and_the_previous_match(world):
    async with opened(world, "/log") as shown:
        await shown.press("slash", *"line 3999", "enter")
        assert any("3999  line 3999 of the log" in line for line in shown.lines())
        await shown.press("n")
        assert any("line 39990 of" in line for line in shown.lines())
        await shown.press("N")
        assert any("line 3999 of" in line for line in shown.lines())
        await shown.press("N")
        assert shown.app.told[-1] == ("warning", "No match above.")
        await shown.press("slash", *["backspace"] * 9, *"/(/", "enter")
        assert "invalid regular expression" in shown.app.told[-1][1]


async def test_bytes_are_shown_as_hex_and_texts_when_asked(world):
    async with opened(world, "/bytes") as shown:
        assert shown.lines()[0] == "00000000  7f 45 4c 46 00 01 02 03  04 05 06 07 08 09 0a 0b  ·ELF············"
        await shown.press("colon", *"0x100", "enter")
        assert shown.lines()[0].startswith("00000100  fc fd fe ff 00 01")
        await shown.press("b")
        assert "\\x7fELF" not in shown.lines()[0]
        assert shown.view.to_copy() is not None
        await shown.press("g", "b")
        assert shown.lines()[0].startswith("00000000  7f 45")
        assert shown.view.to_copy() is None


async def test_the_version_of_one_layer_and_an_empty_file(world):
    async with opened(world, "/var/motd", only=1) as shown:
        assert shown.lines()[0] == "  1  as it was"
    async with opened(world, "/var/motd") as shown:
        assert shown.lines()[0] == "  1  as it is"
    async with opened(world, "/empty") as shown:
        assert shown.lines()[0] == "The file is empty."
    async with opened(world, "/fifo") as shown:
        assert shown.lines()[0] == "/fifo: is a fifo"


async def test_texts_in_other_encodings_are_shown_as_text_and_b_stays_at_the_same_place(tmp_path, monkeypatch):
    wide = "".join(f"größe {number}\r\n" for number in range(1, 2000))
    files = [
        file("wide", wide.encode("utf-16")),
        file("latin", "größe\n".encode("latin-1")),
        file("crlf", b"a\r\nb\r\n"),
    ]
    world = World(tmp_path, image([layer(files)], tags=["one:1"]))
    async with opened(world, "/wide") as shown:
        assert shown.lines()[0] == "   1  größe 1"
        assert "UTF-16LE, CRLF line ends" in str(shown.view.border_title)
        await shown.press("slash", *"größe 1500", "enter", "b")
        offset = len("".join(wide.partition("größe 1500")[:1]).encode("utf-16"))
        rows = range(*(shown.view.window.starts[shown.view.top.row + at] for at in (0, shown.view.size.height)))
        assert offset in rows
        await shown.press("b")
        assert any("größe 1500" in line for line in shown.lines())
    async with opened(world, "/latin") as shown:
        assert shown.lines()[0] == "  1  größe"
        assert "8-bit as Latin-1" in str(shown.view.border_title)
    async with opened(world, "/crlf") as shown:
        assert shown.lines()[:2] == ["  1  a", "  2  b"]
    monkeypatch.setattr(file_pages, "MOST_BYTES", 10)
    async with opened(world, "/wide") as shown:
        assert shown.lines()[0].startswith("00000000  ff fe")
        assert shown.app.told[-1] == ("warning", "A text in UTF-16LE is decoded up to 10B; this one is larger.")


async def test_lines_that_end_in_cr_alone(tmp_path):
    old = "".join(f"line {number}\r" for number in range(1, 5000))
    files = [
        file("old", old),
        file("wide", old.encode("utf-16")),
        file("mixed", "a\rb\nc\n"),
        file("old.py", "a = 1\rb = 2"),
    ]
    world = World(tmp_path, image([layer(files)], tags=["one:1"]))
    for path in ("/old", "/wide"):
        async with opened(world, path) as shown:
            assert shown.lines()[:2] == ["   1  line 1", "   2  line 2"]
            assert "CR line ends" in str(shown.view.border_title)
            await shown.press("slash", *"/^line 4321$/", "enter")
            assert any(line == "4321  line 4321" for line in shown.lines())
            await shown.press("colon", *"4999", "enter")
            assert any(line.endswith("line 4999") for line in shown.lines())
            await shown.press("g", "b")
            assert "0d" in shown.lines()[0]
    async with opened(world, "/mixed") as shown:
        assert shown.lines()[:2] == ["  1  a\\x0db", "  2  c"]
    async with opened(world, "/old.py") as shown:
        assert shown.lines()[:2] == ["  1  a = 1", "  2  b = 2"]


async def test_long_lines_are_wrapped_and_scrolled_line_by_line(tmp_path):
    long = b"".join(b"%d %s|\n" % (number, b"abcdefghi " * 30) for number in range(1, 2000)) + b"z" * 9000 + b"END"
    world = World(tmp_path, image([layer([file("long", long), file("hex", b"\0" * 99)])], tags=["one:1"]))
    async with opened(world, "/long") as shown:
        width = shown.view.size.width - 6
        await shown.press("w")
        first, second = (line[5:] for line in shown.lines()[:2])
        assert shown.lines()[0].startswith("  1  1 abcdefghi")
        assert shown.lines()[1].startswith("     ")
        assert (first + " " * (width - len(first)) + second).startswith("1 " + "abcdefghi " * 15)
        assert "wrapped" in shown.place
        await shown.press("j")
        assert shown.lines()[0][5:] == second
        await shown.press("G")
        assert shown.lines()[-1].endswith("zEND")
        await shown.press("k", "k", "slash", *"zEND", "enter")
        assert any(line.endswith("zEND") for line in shown.lines())
        await shown.press("g", "slash", *["backspace"] * 4, *"1500 abc", "enter")
        assert any("1500 abcdefghi" in line for line in shown.lines())
        await shown.press("w")
        assert "wrapped" not in shown.place
        assert all(line.split()[1:2] != [] for line in shown.lines())
        assert await silent_keys(shown.app, shown.pilot, leave_out={"escape", "q"}) == []
    async with opened(world, "/hex") as shown:
        await shown.press("w")
        assert shown.app.told[-1][1] == "It wraps long lines, where text is shown."


async def test_enter_opens_a_file_follows_links_and_opens_no_fifo(tmp_path, monkeypatch, world):
    monkeypatch.chdir(tmp_path)
    app = LayerTui(world.inspector.settings, "one:1", inspector=world.inspector)
    async with app.run_test(size=(120, 30)) as pilot:
        drive = Driver(app, pilot)
        await drive.press("4")

        async def enter(path):
            assert drive.home.panes.files.go_to(path)
            await drive.press("enter")
            return app.screen

        assert isinstance(await enter("/log"), FileScreen)
        await drive.press("escape")
        assert app.screen is drive.home
        screen = await enter("/link")
        assert "/link → /log" in str(screen.query_one("#pages").border_title)
        await drive.press("escape")
        for path in ("/fifo", "/broken"):
            assert await enter(path) is drive.home
        assert await enter("/way") is drive.home
        assert drive.home.panes.files.path == "/var"


async def test_a_file_of_an_archive_on_disk_is_closed_with_its_screen(world):
    async with opened(world, "/log") as shown:
        pages = shown.app.screen.reading.pages
        await shown.press("q")
        assert pages.source._is_closed


def tar_of(**files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "\x1b[2J"
        tar.addfile(link)
    return out.getvalue()


def zip_of(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


@pytest.fixture
def archives(tmp_path):
    inner = gzip.compress(tar_of(deep=b"the innermost\n" * 50), mtime=0)
    bomb = gzip.compress(bytes(1 << 20), mtime=0)
    jar = zip_of({"inner.tgz": inner, "\x1b[31mred": b"red", "dir/": b""})
    return World(
        tmp_path,
        image(
            [
                layer(
                    [
                        file("a.jar", jar),
                        file("bomb.gz", bomb),
                        file("cut.tar", tar_of(one=b"1" * 2000)[:1500]),
                        file("a.json", b'{"a": {"b": [1, "\\u001b"]}, "a": 2}'),
                        file("bad.json", b'{"a": '),
                        file("true", Path("/bin/sh").resolve().read_bytes()),
                    ]
                )
            ],
            tags=["one:1"],
        ),
    )


async def test_an_archive_in_an_archive_is_walked_into_and_left_again(archives):
    async with opened(archives, "/a.jar") as shown:
        entries = shown.app.screen.query_one(ArchiveList)
        assert shown.app.focused is entries
        assert [entry.name for entry in entries.items] == ["inner.tgz", "\x1b[31mred", "dir/"]
        assert "\\x1b[31mred" in entries.render_line(2).text
        await shown.press("enter")
        inner = shown.app.screen.query_one(ArchiveList)
        assert [entry.name for entry in inner.items] == ["deep", "link"]
        await shown.press("enter")
        assert shown.lines()[0] == "  1  the innermost"
        assert "/a.jar » inner.tgz » deep" in str(shown.view.border_title)
        await shown.press("escape", "j", "enter")
        assert "it has no content of its own" in shown.app.told[-1][1]
        await shown.press("escape", "b")
        assert shown.lines()[0].startswith("00000000  50 4b 03 04")
        await shown.press("b")
        assert shown.app.focused is entries


async def test_archives_are_refused_that_are_nested_too_deeply_or_unpack_to_too_much(archives):
    before = bounds()
    set_bounds(before._replace(archive_depth=1, archive_unpacked=1 << 16))
    try:
        async with opened(archives, "/a.jar") as shown:
            await shown.press("enter")
            assert "LAYERTUI_MAX_ARCHIVE_DEPTH" in shown.app.told[-1][1]
            assert shown.lines()[0].startswith("00000000  1f 8b")
        async with opened(archives, "/bomb.gz") as shown:
            await shown.press("enter")
            assert "LAYERTUI_MAX_ARCHIVE_UNPACKED" in shown.app.told[-1][1]
        async with opened(archives, "/cut.tar") as shown:
            assert [severity for severity, _ in shown.app.told] == ["warning"]
    finally:
        set_bounds(before)


async def test_json_is_laid_out_and_shown_as_it_is_stored_again(archives):
    async with opened(archives, "/a.json") as shown:
        assert shown.lines()[0] == '  1  {"a": {"b": [1, "\\u001b"]}, "a": 2}'
        await shown.press("p")
        assert [line[5:] for line in shown.lines()[:4]] == ["{", '  "a": {', '    "b": [', "      1,"]
        assert "laid out" in str(shown.view.border_title)
        await shown.press("p")
        assert shown.lines()[0].startswith('  1  {"a": {"b"')
    async with opened(archives, "/bad.json") as shown:
        await shown.press("p")
        assert shown.app.told[-1][0] == "error"
        assert shown.lines()[0] == '  1  {"a":'


async def test_the_facts_of_a_program_are_above_its_bytes(archives):
    async with opened(archives, "/true") as shown:
        facts = shown.app.screen.query_one("#facts")
        assert facts.display
        text = str(facts.render())
        assert "interpreter" in text
        assert "not in the image" in text
        await shown.press("i")
        assert not facts.display


def encoded(picture, name):
    out = io.BytesIO()
    picture.save(out, name)
    return out.getvalue()


@pytest.fixture
def pictures(tmp_path):
    quarters = Image.new("RGBA", (2, 2), (255, 0, 0, 255))
    quarters.putpixel((1, 1), (0, 0, 0, 0))
    png = encoded(quarters, "PNG")
    return World(
        tmp_path,
        image(
            [layer([file("two.png", png), file("cut.png", png[:45]), file("in.zip", zip_of({"two.png": png}))])],
            tags=["one:1"],
        ),
    )


async def test_a_picture_is_drawn_for_the_pane_and_b_shows_its_bytes(pictures):
    async with opened(pictures, "/two.png") as shown:
        view = shown.app.screen.query_one("#picture")
        assert shown.app.focused is view

        def red_cells():
            lines = [view.render_line(y) for y in range(view.size.height)]
            return [
                sum(len(text) for text, style, _ in line if style.bgcolor and style.bgcolor.name == "#ff0000")
                for line in lines
            ]

        height = view.size.height
        assert set(red_cells()[: height // 2]) == {height * 2}
        assert set(red_cells()[height // 2 + 1 :]) == {height}
        await shown.press("b")
        assert shown.lines()[0].startswith("00000000  89 50 4e 47")
        assert not view.display
        await shown.press("b")
        assert shown.app.focused is view
        await shown.pilot.resize_terminal(60, 12)
        await shown.app.quiet(shown.pilot)
        assert view.size.height < height
        assert red_cells()[0] == view.size.height * 2
        assert await silent_keys(shown.app, shown.pilot, leave_out={"escape", "q"}) == []
    async with opened(pictures, "/in.zip") as shown:
        await shown.press("enter")
        assert shown.app.screen.query_one("#picture").display


async def test_a_damaged_picture_and_one_of_too_many_pixels_are_bytes_with_one_line_why(pictures, lower):
    async with opened(pictures, "/cut.png") as shown:
        assert shown.lines()[0].startswith("00000000  89 50 4e 47")
        severity, why = shown.app.told[-1]
        assert (severity, why.startswith("the picture is damaged: ")) == ("warning", True)
    lower(picture_pixels=3)
    async with opened(pictures, "/two.png") as shown:
        assert shown.lines()[0].startswith("00000000  89 50 4e 47")
        assert "2 x 2 pixels; the limit is 3, LAYERTUI_MAX_PICTURE_PIXELS" in shown.app.told[-1][1]
