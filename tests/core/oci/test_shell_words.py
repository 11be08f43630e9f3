"""Words of a Dockerfile: quotes, blanks, variables."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.errors import UsageError
from layertui.core.oci.shell_words import expand, split, split_pairs

ENV = ("A=1", "EMPTY=", "LONG_NAME=x y", "A.B=no")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  a  b\tc ", ["a", "b", "c"]),
        ("a'b c'd e", ["a'b c'd", "e"]),
        ('"a b" c', ['"a b"', "c"]),
        (r'"a\"b c" d\ e', [r'"a\"b c"', r"d\ e"]),
        ("a=b '' c", ["a=b", "''", "c"]),
    ],
)
def test_blanks_part_words_unless_quoted(text, words):
    assert split(text) == words


@pytest.mark.parametrize("text", ["'a", '"a b', 'a "', "a b'"])
def test_an_open_quote_is_an_error(text):
    with pytest.raises(UsageError, match="unclosed quote"):
        split(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("'$A'", "$A"),
        ('"$A"', "1"),
        ("$A", "1"),
        ("${A}b", "1b"),
        ("$A.B", "1.B"),
        ("$MISSING", ""),
        ("x${MISSING}y", "xy"),
        ("$LONG_NAME!", "x y!"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${MISSING-d}", "d"),
        ("${A:-d}", "1"),
        ("${A:+s}", "s"),
        ("${EMPTY:+s}", ""),
        ("${EMPTY+s}", "s"),
        ("${MISSING:-${A}}", "1"),
        (r"\$A", "$A"),
        (r'"\$A \" \x"', r'$A " \x'),
        (r"a\ b", "a b"),
        ("a\\", "a"),
        ("$", "$"),
        ("a$ b", "a$ b"),
        ('""', ""),
        ("é’", "é’"),
    ],
)
def test_quotes_go_and_variables_come(text, value):
    assert expand(text, ENV) == value


@pytest.mark.parametrize("text", ["'a", '"a', "${A", "${}", "${A:?x}", "${A/b/c}"])
def test_what_cannot_be_expanded_is_said(text):
    with pytest.raises(UsageError):
        expand(text, ENV)


def test_pairs_in_both_forms():
    assert split_pairs("a=1 b='2 3'") == [("a", "1"), ("b", "'2 3'")]
    assert split_pairs("a  1 2 ") == [("a", "1 2")]


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("\"a b\"='c d' e=f", [('"a b"', "'c d'"), ("e", "f")]),
        ("'a b'=c", [("'a b'", "c")]),
        (r"a\ b=c", [(r"a\ b", "c")]),
        ('"a b" c', [('"a', 'b" c')]),
    ],
)
def test_a_name_may_be_quoted_where_an_equals_sign_follows(text, pairs):
    assert split_pairs(text) == pairs


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8), max_size=5))
def test_what_a_shell_quotes_comes_out_again(words):
    text = " ".join(shlex.quote(word) for word in words)
    assert [expand(word, ()) for word in split(text)] == words
