"""Tests of contents: the same answer for many files in one buffer, and for one in any pieces."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.search import content_tests
from layertui.core.analysis.search.content_tests import AllOf, ContainsRegex, ContainsText, HasDigest
from layertui.core.analysis.search.linear_regex import LinearRegex
from layertui.core.errors import UsageError
from layertui.core.oci.digest import Digest

FILES = st.lists(
    st.lists(st.sampled_from([b"a", b"b", b"ab", b"\n", b"\0", b"x"]), max_size=8).map(b"".join), max_size=5
)
REGEXES = ["^a", "b$", "ab+", "^$", "a.b", "[^a]b", r"\bab"]


def passing(test, files, gap=b"\0ab"):
    buffer, starts, ends = gap, [], []
    for content in files:
        starts.append(len(buffer))
        ends.append(len(buffer) + len(content))
        buffer += content + gap
    return test.in_buffer(buffer, starts, ends)


def in_pieces(test, content, sizes):
    one, at = test.file(), 0
    while at < len(content):
        size = sizes[at % len(sizes)]
        if one.feed(content[at : at + size]):
            return True
        at += size
    return one.end()


@given(FILES, st.sampled_from([b"a", b"ab", b"ba", b"b\na", b"aba"]))
def test_text_in_a_buffer(files, text):
    assert passing(ContainsText(text), files) == [at for at, content in enumerate(files) if text in content]


@given(FILES.map(b"".join), st.sampled_from([b"a", b"ab", b"bab", b"b\na"]), st.lists(st.integers(1, 5), min_size=1))
def test_text_in_pieces(content, text, sizes):
    assert in_pieces(ContainsText(text), content, sizes) == (text in content)


def is_in_a_line(source, content):
    *lines, last = content.split(b"\n")
    return any(re.search(source.encode(), line) for line in (*lines, *([last] if last else [])))


@given(FILES, st.sampled_from(REGEXES))
def test_an_expression_in_a_buffer(files, source):
    test = ContainsRegex(LinearRegex(source))
    assert passing(test, files) == [at for at, content in enumerate(files) if is_in_a_line(source, content)]


@given(FILES.map(b"".join), st.sampled_from(REGEXES), st.lists(st.integers(1, 5), min_size=1))
def test_an_expression_in_pieces(content, source, sizes):
    assert in_pieces(ContainsRegex(LinearRegex(source)), content, sizes) == is_in_a_line(source, content)


@pytest.mark.parametrize(
    ("source", "found"), [("^b", False), ("^a", True), ("a$", False), ("a{9}c$", True), ("aab", False)]
)
def test_a_line_that_is_too_long_to_be_kept(source, found, monkeypatch):
    monkeypatch.setattr(content_tests, "LONGEST_LINE", 12)
    content = b"a" * 60 + b"c"
    assert in_pieces(ContainsRegex(LinearRegex(source)), content, [7]) is found


@given(FILES)
def test_digests(files):
    wanted = files[0] if files else b""
    test = HasDigest(Digest(f"sha256:{hashlib.sha256(wanted).hexdigest()}"))
    assert passing(test, files) == [at for at, content in enumerate(files) if content == wanted]
    assert in_pieces(test, wanted, [3])
    assert not in_pieces(test, wanted + b"!", [3])


@given(FILES, st.lists(st.integers(1, 5), min_size=1))
def test_several_at_once(files, sizes):
    test = AllOf([ContainsText(b"a"), ContainsRegex(LinearRegex("b$"))])
    expected = [b"a" in content and is_in_a_line("b$", content) for content in files]
    assert passing(test, files) == [at for at, fits in enumerate(expected) if fits]
    assert [in_pieces(test, content, sizes) for content in files] == expected


def test_nothing_runs_over_a_hole():
    for test in (ContainsText(b"ab"), ContainsRegex(LinearRegex("ab"))):
        one = test.file()
        assert not one.feed(b"xa")
        one.skip()
        assert not one.feed(b"bx")
        assert not one.end()


def test_an_empty_text():
    with pytest.raises(UsageError, match="empty"):
        ContainsText(b"")
