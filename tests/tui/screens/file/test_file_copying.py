"""What is shown is saved to a file of the host, or opened as a copy in an editor."""

import io
import os
import sys
from dataclasses import replace

import pytest

from builders import file, image, layer
from file_stage import opened
from layertui.core.analysis.file_pages.page_source import PageSource
from layertui.core.analysis.file_pages.saved_content import save_content
from layertui.core.errors import Conflict
from layertui.core.progress import quiet
from layertui.core.streams.tar.member_content import SparseContent
from layertui.tui.screens.file import file_copying
from layertui.tui.screens.shared import suspend
from tui_world import World

HOLE = 64 << 20


def test_holes_stay_holes_and_nothing_but_a_file_is_replaced(tmp_path):
    pieces = ((0, 3), (HOLE, 3), (2 * HOLE, 0))
    content = io.BufferedReader(SparseContent(io.BytesIO(b"abcdef"), pieces, 2 * HOLE))
    save_content(PageSource(content, 2 * HOLE), tmp_path / "sparse", quiet())
    saved = tmp_path / "sparse"
    assert saved.stat().st_size == 2 * HOLE
    assert saved.stat().st_blocks * 512 < HOLE
    with saved.open("rb") as out:
        assert out.read(4) == b"abc\0"
        out.seek(HOLE)
        assert out.read(4) == b"def\0"
    os.mkfifo(tmp_path / "fifo")
    for name in ("fifo", "."):
        with pytest.raises(Conflict, match="is not a file"):
            save_content(PageSource(io.BytesIO(b"x"), 1), tmp_path / name, quiet())


@pytest.mark.slow
async def test_x_saves_what_is_shown_also_laid_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    world = World(tmp_path, image([layer([file("a.json", b'{"a":1}')])], tags=["one:1"]))
    async with opened(world, "/a.json") as shown:
        await shown.press("x", "enter")
        assert (tmp_path / "a.json").read_bytes() == b'{"a":1}'
        await shown.press("p", "x", *["backspace"] * 6, *"b.json", "enter")
        assert (tmp_path / "b.json").read_text() == '{\n  "a": 1\n}\n'


@pytest.mark.slow
async def test_v_opens_a_copy_in_the_editor_and_removes_it(tmp_path, monkeypatch):
    monkeypatch.setattr(suspend, "suspended", lambda app, run: run())
    seen = tmp_path / "seen"
    editor = tmp_path / "editor"
    editor.write_text(
        f"#!{sys.executable}\nimport pathlib, sys\n"
        f"pathlib.Path({str(seen)!r}).write_text(sys.argv[1] + '\\n' + pathlib.Path(sys.argv[1]).read_text())\n"
        "sys.exit(3)\n"
    )
    editor.chmod(0o755)
    world = World(
        tmp_path / "world", image([layer([file("-x\n", b"dash\n"), file("a.py", b"hello\n")])], tags=["one:1"])
    )
    world.inspector.settings = replace(world.inspector.settings, editor=str(editor))
    for path, name in (("/a.py", "a.py"), ("/-x\n", "file")):
        async with opened(world, path) as shown:
            await shown.press("v")
            copy, _, text = seen.read_text().partition("\n")
            assert (copy.rpartition("/")[2], text) == (name, "hello\n" if name == "a.py" else "dash\n")
            assert not os.path.exists(os.path.dirname(copy))
            assert shown.app.told[-1][1].endswith("ended with exit code 3")


@pytest.mark.slow
async def test_capital_v_shows_the_text_in_the_pager_without_control_characters(tmp_path, monkeypatch):
    monkeypatch.setattr(suspend, "suspended", lambda app, run: run())
    monkeypatch.setattr(file_copying, "_PIECE", 5)
    seen = tmp_path / "seen"
    pager = tmp_path / "pager"
    pager.write_text(f'#!/bin/sh\ncat "$2" > {seen}\necho "$1" >> {seen}\n')
    pager.chmod(0o755)
    files = [
        file("log", "a\x1b[31m\tb\r\nc\u202e\r\n\rd\n\udcff".encode("utf-8", "surrogateescape")),
        file("wide", "gr\u00f6\u00dfe\r".encode("utf-16")),
        file("bin", b"\0\1\2" * 9),
    ]
    world = World(tmp_path / "world", image([layer(files)], tags=["one:1"]))
    world.inspector.settings = replace(world.inspector.settings, pager=f"{pager} -X")
    async with opened(world, "/log") as shown:
        await shown.press("V")
        assert seen.read_text() == "a\\x1b[31m\tb\nc\\u202e\n\\x0dd\n\\udcff-X\n"
    async with opened(world, "/wide") as shown:
        await shown.press("V")
        assert seen.read_text() == "gr\u00f6\u00dfe\n-X\n"
    async with opened(world, "/bin") as shown:
        await shown.press("V")
        assert "A pager shows texts" in shown.app.told[-1][1]
    world.inspector.settings = replace(world.inspector.settings, pager="/nonexistent")
    async with opened(world, "/log") as shown:
        await shown.press("V")
        assert "set PAGER to another one" in shown.app.told[-1][1]
