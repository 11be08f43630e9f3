"""Regular expressions of the user: linear, and refused in one line."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.search.linear_regex import LinearRegex
from layertui.core.errors import LayertuiError, UsageError


def test_one_that_python_would_take_years_for():
    assert not LinearRegex("(a+)+$").in_line(b"a" * 5000 + b"!")


@pytest.mark.parametrize("source", ["(", r"(a)\1", "(?=a)", "a{1000}{1000}", "*"])
def test_one_that_is_refused(source):
    with pytest.raises(UsageError, match="invalid regular expression") as error:
        LinearRegex(source)
    assert "\n" not in str(error.value)


def test_names_that_are_no_utf_8():
    lines = [b"/caf\xe9", "/café".encode(), b"/x\ny"]
    assert LinearRegex("^/caf").found_in(lines) == [0, 1]
    assert LinearRegex("é$").found_in(lines) == [1]
    assert LinearRegex("^y").found_in(lines) == []


TEXTS = st.lists(st.text("ab\té", max_size=4), max_size=8)


@given(TEXTS, st.sampled_from(["a", "^$", "$", "b|^", "a*", "(a|b)é", "[^a]", "^.b"]))
def test_lines_of_a_text(texts, source):
    regex, lines = LinearRegex(source), [text.encode() for text in texts]
    alone = [at for at, line in enumerate(lines) if regex.in_line(line)]
    assert regex.found_in(lines) == alone
    assert not lines or regex.lines_found(b"\n".join(lines)) == alone


def test_without_re2(monkeypatch):
    monkeypatch.setitem(sys.modules, "re2", None)
    with pytest.raises(LayertuiError, match="google-re2, which is not installed here"):
        LinearRegex("a")
