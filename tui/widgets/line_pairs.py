"""Two texts line by line: which line of one stands beside which of the other.

difflib lines up; its time grows with the square of what it is given, so it is given little: what both begin and end with
is set aside, and long texts are parted at lines that each has once (Bram Cohen's patience diff).
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

LINE_LIMIT = 3000
"""So many lines a side are given to difflib at once; between two anchors more than these are paired by their number."""


@dataclass(frozen=True, slots=True)
class LinePair:
    """A line of the left and one of the right, either of which may be missing; numbers count from 1."""

    left: int | None
    right: int | None
    same: bool


@dataclass(frozen=True, slots=True)
class LineUp:
    """The lines of two texts beside each other."""

    pairs: Sequence[LinePair]
    by_number: bool = False
    """Somewhere too much differs to be lined up: there lines stand beside each other by their numbers."""


def line_up(left: Sequence[str], right: Sequence[str]) -> LineUp:
    """Put the lines of two texts beside each other. Slow for long ones: call it on a job's thread."""
    pairs: list[LinePair] = []
    by_number = False
    head, tail = _common(left, right)
    _equal(pairs, 0, 0, head)
    for a, a_end, b, b_end in _parts(left, right, head, tail):
        if max(a_end - a, b_end - b) > LINE_LIMIT:
            by_number = True
            both = min(a_end - a, b_end - b)
            pairs += [LinePair(a + i + 1, b + i + 1, same=left[a + i] == right[b + i]) for i in range(both)]
            _alone(pairs, a + both, a_end, b + both, b_end)
        else:
            _align(pairs, left[a:a_end], right[b:b_end], a, b)
    _equal(pairs, len(left) - tail, len(right) - tail, tail)
    return LineUp(pairs, by_number)


def _common(left: Sequence[str], right: Sequence[str]) -> tuple[int, int]:
    """How many lines both begin with, and how many more both end with."""
    most = min(len(left), len(right))
    head = next((i for i in range(most) if left[i] != right[i]), most)
    most -= head
    tail = next((i for i in range(most) if left[-1 - i] != right[-1 - i]), most)
    return head, tail


def _parts(left: Sequence[str], right: Sequence[str], head: int, tail: int) -> Iterator[tuple[int, int, int, int]]:
    """What lies between head and tail, parted in front of each anchor if it is long: ranges of both."""
    a, a_end, b, b_end = head, len(left) - tail, head, len(right) - tail
    if max(a_end - a, b_end - b) > LINE_LIMIT:
        for at, other in _anchors(left[a:a_end], right[b:b_end]):
            yield a, head + at, b, head + other
            a, b = head + at, head + other
    yield a, a_end, b, b_end


def _anchors(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The longest run of lines that each side has once, in one order on both."""
    once, others = ({line for line, many in Counter(lines).items() if many == 1} for lines in (left, right))
    both = once & others
    places = {line: at for at, line in enumerate(right) if line in both}
    found = [(at, places[line]) for at, line in enumerate(left) if line in places]
    ends: list[int] = []  # of the best run of each length, where it ends on the right
    best: list[int] = []  # and which of `found` that is
    before: list[int] = []
    for number, (_, other) in enumerate(found):
        length = bisect_left(ends, other)
        before.append(best[length - 1] if length else -1)
        ends[length : length + 1], best[length : length + 1] = [other], [number]
    run: list[tuple[int, int]] = []
    at = best[-1] if best else -1
    while at >= 0:
        run.append(found[at])
        at = before[at]
    return run[::-1]


def _align(pairs: list[LinePair], left: Sequence[str], right: Sequence[str], first: int, other: int) -> None:
    for op, a, a_end, b, b_end in difflib.SequenceMatcher(None, left, right).get_opcodes():
        if op == "equal":
            _equal(pairs, first + a, other + b, a_end - a)
            continue
        both = min(a_end - a, b_end - b)
        pairs += [LinePair(first + a + i + 1, other + b + i + 1, same=False) for i in range(both)]
        _alone(pairs, first + a + both, first + a_end, other + b + both, other + b_end)


def _equal(pairs: list[LinePair], a: int, b: int, many: int) -> None:
    pairs += [LinePair(a + i + 1, b + i + 1, same=True) for i in range(many)]


def _alone(pairs: list[LinePair], a: int, a_end: int, b: int, b_end: int) -> None:
    pairs += [LinePair(i + 1, None, same=False) for i in range(a, a_end)]
    pairs += [LinePair(None, i + 1, same=False) for i in range(b, b_end)]
