"""Globs: what matches, and what is known of every match."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.search.globs import Glob
from layertui.core.errors import UsageError

TEXTS = st.text("ab./-é", max_size=8)
GLOBS = st.lists(st.sampled_from(["a", "b", ".", "/", "é", "*", "?", "[ab]", "[!a]", "[a-b.]"]), max_size=6).map(
    "".join
)


@given(GLOBS, TEXTS)
def test_the_same_matches_as_fnmatch(glob, text):
    assert Glob(glob).matches(text) == fnmatchcase(text, glob)


@given(GLOBS, TEXTS, st.booleans())
def test_every_match_has_the_literal_parts(glob, text, ignore_case):
    one = Glob(glob, ignore_case)
    stored = (text.lower() if ignore_case else text).encode()
    if one.matches(text):
        assert stored.startswith(one.prefix)
        assert stored.endswith(one.suffix)
        assert one.longest in stored
    if one.is_literal:
        assert one.matches(text) == (stored == one.prefix)
    if one.is_ends:
        long_enough = len(stored) >= len(one.prefix) + len(one.suffix)
        assert one.matches(text) == (long_enough and stored.startswith(one.prefix) and stored.endswith(one.suffix))
    if one.is_longest:
        assert one.matches(text) == (one.longest in stored)


@given(st.text("ab*?[]\\!^", max_size=6), st.text("ab*?[]\\!^", max_size=10))
def test_of_what_contains_a_text_no_sign_is_special(text, where):
    assert Glob.containing(text).matches(where) == (text in where)


@pytest.mark.parametrize(
    ("glob", "text", "fits"),
    [
        (r"\*", "*", True),
        (r"\*", "x", False),
        (r"a\[b", "a[b", True),
        ("[^a]", "b", True),
        ("[]]", "]", True),
        ("[a", "[a", True),
        ("*", ".hidden", True),
        ("*", "line\nend", True),
        ("caf\udce9*", "caf\udce9.txt", True),
        ("[.]", ".", True),
        ("[|&~-]", "~", True),
    ],
)
def test_signs(glob, text, fits):
    assert Glob(glob).matches(text) is fits


def test_letters_in_either_case():
    assert Glob("readme*", ignore_case=True).matches("README.md")
    assert not Glob("readme*").matches("README.md")
    assert Glob("É*", ignore_case=True).matches("étude")


def test_a_range_that_ends_before_it_begins():
    with pytest.raises(UsageError, match="invalid pattern"):
        _ = Glob("[z-a]").expression


def test_stars_that_would_explode():
    assert not Glob("*a" * 30 + "b").matches("a" * 255)
