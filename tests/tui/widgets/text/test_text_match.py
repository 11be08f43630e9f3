"""Patterns of the find bar."""

import re

import pytest

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
    with pytest.raises(re.error):
        Pattern.of("/a(b/")


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
