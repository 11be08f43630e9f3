import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.file_facts.text_content import text_of
from layertui.tui.widgets.files.preview import caption, hex_line, preview_of


def plain(preview):
    return [line.plain for line in preview.lines]


def test_text_keeps_its_lines():
    preview = preview_of("/etc/motd", b"one\n\ttwo\r\nthree", 15)
    assert plain(preview) == ["one", "    two", "three"]
    assert caption(preview) == "text, 15B"
    assert plain(preview_of("/old", b"one\rtwo\r", 8)) == ["one", "two"]
    assert plain(preview_of("/mixed", b"one\rtwo\n", 8)) == ["one\\x0dtwo"]


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/srv/run.py", b"import os\nprint(os.name)\n"),
        ("/usr/bin/tool", b"#!/usr/bin/env -S python3 -u\nprint(1)\n"),
        ("/x", b"#!/bin/sh\necho $HOME\n"),
    ],
)
def test_a_program_has_colours_by_its_name_or_its_first_line(path, content):
    preview = preview_of(path, content, len(content), theme="one-dark")
    assert any(line.spans for line in preview.lines)
    assert "\n".join(plain(preview)) + "\n" == content.decode()


def test_escapes_in_a_program_are_shown_not_obeyed():
    content = b"# \x1b[2J clear\nx = '\xe2\x80\xae rtl'\n"
    preview = preview_of("/x.py", content, len(content), theme="one-dark")
    assert plain(preview) == ["# \\x1b[2J clear", "x = '\\u202e rtl'"]


@pytest.mark.parametrize("content", [b"a\x00b", b"\xff\xfe\x00", bytes(range(1, 32)) * 4, b"\x7fELF\x02"])
def test_bytes_are_no_text(content):
    assert text_of(content) is None
    assert preview_of("/x", content, len(content)).lines is None


@given(st.text(alphabet="aé镜😀", min_size=1, max_size=30), st.integers(0, 100))
def test_a_cut_in_the_middle_of_a_letter_leaves_text_text(text, cut):
    content = text.encode()
    part = content[: cut % len(content) + 1]
    found = text_of(part, cut=True)
    assert found is not None
    assert text.startswith(found)
    assert len(found.encode()) > len(part) - 4


def test_a_cut_file_says_so():
    preview = preview_of("/big", b"x" * 100, 1_000_000)
    assert caption(preview) == "text, 1MB, the first 100B shown"


def test_an_empty_file():
    preview = preview_of("/x", b"", 0)
    assert (preview.height, caption(preview)) == (0, "empty file, 0B")


def test_hex_beside_letters():
    content = bytes(range(256))
    assert hex_line(content, 4) == (
        "00000040",
        "40 41 42 43 44 45 46 47  48 49 4a 4b 4c 4d 4e 4f",
        "@ABCDEFGHIJKLMNO",
    )
    assert hex_line(b"\x00\xff", 0)[2] == "··"
    assert preview_of("/x", content, 256).height == 16


def test_colours_bring_no_background():
    preview = preview_of("/a.py", b"import os  # why\n", 17)
    (line,) = preview.lines
    assert line.spans
    assert all(span.style.bgcolor is None for span in line.spans)
