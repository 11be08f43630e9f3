import os

import pytest

from layertui.core.analysis.rules.rules_file import read_rules
from layertui.core.errors import UsageError


@pytest.fixture
def rules(tmp_path):
    def read(content):
        path = tmp_path / ".dive-ci"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_rules(path)

    return read


DIVE = """
rules:
  # If the efficiency is measured below X%, mark as failed.
  lowestEfficiency: 0.950
  highestWastedBytes: 20MB
  highestUserWastedPercent: disabled
"""


def test_a_file_of_dive(rules):
    assert rules(DIVE) == (
        {
            "lowest-efficiency": ("0.950",),
            "highest-wasted-bytes": ("20MB",),
            "highest-user-wasted-percent": ("disabled",),
        },
        None,
    )


@pytest.mark.parametrize("key", ["lowestEfficiency", "lowest-efficiency", "lowest_efficiency"])
def test_three_ways_to_write_a_name(rules, key):
    assert rules(f"rules: {{{key}: .9}}") == ({"lowest-efficiency": (".9",)}, None)


def test_the_other_rules(rules):
    texts, against = rules(
        "rules:\n  forbid: ['*.pem', /x]\n  maxLayers: 7\n  noSetuid: true\n  against: app:1\nother: [1]\n"
    )
    assert texts == {"forbid": ("*.pem", "/x"), "max-layers": ("7",), "no-setuid": ("true",)}
    assert against == "app:1"


@pytest.mark.parametrize(
    "content", ["", "# nothing\n", "rules:\n", "other: 1\n", "rules:\n  lowestEfficiency:\n", "rules: {}"]
)
def test_a_file_without_rules(rules, content):
    assert rules(content) == ({}, None)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("rules: [", "line 1"),
        ("rules: 5", "rules is no mapping"),
        ("- rules", "the file is no mapping"),
        ("rules: {lowestEficiency: 1}", "no rule 'lowestEficiency'; did you mean 'lowest-efficiency'"),
        ("rules: {quality: 1}", "there is no rule 'quality'$"),
        ("rules: {maxLayers: [1, 2]}", "the rule maxLayers has one value"),
        ("rules: {maxLayers: {a: 1}}", "has no value that can be read"),
        ("rules: {maxLayers: 1, maxLayers: 2}", "'maxLayers' a second time"),
        ("rules: {[a]: 1}", "a key that is no name"),
        (b"rules: \xff\xfe", "unacceptable|invalid|utf"),
        (b"\0", "unacceptable|special characters"),
        pytest.param("rules: " + "[" * 900, "nested too deep", id="deep"),
        pytest.param("#" * ((1 << 16) + 1), "over 65,536 bytes", id="long"),
    ],
)
def test_a_file_that_is_wrong_is_one_line(rules, content, why):
    with pytest.raises(UsageError, match=why) as raised:
        rules(content)
    assert ".dive-ci" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_aliases_of_aliases_take_no_time(rules):
    bomb = "a: &a [x]\n" + "".join(
        f"{name}: &{name} [*{below}, *{below}]\n" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert rules(bomb + "rules: {maxLayers: 1}") == ({"max-layers": ("1",)}, None)
    with pytest.raises(UsageError, match="has no value"):
        rules("rules: {maxLayers: &a [*a]}")


def test_what_is_no_file_is_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("pipe", "folder", "none"):
        with pytest.raises(UsageError, match="no such file of rules"):
            read_rules(tmp_path / name)
