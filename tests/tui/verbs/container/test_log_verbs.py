"""logs: bytes as they are where they go into a file, and nothing that acts on the terminal where they go to one."""

import os
import re
import sys

import pytest

from builders import docker_archive
from command_line import process
from containing import box, require_runtime
from typing_at import typing_at

HOSTILE = r"\033]52;c;cHduZWQ=\007\033[2J\ttab \303\251 \302\233 \377\n\033]0;title\007 last"
ESCAPED = "\\x1b]52;c;cHduZWQ=\\x07\\x1b[2J\ttab é \\x9b \\udcff\r\n\\x1b]0;title\\x07 last"
FROM_THE_OTHER_STREAM = "\\x1b[?1049h"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with a container that has written to both of its streams, and has ended. The tests only look at it."""
    folder = tmp_path_factory.mktemp("logs")
    store = folder / "store"
    require_runtime("bwrap", store)
    process("load", docker_archive(box(), folder / "box.tar"), store=store).ok()
    command = f"printf '{HOSTILE}'; printf '\\033[?1049h' >&2"
    process("run", "--name", "one", "box:1", "sh", "-c", command, store=store).ok()
    return store


@pytest.fixture(autouse=True)
def _in_that_store(store, monkeypatch):
    monkeypatch.setenv("LAYERTUI_STORE", str(store))


def shown(*words):
    with typing_at(sys.executable, "-m", "layertui", "logs", *words) as it:
        assert it.end() == 0
        return it.shown


@pytest.mark.slow
@pytest.mark.parametrize("words", [("one",), ("-f", "one"), ("--tail", "5", "one")])
def test_on_a_terminal_control_characters_are_escaped(words):
    said = shown(*words).decode()
    assert said.count(FROM_THE_OTHER_STREAM) == 1
    # Two streams come through two pipes: output of one may be anywhere among that of the other.
    assert ESCAPED in said.replace(FROM_THE_OTHER_STREAM, "")
    assert set(said) & set(map(chr, (*range(32), 127))) == {"\r", "\n", "\t"}


def test_with_the_times_before_each_line():
    said = shown("-t", "one").decode()
    first, second = ESCAPED.split("\r\n")
    for line in (first, second.removesuffix(" last")):
        assert re.search(rf"20\d\d-\S+Z {re.escape(line)}", said), line


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--raw", "one"), ("one", "--raw", "-f")])
def test_raw_they_are_as_they_were(words):
    said = shown(*words)
    assert b"\x1b]52;c;cHduZWQ=\x07\x1b[2J\ttab \xc3\xa9 \xc2\x9b \xff\r\n" in said
    assert b"\x1b[?1049h" in said


@pytest.mark.slow
def test_into_a_file_they_go_as_they_were():
    done = process("logs", "one")
    assert done.out == b"\x1b]52;c;cHduZWQ=\x07\x1b[2J\ttab \xc3\xa9 \xc2\x9b \xff\n\x1b]0;title\x07 last"
    assert done.err == "\x1b[?1049h"


@pytest.mark.slow
def test_each_stream_for_itself(tmp_path):
    """What goes to the terminal is escaped, though the other stream goes into a file."""
    file = tmp_path / "out"
    argv = ("sh", "-c", 'exec "$0" -m layertui logs one > "$1"', sys.executable, file)
    with typing_at(*argv, env=dict(os.environ)) as it:
        assert it.end() == 0
        assert it.shown.strip() == b"\\x1b[?1049h"
    assert file.read_bytes().startswith(b"\x1b]52;")
