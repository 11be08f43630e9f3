"""A squarified treemap in whole cells (Bruls, Huizing, van Wijk, 2000): rectangles that fill an area, in proportion to weights.

Not the package `squarify`: its rectangles are in fractions of a cell, and rounding them loses the smallest ones or lets two
overlap. Here each strip gets whole cells out of those that are left, so an error never adds up, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SQUARE = 3
"""The number of columns to a row at which a rectangle is good: names are wide and low."""

NARROW = 6
"""Columns in which a name cannot be read."""


class Rect(NamedTuple):
    """A rectangle of cells."""

    x: int
    y: int
    width: int
    height: int

    @property
    def cells(self) -> int:
        return self.width * self.height


def tiled(weights: Sequence[int], area: Rect) -> list[Rect]:
    """One rectangle for each weight, in order, each of at least one cell; together exactly `area`.

    Weights are above 0, best the largest first; there are at most as many as `area` has cells.
    """
    rects: list[Rect] = []
    x, y, width, height = area
    total, at = sum(weights), 0
    while at < len(weights):
        is_column = width >= height * SQUARE  # a strip along the short side
        count, strip, thick = _cut(weights, at, total, width, height, is_column=is_column)
        if is_column and thick < width and min(thick, width - thick) < NARROW and height > 1:
            is_column = False  # nothing could be read in such a column; in a row of one line it can
            count, strip, thick = _cut(weights, at, total, width, height, is_column=False)
        offset = 0
        for length in _lengths(weights[at : at + count], strip, height if is_column else width):
            rects.append(Rect(x, y + offset, thick, length) if is_column else Rect(x + offset, y, length, thick))
            offset += length
        if is_column:
            x, width = x + thick, width - thick
        else:
            y, height = y + thick, height - thick
        total, at = total - strip, at + count
    return rects


def _cut(
    weights: Sequence[int], at: int, total: int, width: int, height: int, *, is_column: bool
) -> tuple[int, int, int]:
    """The next strip of what is left: how many weights from `at` on are in it, their sum, and how many cells it is thick."""
    across, along = (width, height) if is_column else (height, width)
    count, strip = _strip(weights, at, total, across, along, is_column=is_column)
    left = len(weights) - at - count
    if not left:
        return count, strip, across
    # At least one cell must be left for each of the others.
    return count, strip, max(1, min(round(across * strip / total), across - -(-left // along)))


def _strip(weights: Sequence[int], at: int, total: int, across: int, along: int, *, is_column: bool) -> tuple[int, int]:
    """How many weights from `at` on make the best next strip, and their sum: as many as its worst rectangle gets better by."""
    left = len(weights) - at
    least = max(1, left - (across - 1) * along)  # the others must fit beside it
    count, strip = 0, 0
    lightest = heaviest = weights[at]
    worst = 0.0
    while count < min(along, left):
        weight = weights[at + count]
        lightest, heaviest = min(lightest, weight), max(heaviest, weight)
        thick = across * (strip + weight) / total
        scale = along / (strip + weight)
        now = max(_badness(thick, scale * one, is_column=is_column) for one in (lightest, heaviest))
        if count >= least and now > worst:
            break
        worst, strip, count = now, strip + weight, count + 1
    return count, strip


def _badness(thick: float, length: float, *, is_column: bool) -> float:
    """How far a rectangle is from a square, 1 for one."""
    ratio = thick / (length * SQUARE) if is_column else length / (thick * SQUARE)
    return max(ratio, 1 / ratio)


def _lengths(weights: Sequence[int], total: int, along: int) -> list[int]:
    """Whole cells in proportion to the weights, at least one each, together `along`."""
    lengths = []
    for number, weight in enumerate(weights):
        later = len(weights) - number - 1
        length = max(1, min(round(along * weight / total), along - later)) if later else along
        lengths.append(length)
        along, total = along - length, total - weight
    return lengths
