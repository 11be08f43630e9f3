"""JSON: strict, bounded, and one line of complaint."""

import json as standard

import pytest

from layertui.core.errors import Damaged, LimitExceeded
from layertui.core.oci import strict_json


def test_what_is_written_is_read_again():
    value = {"b": [1, 2.5, None, True], "a": {"é": "x"}}
    assert strict_json.loads(strict_json.dumps(value)) == value
    assert list(strict_json.loads(strict_json.dumps(value))) == ["b", "a"]
    assert strict_json.dumps({"a": 1}) == b'{"a":1}'
    assert strict_json.dumps({"a": 1}, indent=True) == b'{\n  "a": 1\n}'


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
        b'["\\ud800", 1e400]',
        b"[1" + b"0" * 400 + b"]",
    ],
)
def test_rubbish_bombs_and_non_numbers_are_refused_in_one_line(content):
    with pytest.raises(Damaged, match=r"^JSON cannot be parsed: .+$") as caught:
        strict_json.loads(content)
    assert "\n" not in str(caught.value)


def test_an_oversized_text_is_refused_before_it_is_parsed(lower):
    lower(json=10)
    with pytest.raises(LimitExceeded, match="the manifest is 11 bytes long; the limit is 10, LAYERTUI_MAX_JSON"):
        strict_json.loads(b"[" * 11, what="the manifest")


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b"[" * 101 + b"]" * 101, b'["\\u0041",' + b"[" * 100_000, b'{"a":' * 101 + b"1" + b"}" * 101],
)
def test_what_is_nested_too_deeply_is_reported_with_the_limit(content):
    with pytest.raises(LimitExceeded, match=r"^JSON is nested too deeply; the limit is 100, LAYERTUI_MAX_JSON_DEPTH"):
        strict_json.loads(content)


def test_brackets_beside_each_other_are_no_nesting():
    assert len(strict_json.loads(b"[" + b"[]," * 1000 + b"{}]")) == 1001
    assert strict_json.loads(b"[" * 100 + b"]" * 100)


def test_what_we_wrote_ourselves_has_no_limit(lower):
    lower(json=1, json_depth=1)
    assert strict_json.loads_trusted(b"[[[1]]]") == [[[1]]]
    with pytest.raises(Damaged):
        strict_json.loads_trusted(b"[" * 100_000)


def test_lone_surrogates_carry_bytes_both_ways():
    assert strict_json.loads(b'["\\udcff"]') == ["\udcff"]
    assert strict_json.dumps(["\udcff"]) == b'["\\udcff"]'
    assert standard.loads(strict_json.dumps({"a\udc80": "\udcff"}, indent=True)) == {"a\udc80": "\udcff"}


@pytest.mark.parametrize("number", [1 << 70, -(1 << 63) - 1, (1 << 64) - 1, 10**18])
def test_no_number_is_rounded(number):
    assert strict_json.loads(strict_json.dumps([number])) == [number]
    assert strict_json.loads(f"[{number}]".encode()) == [number]


def test_an_object_is_asked_for_and_nothing_else_taken():
    assert strict_json.load_object(b"{}") == {}
    with pytest.raises(Damaged, match="the index is not a JSON object"):
        strict_json.load_object(b"[]", what="the index")
