"""JSON: strict, bounded, and one line of complaint."""

import json as standard

import pytest

from layertui.core.errors import Damaged, LimitExceeded
from layertui.core.oci import json


def test_what_is_written_is_read_again():
    value = {"b": [1, 2.5, None, True], "a": {"é": "x"}}
    assert json.loads(json.dumps(value)) == value
    assert list(json.loads(json.dumps(value))) == ["b", "a"]
    assert json.dumps({"a": 1}) == b'{"a":1}'
    assert json.dumps({"a": 1}, indent=True) == b'{\n  "a": 1\n}'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"{'a': 1}",
        b"[1,]",
        b"\xff",
        b'"\xff"',
        b'["\\u0041", NaN]',
        b"[" * 100_000,
        b'["\\u0041",' + b"[" * 100_000,
    ],
)
def test_rubbish_bombs_and_non_numbers_are_refused_in_one_line(content):
    with pytest.raises(Damaged, match=r"^JSON cannot be parsed: .+$") as caught:
        json.loads(content)
    assert "\n" not in str(caught.value)


def test_an_oversized_text_is_refused_before_it_is_parsed():
    with pytest.raises(LimitExceeded, match="the manifest is 11 bytes long; at most 10 are read"):
        json.loads(b"[" * 11, 10, what="the manifest")


def test_lone_surrogates_carry_bytes_both_ways():
    assert json.loads(b'["\\udcff"]') == ["\udcff"]
    assert json.dumps(["\udcff"]) == b'["\\udcff"]'
    assert standard.loads(json.dumps({"a\udc80": "\udcff"}, indent=True)) == {"a\udc80": "\udcff"}


def test_numbers_beyond_64_bits_are_written():
    assert json.dumps([1 << 70]) == b"[1180591620717411303424]"


def test_an_object_is_asked_for_and_nothing_else_taken():
    assert json.load_object(b"{}") == {}
    with pytest.raises(Damaged, match="the index is no JSON object"):
        json.load_object(b"[]", what="the index")
