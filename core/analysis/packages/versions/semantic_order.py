"""The order of semantic versions, which Node and Go have (semver.org, 11), and of Maven's."""

from __future__ import annotations

import re

from layertui.core.language.texts import tr

_SEMANTIC = re.compile(r"v?([0-9]+(?:\.[0-9]+)*)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")
_MAVEN_PART = re.compile(r"[0-9]+|[a-z]+")
_QUALIFIERS = ("alpha", "beta", "milestone", "rc", "snapshot", "", "sp")
_SAME = {"a": "alpha", "b": "beta", "m": "milestone", "cr": "rc", "ga": "", "final": "", "release": ""}

Rank = tuple[int, int, str]


def semantic_key(version: str) -> tuple[list[int], bool, list[Rank]]:
    """What a version like `v1.2.3-rc.1+build` is sorted by. Raises ValueError for one that is none."""
    match = _SEMANTIC.fullmatch(version.strip())
    if match is None:
        raise ValueError(tr("{version!r} is no semantic version", version=version))
    numbers = [int(number) for number in match[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    identifiers = (match[2] or "").split(".") if match[2] else []
    ranks = [(0, int(one), "") if one.isdigit() else (1, 0, one) for one in identifiers]
    return numbers, match[2] is None, ranks


def compare_maven(one: str, other: str) -> int:
    """Below 0 if a version comes before another one; above 0 if after it; else 0; as Maven's ComparableVersion for dotted versions."""
    left, right = _maven_ranks(one), _maven_ranks(other)
    empty: Rank = (_QUALIFIERS.index(""), 0, "")
    length = max(len(left), len(right))
    for first, second in zip(
        left + [empty] * (length - len(left)), right + [empty] * (length - len(right)), strict=True
    ):
        if first != second:
            return 1 if first > second else -1
    return 0


def _maven_ranks(version: str) -> list[Rank]:
    """A number 0 counts as nothing, and so does the word `final`; numbers are newer than words."""
    found: list[Rank] = []
    for part in _MAVEN_PART.findall(version.lower()):
        word = _SAME.get(part, part)
        if part.isdigit():
            found.append((len(_QUALIFIERS) + 1, int(part), "") if int(part) else (_QUALIFIERS.index(""), 0, ""))
        elif word in _QUALIFIERS:
            found.append((_QUALIFIERS.index(word), 0, ""))
        else:
            found.append((len(_QUALIFIERS), 0, word))
    return found
