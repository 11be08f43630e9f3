"""The order of rpm's versions: rpm-version(7), as `rpmvercmp` does it."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[^A-Za-z0-9~^]+")
_SEGMENT = re.compile(r"[0-9]+|[A-Za-z]+")


def compare_rpm(one: str, other: str) -> int:
    """Below 0 if a version, or a release, comes before another one; above 0 if after it; else 0."""
    at, to = 0, 0
    while at < len(one) or to < len(other):
        at, to = _after_separators(one, at), _after_separators(other, to)
        signs = one[at : at + 1], other[to : to + 1]
        if "~" in signs or "^" in signs:
            if signs[0] == signs[1]:
                at, to = at + 1, to + 1
                continue
            return _by_sign(*signs)
        if "" in signs:
            break
        left, right = _SEGMENT.match(one, at), _SEGMENT.match(other, to)
        assert left is not None
        assert right is not None
        order = _by_segment(left[0], right[0])
        if order:
            return order
        at, to = left.end(), right.end()
    return (at < len(one)) - (to < len(other))


def _after_separators(text: str, at: int) -> int:
    found = _SEPARATORS.match(text, at)
    return found.end() if found is not None else at


def _by_sign(one: str, other: str) -> int:
    """`~` comes before the end, `^` after the end, but before anything else."""
    ranks = {"~": 0, "": 1, "^": 2}
    return ranks.get(one, 3) - ranks.get(other, 3)


def _by_segment(one: str, other: str) -> int:
    """A number is newer than letters."""
    if one.isdigit() != other.isdigit():
        return 1 if one.isdigit() else -1
    left, right = (int(one), int(other)) if one.isdigit() else (one, other)
    return (left > right) - (left < right)  # type: ignore[operator]  # both are numbers, or both are texts
