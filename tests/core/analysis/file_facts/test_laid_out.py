"""JSON, TOML and YAML laid out: the same values, as they were written, within limits."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from layertui.core.analysis.file_facts.fact_values import FileKind
from layertui.core.analysis.file_facts.laid_out import laid_out
from layertui.core.errors import Damaged, LimitExceeded

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | TEXTS,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(TEXTS, below, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(TEXTS, VALUES, max_size=4), st.sampled_from([None, 1]), st.booleans())
def test_json_keeps_its_values_and_is_indented_by_two(value, indent, ascii_only):
    content = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    assert laid_out(content, FileKind.JSON) == json.dumps(value, indent=2, ensure_ascii=ascii_only) + "\n"


@given(VALUES)
def test_yaml_keeps_its_values(value):
    content = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True).encode()
    assert yaml.safe_load(laid_out(content, FileKind.YAML)) == value


def test_what_json_says_twice_and_how_it_writes_numbers_is_kept():
    assert laid_out(b'{"a":1.50,"a":1E3,"b":[],"c":{}}', FileKind.JSON) == (
        '{\n  "a": 1.50,\n  "a": 1E3,\n  "b": [],\n  "c": {}\n}\n'
    )


def test_yaml_is_not_evaluated_and_an_alias_is_not_unfolded():
    bomb = b"a: &a [x, x]\n" + b"".join(
        b"%c: &%c [*%c, *%c]\n" % (n + 1, n + 1, n, n) for n in range(ord("a"), ord("y"))
    )
    found = laid_out(bomb + b"z: !!python/object/apply:os.system [true]\n", FileKind.YAML)
    assert len(found) < 2000
    assert "!!python/object/apply:os.system" in found


def test_toml_is_checked():
    assert laid_out(b"[a]\r\nb = 1 # c\r\n", FileKind.TOML) == "[a]\nb = 1 # c\n"
    with pytest.raises(Damaged, match=r"the TOML cannot be parsed.*line 2"):
        laid_out(b"a = 1\nb\n", FileKind.TOML)


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        (b'{"a":', FileKind.JSON, "cannot be parsed"),
        (b"\0", FileKind.JSON, "is no text"),
        (b"a: [1", FileKind.YAML, "cannot be parsed, line"),
        (b"a: *b", FileKind.YAML, ""),
        (b"a." * 50_000 + b"a = 1", FileKind.TOML, "more than 100 parts"),
        (b"a" * 200_000, FileKind.TOML, "cannot be parsed"),
    ],
)
def test_damage(content, kind, why):
    if why:
        with pytest.raises(Damaged, match=why):
            laid_out(content, kind)
    else:
        assert laid_out(content, kind) == "a: *b\n"


@pytest.mark.parametrize(
    ("content", "kind", "bound"),
    [
        (b"[" * 101 + b"]" * 101, FileKind.JSON, "JSON_DEPTH"),
        (b"[" * 101 + b"]" * 101, FileKind.YAML, "JSON_DEPTH"),
        (b"- " * 5000, FileKind.YAML, "JSON_DEPTH"),
        (b"a = " + b"[" * 5000, FileKind.TOML, "JSON_DEPTH"),
        (b" " * (4 << 20) + b"1", FileKind.YAML, "LAYERTUI_MAX_JSON "),
    ],
)
def test_limits_are_named(content, kind, bound):
    with pytest.raises(LimitExceeded, match=bound):
        laid_out(content, kind)
