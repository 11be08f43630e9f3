"""Patterns of the find bar."""

import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import LayertuiError, UsageError
from layertui.tui.widgets.text.text_match import Pattern


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("motd", "text"),
        ("etc/motd", "text"),
        ("*.py", "glob"),
        ("lib?.so", "glob"),
        ("/^mod_[0-9]+/", "regex"),
        ("[red]", "text"),
        ("/etc", "text"),
    ],
)
def test_what_was_typed_says_what_it_is(typed, kind):
    pattern = Pattern.of(typed)
    assert pattern.kind == kind
    assert pattern.typed == typed


def test_nothing_typed_is_no_pattern():
    assert Pattern.of("") is None


def test_an_expression_that_is_none_says_so():
    with pytest.raises(UsageError, match="invalid regular expression 'a\\(b'"):
        Pattern.of("/a(b/")
    with pytest.raises(re.error):
        Pattern.of("[z-a]*")


@pytest.mark.parametrize("typed", ["/^(a+)+$/", "*a*a*a*a*a*a*a*a*a*a*a*a*b", "/x/**a**a**a**a**a**a**a**a**b"])
def test_what_python_would_take_years_for(typed):
    assert not Pattern.of(typed).fits("/x/" + "a" * 5000 + "!")


GLOBS = st.text(st.sampled_from("ab*?/\u00e9."), min_size=1, max_size=8).filter(
    lambda text: set(text) & set("*?") and not (text[0] == text[-1] == "/" and text.count("/") == 2)  # an expression
)


@given(GLOBS, st.lists(st.text(st.sampled_from("abB/\u00e9.\n"), max_size=12), max_size=8))
def test_a_glob_is_the_same_with_both_engines(typed, texts):
    pattern = Pattern.of(typed)
    slow = re.compile(pattern.source, pattern.flags)
    expected = [at for at, text in enumerate(texts) if slow.search(text) is not None]
    assert [at for at, text in enumerate(texts) if pattern.fits(text)] == expected
    if typed.count("*") > 1:
        assert pattern.fitting([text.encode() for text in texts]) == expected


def test_a_star_stands_for_bytes_that_are_no_utf_8():
    assert Pattern.of("*a*").fitting([b"\xff\xfea\xff", b"\xff"]) == [0]
    assert Pattern.of("a*").fitting([b"a\xff", b"\xffa"]) == [0]
    assert Pattern.of("/^.a/").fitting([b"\xffa", b"xa"]) == [1]  # as in find


def test_without_re2(monkeypatch):
    monkeypatch.setitem(sys.modules, "re2", None)
    assert Pattern.of("*a*b").fits("xaxb")
    assert Pattern.of("a").fits("xax")
    with pytest.raises(LayertuiError, match="google-re2"):
        Pattern.of("/a/")


@pytest.mark.parametrize(
    ("typed", "text", "fits"),
    [
        ("MOTD", "motd", False),
        ("motd", "MOTD", True),
        ("*.py", "a.py", True),
        ("*.py", "a.pyc", False),
        ("*.PY", "a.py", False),
        ("a[bc]*", "ab", True),
        ("a[!bc]*", "ab", False),
        ("/a.c/", "abc", True),
        ("a.c", "abc", False),
        ("[red]", "x[red]y", True),
        ("usr/*/x", "/usr/lib/x", True),
        ("usr/*/x", "/usr/a/b/x", False),
        ("usr/**/x", "/usr/a/b/x", True),
        ("lib/*", "/mylib/x", False),
    ],
)
def test_what_fits(typed, text, fits):
    assert Pattern.of(typed).fits(text) is fits
