"""A picture of two stacks of layers side by side, as SVG: shared layers are connected, heights show bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import sqrt
from typing import TYPE_CHECKING

from layertui.tui.common.format import safe, shorten, size
from layertui.tui.report.comparison.page_sections import command, names

if TYPE_CHECKING:
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.inspector_answers import Report

WIDTH, COLUMN = 900, 360
HEAD, GAP = 28, 3
LEAST, MOST = 20, 120
"""The smallest and largest height of a layer in points."""


@dataclass(frozen=True, slots=True)
class _Box:
    """One layer, drawn."""

    top: float
    height: float
    mark: str
    key: str
    label: str
    tooltip: str


def stacks(report: Report) -> str:
    """The picture, styled by the page: classes `both`, `left` and `right`."""
    sides = [_layers(report, "a"), _layers(report, "b")]
    known = [{step.diff_id for step in side} for side in sides]
    largest = max((step.size or 0 for side in sides for step in side), default=0)
    columns = [list(_boxes(side, known[1 - at], ("left", "right")[at], largest)) for at, side in enumerate(sides)]
    height = HEAD + max((column[-1].top + column[-1].height for column in columns if column), default=0) + GAP
    # Both columns end at the bottom.
    pieces = [*_joined(columns, height), *_drawn(columns, names(report), height)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" role="img"'
        f' aria-label="the layers of both sides">{"".join(pieces)}</svg>'
    )


def _layers(report: Report, side: str) -> list[Step]:
    """The steps of a side that made layers, lowest first."""
    steps = [step for pair in report.comparison.history if (step := getattr(pair, side)) is not None]
    return [step for step in steps if step.layer is not None]


def _boxes(steps: Sequence[Step], other: Collection[object], mark: str, largest: int) -> Iterator[_Box]:
    at = 0.0
    for step in steps:
        # The square root, so that a large layer does not make all others thin lines.
        high = LEAST + (MOST - LEAST) * sqrt((step.size or 0) / largest) if largest else LEAST
        label = f"{step.number}  {size(step.size)}  {shorten(command(step), 38)}"
        tooltip = f"layer {step.number}, {size(step.size)}, {step.diff_id}\n{safe(step.created_by or '')}"
        yield _Box(at, high, "both" if step.diff_id in other else mark, str(step.diff_id), label, tooltip)
        at += high + GAP


def _y(box: _Box, height: float) -> float:
    return height - box.top - box.height


def _joined(columns: Sequence[Sequence[_Box]], height: float) -> Iterator[str]:
    right = {box.key: box for box in columns[1]}
    for box in columns[0]:
        other = right.get(box.key)
        if other is not None:
            a, b = _y(box, height), _y(other, height)
            x, z = COLUMN, WIDTH - COLUMN
            yield (
                f'<path class="join" d="M{x} {a:.1f}L{z} {b:.1f}L{z} {b + other.height:.1f}L{x} {a + box.height:.1f}Z"/>'
            )


def _drawn(columns: Sequence[Sequence[_Box]], titles: tuple[str, str], height: float) -> Iterator[str]:
    for column, title, x in zip(columns, titles, (0, WIDTH - COLUMN), strict=True):
        yield f'<text class="head" x="{x + 4}" y="18">{escape(shorten(title, 46))}</text>'
        for box in column:
            y = _y(box, height)
            yield (
                f'<g><title>{escape(box.tooltip)}</title><rect class="{box.mark}" x="{x}" y="{y:.1f}" width="{COLUMN}"'
                f' height="{box.height:.1f}" rx="3"/><text x="{x + 8}" y="{y + box.height / 2 + 4:.1f}">{escape(box.label)}</text></g>'
            )
