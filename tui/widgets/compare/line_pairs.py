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
"""The number of lines per side up to which difflib compares them; more between two anchors are paired by number."""


class Block(NamedTuple):
    """Consecutive lines of the left and of the right: first number, counted from 0, and end."""

    a: int
    a_end: int
    b: int
    b_end: int
    same: bool

    @property
    def rows(self) -> int:
        """How many rows the block takes."""
        return max(self.a_end - self.a, self.b_end - self.b)


@dataclass(frozen=True, slots=True)
class LineUp:
    """The aligned lines of two texts, in blocks: there may be too many lines for an object each."""

    blocks: Sequence[Block]
    by_number: bool = False
    """Whether some part differs too much to be aligned: there lines are paired by number."""


def line_up(left: Sequence[str], right: Sequence[str]) -> LineUp:
    """Align the lines of two texts. Slow for long ones: call it in a job's thread."""
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
    """Add a block; one that continues the last block is merged with it."""
    if not block.rows:
        return
    if blocks and blocks[-1].same == block.same:
        last = blocks.pop()
        block = Block(last.a, block.a_end, last.b, block.b_end, block.same)
    blocks.append(block)


def _number(blocks: list[Block], left: Sequence[str], right: Sequence[str], block: Block) -> None:
    """Pair lines by number."""
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
    """The lines between head and tail as ranges of both, split before each anchor if there are many."""
    a, a_end, b, b_end = head, len(left) - tail, head, len(right) - tail
    if max(a_end - a, b_end - b) > LINE_LIMIT:
        for at, other in _anchors(left[a:a_end], right[b:b_end]):
            yield a, head + at, b, head + other
            a, b = head + at, head + other
    yield a, a_end, b, b_end


def _anchors(left: Sequence[str], right: Sequence[str]) -> list[tuple[int, int]]:
    """The longest sequence of lines that occur once on each side, in the same order on both."""
    once, others = ({line for line, many in Counter(lines).items() if many == 1} for lines in (left, right))
    both = once & others
    positions = {line: at for at, line in enumerate(right) if line in both}
    found = [(at, positions[line]) for at, line in enumerate(left) if line in positions]
    ends: list[int] = []  # of the best sequence of each length, its end on the right
    best: list[int] = []  # and its last item in `found`
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
