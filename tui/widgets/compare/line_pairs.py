"""Aligns the lines of two texts.

difflib does it, but its time grows with the square of its input, so its input is made small: common lines at the start
and the end are removed, and long texts are split at lines that occur once in each (Bram Cohen's patience diff).
"""

from __future__ import annotations

import difflib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

LINE_LIMIT = 3000
"""So many lines a side are given to difflib at once; between two anchors more than these are paired by their number."""


class Block(NamedTuple):
    """Lines of the left beside lines of the right: from one number on, counted from 0, and up to another one."""

    a: int
    a_end: int
    b: int
    b_end: int
    same: bool

    @property
    def rows(self) -> int:
        """How many lines stand beside each other, or beside nothing."""
        return max(self.a_end - self.a, self.b_end - self.b)


@dataclass(frozen=True, slots=True)
class LineUp:
    """The lines of two texts beside each other, in blocks: no value for a line, of which there may be very many."""

    blocks: Sequence[Block]
    by_number: bool = False
    """Somewhere too much differs to be lined up: there lines stand beside each other by their numbers."""


def line_up(left: Sequence[str], right: Sequence[str]) -> LineUp:
    """Put the lines of two texts beside each other. Slow for long ones: call it on a job's thread."""
    blocks: list[Block] = []
    by_number = False
    head, tail = _common(left, right)
    _add(blocks, Block(0, head, 0, head, same=True))
    for a, a_end, b, b_end in _parts(left, right, head, tail):
        if max(a_end - a, b_end - b) > LINE_LIMIT:
            by_number = True
            _number(blocks, left, right, Block(a, a_end, b, b_end, same=False))
        else:
            matcher = difflib.SequenceMatcher(None, left[a:a_end], right[b:b_end])
            for op, i, i_end, j, j_end in matcher.get_opcodes():
                _add(blocks, Block(a + i, a + i_end, b + j, b + j_end, same=op == "equal"))
    _add(blocks, Block(len(left) - tail, len(left), len(right) - tail, len(right), same=True))
    return LineUp(blocks, by_number)


def _add(blocks: list[Block], block: Block) -> None:
    """One more block; what is like the last one goes on with it."""
    if not block.rows:
        return
    if blocks and blocks[-1].same == block.same:
        last = blocks.pop()
        block = Block(last.a, block.a_end, last.b, block.b_end, block.same)
    blocks.append(block)


def _number(blocks: list[Block], left: Sequence[str], right: Sequence[str], block: Block) -> None:
    """Lines beside lines by their numbers."""
    both = min(block.a_end - block.a, block.b_end - block.b)
    at = 0
    for same, run in groupby(range(both), key=lambda i: left[block.a + i] == right[block.b + i]):
        end = at + sum(1 for _ in run)
        _add(blocks, Block(block.a + at, block.a + end, block.b + at, block.b + end, same))
        at = end
    _add(blocks, Block(block.a + both, block.a_end, block.b + both, block.b_end, same=False))


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
