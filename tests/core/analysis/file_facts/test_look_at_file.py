"""What files are: by content, and of formats of text by name; and that no content makes it raise."""

import gzip
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.file_facts.fact_values import FileKind, TextFacts
from layertui.core.analysis.file_facts.look_at_file import file_facts
from layertui.core.analysis.file_facts.text_content import decoded_text

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + (640).to_bytes(4, "big") + (480).to_bytes(4, "big") + bytes(20)
V7_TAR = b"a" + bytes(99) + b"0000644\0" + b"0000000\0" * 2 + b"00000000000\0" * 2


def facts_of(content, path="/x"):
    return file_facts(io.BytesIO(content), len(content), path=path)


@pytest.mark.parametrize(
    ("content", "path", "kind", "what"),
    [
        (b"", "/x", FileKind.EMPTY, "empty file"),
        (b"#!/bin/sh -e\nexit\n", "/x.yml", FileKind.SCRIPT, "script"),
        (PNG, "/x.txt", FileKind.PICTURE, "PNG picture, 640 x 480 pixels"),
        (b'{"a": 1}', "/x", FileKind.JSON, "JSON"),
        (b"[1, 2]", "/x.JSON", FileKind.JSON, "JSON"),
        (b"[section]\nkey = 1\n", "/etc/x", FileKind.TEXT, "text"),
        (b"[section]\nkey = 1\n", "/x.toml", FileKind.TOML, "TOML"),
        (b"---\na: 1\n", "/x", FileKind.YAML, "YAML"),
        (b"a: 1\n", "/x.yaml", FileKind.YAML, "YAML"),
        (b"SQLite format 3\0\x10\0" + bytes(90), "/x", FileKind.SQLITE, "SQLite database, pages of 4,096 bytes"),
        (b"\0\1\2", "/x.json", FileKind.BINARY, "binary"),
        (gzip.compress(b"text"), "/x", FileKind.COMPRESSED, "gzip data"),
        (V7_TAR + b"%06o\0 " % (sum(V7_TAR) + 8 * 32) + bytes(356 + 1024), "/x", FileKind.TAR, "tar archive"),
        (b"PK\5\6" + bytes(18), "/x.jar", FileKind.ZIP, "Java archive (zip)"),
    ],
    ids=range(14),
)
def test_kinds(content, path, kind, what):
    found = facts_of(content, path)
    assert (found.kind, found.what, found.damage) == (kind, what, "")


@pytest.mark.parametrize(
    ("content", "encoding", "ends"),
    [
        (b"a\nb\n", "ASCII", "LF"),
        ("ä\r\nb\r\n".encode(), "UTF-8", "CRLF"),
        ("\ufeffä".encode(), "UTF-8 with BOM", ""),
        ("ä\n".encode("utf-16"), "UTF-16LE", "LF"),
        ("\ufeffä\r".encode("utf-16-be"), "UTF-16BE", "CR"),
        ("ä\n".encode("utf-32"), "UTF-32LE", "LF"),
        ("\ufeffä\r\n".encode("utf-32-be"), "UTF-32BE", "CRLF"),
        ("ä\r\nb\n".encode("latin-1"), "8-bit", "mixed"),
    ],
)
def test_texts(content, encoding, ends):
    assert facts_of(content).details == TextFacts(encoding, ends)


def test_the_interpreter_of_a_script():
    assert facts_of(b"#! /usr/bin/env python3\nprint()\n").details.interpreter == "/usr/bin/env python3"


@given(st.text(min_size=1), st.sampled_from(["utf-8", "utf-16"]), st.integers(1, 9))
def test_a_text_that_is_cut_inside_a_character_is_the_text_before(text, codec, off):
    content = ("x" * 200 + text).encode(codec)
    whole, cut = decoded_text(content), decoded_text(content[: len(content) - off], cut=True)
    if whole is not None and cut is not None and whole[1].encoding == cut[1].encoding:
        assert whole[0].startswith(cut[0])
        assert len(whole[0]) - len(cut[0]) <= off + 1


@given(
    st.sampled_from(
        [
            b"",
            b"\x7fELF",
            b"PK\3\4",
            b"!<arch>\n",
            b"\x1f\x8b\x08",
            b"BZh9",
            b"\xfd7zXZ\0",
            b"0\x82\1\0",
            PNG[:16],
            b"{",
            b"\xff\xd8\xff",
        ]
    ),
    st.binary(max_size=600),
)
def test_no_content_makes_it_raise(magic, content):
    found = facts_of(magic + content)
    assert found.what
    assert "\n" not in found.what + found.damage
