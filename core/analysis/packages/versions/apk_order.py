"""The order of Alpine's versions, as version.c of apk-tools 3 has it: `1.2.3a_rc1_git20240101~hash-r2`."""

from __future__ import annotations

import re
from enum import IntEnum

from layertui.core.language.texts import tr

_TOKEN = re.compile(r"\.([0-9]+)|([0-9]+)|([a-z])|_([a-z]+)|~([0-9a-f]+)|-r([0-9]+)")
_SUFFIXES = ("alpha", "beta", "pre", "rc", "", "cvs", "svn", "git", "hg", "p")
_RELEASE = _SUFFIXES.index("")


class _Kind(IntEnum):
    """The kinds of tokens; where two versions go on with different ones, that with the lower kind is newer."""

    FIRST = 0
    NUMBER = 1
    LETTER = 2
    SUFFIX = 3
    SUFFIX_NUMBER = 4
    COMMIT = 5
    REVISION = 6
    END = 7


Token = tuple[_Kind, str]


def compare_apk(one: str, other: str) -> int:
    """Below 0 if a version comes before another one; above 0 if after it; else 0. Raises ValueError for one that is none."""
    for left, right in zip(_tokens(one), _tokens(other), strict=False):
        if left == right:
            continue
        if left[0] == right[0]:
            order = _by_value(left[0], left[1], right[1])
            if order:
                return order
            continue
        for token, sign in ((left, -1), (right, 1)):
            if token[0] is _Kind.SUFFIX and _SUFFIXES.index(token[1]) < _RELEASE:
                return sign
        return int(right[0] - left[0])
    return 0


def _tokens(version: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while at < len(version) or not found:
        match = _TOKEN.match(version, at)
        if match is None:
            raise ValueError(tr("{version!r} is no version of apk", version=version))
        found.append(_token(match, found, version))
        at = match.end()
    return [*found, (_Kind.END, "")]


def _token(match: re.Match[str], before: list[Token], version: str) -> Token:
    number, first, letter, suffix, commit, revision = match.groups()
    last = before[-1][0] if before else None
    if first is not None and last in (None, _Kind.SUFFIX):
        return _Kind.FIRST if last is None else _Kind.SUFFIX_NUMBER, first
    if last is not None:
        if number is not None and last <= _Kind.NUMBER:
            return _Kind.NUMBER, number
        if letter is not None and last <= _Kind.NUMBER:
            return _Kind.LETTER, letter
        if suffix in _SUFFIXES and last <= _Kind.SUFFIX_NUMBER:
            return _Kind.SUFFIX, suffix
        if commit is not None and last < _Kind.COMMIT:
            return _Kind.COMMIT, commit
        if revision is not None and last < _Kind.REVISION:
            return _Kind.REVISION, revision
    raise ValueError(tr("{version!r} is no version of apk", version=version))


def _by_value(kind: _Kind, one: str, other: str) -> int:
    if kind is _Kind.SUFFIX:
        return _SUFFIXES.index(one) - _SUFFIXES.index(other)
    as_text = kind in (_Kind.LETTER, _Kind.COMMIT) or (kind is _Kind.NUMBER and "0" in (one[0], other[0]))
    if as_text:
        return (one > other) - (one < other)
    return (int(one) > int(other)) - (int(one) < int(other))
