"""The tour's panel: beside a wide screen, above a narrow one. It never takes the focus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from textual.content import Content
from textual.widget import Widget

from layertui.core.language.texts import tr
from layertui.tui.common.keys.key_names import key_name
from layertui.tui.screens.tour.tour_steps import END, STEPS
from layertui.tui.widgets.stack.stack_drawing import Slab, draw_stack
from layertui.tui.widgets.text.lines import content_of
from layertui.tui.widgets.text.pieces import Pieces, advice, crop, fit, wrapped

LOW = 24
"""Lines below which only the keys stand at the end."""
PICTURE = 32
"""Columns of the picture where it stands beside the text."""


class TourView(NamedTuple):
    """All that the panel shows."""

    at: int
    note: str
    """What was just seen, or what was done instead; empty: why the step is there."""
    missing: Sequence[str]
    slabs: Sequence[Slab]
    path: str
    """What falls through the slabs; empty for nothing."""
    keys: str
    store: str


def panel_lines(view: TourView, width: int, height: int) -> list[Pieces]:
    """The panel as exactly `height` lines of exactly `width` cells."""
    ended = view.at >= len(STEPS)
    title = tr("the end") if ended else STEPS[view.at].title
    step = tr(" Tour {min}/{steps} ", min=min(view.at + 1, len(STEPS)), steps=len(STEPS))
    if width >= 2 * PICTURE:
        head = [
            (step, "base strong"),
            (fit(title, width - len(step) - len(view.keys) - 2), "strong"),
            (f" {view.keys}", "dim"),
        ]
        text = width - PICTURE - 2
        left = _text(view, text, height - 1)
        right = draw_stack(view.slabs, PICTURE, height - 1, path=view.path)
        rows: list[Pieces] = [
            [
                (" ", ""),
                *crop(left[at] if at < len(left) else [], text),
                (" ", ""),
                *(right[at] if at < len(right) else []),
            ]
            for at in range(max(0, height - 1))
        ]
        return _fill([head, *rows], width, height)
    inner = max(12, width - 2)
    dots = "●" * view.at + ("◉" + "○" * (len(STEPS) - view.at - 1) if not ended else "")
    lines: list[Pieces] = [[(step, "base strong"), (dots, "base")], []]
    lines += [[(f" {line}", "strong")] for line in wrapped(title, inner)]
    lines.append([])
    lines += [[(" ", ""), *line] for line in _text(view, inner, height)]
    below: list[Pieces] = [[]]
    if not ended and height >= LOW:
        below += [[(tr(" the same with docker"), "dim")]]
        below += [[(f"  {line}", "")] for line in wrapped(STEPS[view.at].docker, inner - 1)]
    if height >= LOW:
        below += [
            [],
            *([(f" {line}", "dim")] for line in wrapped(tr("Store of its own: {store}", store=view.store), inner)),
        ]
    below += [[(f" {line}", "dim")] for line in wrapped(view.keys, inner)]
    room = height - len(lines) - len(below) - 1
    if room >= 3:
        picture = draw_stack(view.slabs, inner, room, path=view.path)
        lines += [[], *([(" ", ""), *line] for line in picture)]
    return _fill(lines, width, height, below)


def _text(view: TourView, width: int, height: int) -> list[Pieces]:
    """What was seen, why, and what to do; without the why where that does not fit."""
    if view.at >= len(STEPS):
        last = tr(
            "{note} {end} `layertui tour --again` starts over; `{quit}` leaves.",
            quit=key_name("quit", "q"),
            note=view.note,
            end=END,
        )
        return list(advice(last.strip(), width))
    step = STEPS[view.at]
    note: list[Pieces] = [
        [(line, "good" if view.note.startswith("✓") else "changed")] for line in wrapped(view.note, width) if line
    ]
    why: list[Pieces] = [[(line, "dim")] for line in wrapped(step.why, width)]
    task: list[Pieces] = list(advice(f"`▸` {step.task()}", width))
    if len(step.facts) > 1:
        boxes = "  ".join(f"{'[ ]' if fact in view.missing else '[x]'} {fact}" for fact in step.facts)
        task.append([(boxes, "strong")])
    if len(note) + len(why) + len(task) > height:
        why = [] if note else why
    return [*note[: max(1, height - len(task))], *why, *task]


def _fill(lines: list[Pieces], width: int, height: int, below: Sequence[Pieces] = ()) -> list[Pieces]:
    kept = lines[: max(0, height - len(below))] if below and height > len(below) else lines[:height]
    kept = kept + [[]] * (height - len(kept) - len(below)) + list(below)
    return [crop(line, width) for line in kept[:height]]


class TourPanel(Widget):
    """Shows what `look` says."""

    def __init__(self, look: Callable[[], TourView]) -> None:
        super().__init__()
        self._look = look

    def render(self) -> Content:
        """All lines of the panel, for its current height."""
        return content_of(panel_lines(self._look(), self.size.width, self.size.height))
