"""In a locale that is not UTF-8 arguments are found all the same, and the screen says what it needs; so it does on a dumb terminal."""

import os
import shutil
import subprocess

import pytest

from absent import absent, need
from builders import file, folder, image, layer, oci_archive
from typing_at import typing_at

PLAIN_C = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}  # or Python would take UTF-8 by itself


@pytest.fixture(scope="module")
def latin1(tmp_path_factory):
    """The environment of a locale whose encoding is ISO-8859-1."""
    need("localedef")
    at = tmp_path_factory.mktemp("locales")
    made = subprocess.run(
        ["localedef", "-i", "en_US", "-f", "ISO-8859-1", at / "en_US.ISO-8859-1"], capture_output=True, check=False
    )
    if made.returncode:
        absent("the sources of locales (Debian: locales)")
    return {"LOCPATH": str(at), "LC_ALL": "en_US.ISO-8859-1"}


@pytest.fixture
def named(tmp_path):
    """An archive with one folder, in whose name are letters beyond ASCII."""
    return oci_archive(image([layer([folder("grüße"), file("grüße/x", b"found\n")])], tags=["g:1"]), tmp_path / "g.tar")


def said(layertui, env, *words):
    done = subprocess.run(
        [*layertui.tool.argv, *words], env={**os.environ, **layertui.tool.env, **env}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_an_argument_is_found_as_it_was_typed(layertui, named, latin1, encoding):
    assert said(layertui, latin1, "cat", named, "/grüße/x".encode(encoding)) == "found\n"
    assert "/grüße" in said(layertui, latin1, "which", named, "/grüße".encode(encoding))


@pytest.mark.slow
def test_a_file_of_this_disk_keeps_the_bytes_of_its_name(layertui, named, latin1):
    path = os.fsencode(named.parent) + b"/gr\xfc\xdfe.tar"
    shutil.copy(named, path)
    assert said(layertui, latin1, "cat", path, "/grüße/x") == "found\n"


@pytest.mark.slow
def test_without_any_letters_but_ascii(layertui, named):
    assert said(layertui, PLAIN_C, "cat", named, "/grüße/x") == "found\n"


def refused(layertui, env, *words):
    with typing_at(*layertui.tool.argv, *words, env={**layertui.tool.env, "TERM": "xterm", **env}) as it:
        assert it.end() == 1
        (line,) = it.shown.decode("ascii").splitlines()
        return line


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("demo",)])
def test_the_screen_says_which_variable_is_to_be_set(layertui, latin1, words):
    line = "error: the screen needs UTF-8, and the locale's encoding is {}; set LC_ALL=C.UTF-8"
    assert refused(layertui, latin1, *words) == line.format("iso8859-1")
    assert refused(layertui, PLAIN_C, *words) == line.format("ascii")
    line = "error: the screen needs a terminal that moves its cursor, and TERM=dumb has none; set TERM=xterm"
    assert refused(layertui, {"TERM": "dumb"}, *words) == line
    assert layertui.json("images") == []


@pytest.mark.slow
def test_the_screen_is_drawn_in_ascii_where_python_takes_utf_8_for_the_c_locale(layertui):
    with typing_at(*layertui.tool.argv, env={**layertui.tool.env, "LC_ALL": "C", "TERM": "xterm"}) as it:
        it.expect("-----")
        assert "\u256d" not in it.shown.decode()
        it.type("q")
        assert it.end() == 0
