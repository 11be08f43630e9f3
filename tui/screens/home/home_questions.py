"""What home asks the Inspector, each question as one call for a job; and a history with its layers as rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from layertui.tui.widgets.lists.image_table import ImageRow, image_rows
from layertui.tui.widgets.lists.layer_list import LayerRow

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.containers.model.container import Container
    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import LayerSummary
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress

LAYERS_OF_NAME = re.compile(r"@\d+(\.\.\d+)?$")
"""Which layers of an image or a container a name means."""


def whole_name(name: str) -> str:
    """A name without the layers that it is about: `demo:1.0` of `demo:1.0@3..3`."""
    return LAYERS_OF_NAME.sub("", name)


class Listing(NamedTuple):
    """What there is in the place."""

    place: str
    images: tuple[ImageSummary, ...]
    containers: tuple[Container, ...]
    sizes: dict[str, int]
    """Of the containers' own layers, by ID."""
    no_sizes: dict[str, str]
    """Why the others are not known."""
    no_start: str | None
    """Why none of the containers can be started; None where they can, or where there are none."""
    has_containers: bool = True
    unreadable: int = 0
    """Images that are there, and damaged."""
    rows: tuple[ImageRow, ...] = ()
    """The images as rows: of thousands they are made here, where no key waits for them."""


def listing_of(inspector: Inspector, progress: Progress) -> Listing:
    from layertui.tui.report.container_report import size_or_why

    engine = inspector.engine
    images = tuple(inspector.images.list())
    unreadable = inspector.images.unreadable(images)
    rows = tuple(image_rows(images))
    if engine.containers is None:
        return Listing(engine.name, images, (), {}, {}, None, has_containers=False, unreadable=unreadable, rows=rows)
    containers = tuple(inspector.containers.list())
    sizes, no_sizes = {}, {}
    for container in containers:
        progress.advance(0)
        taken, why_not = size_or_why(inspector.containers.files.own_size, container.id)
        if taken is not None:
            sizes[container.id] = taken
        else:
            no_sizes[container.id] = why_not or ""
    # What starts them is not even imported where there are none.
    no_start = inspector.containers.lifecycle.unavailable if containers else None
    return Listing(engine.name, images, containers, sizes, no_sizes, no_start, unreadable=unreadable, rows=rows)


def opened_by(inspector: Inspector, name: str, progress: Progress) -> tuple[Subject, tuple[Step, ...]]:
    subject = inspector.open(name, progress=progress)
    return subject, inspector.history(subject, sizes=False)


def layer_rows(
    steps: tuple[Step, ...], summaries: dict[int, LayerSummary], container: Container | None
) -> list[LayerRow]:
    """The rows of the layer list, top first; without summaries, what manifest and config say alone."""
    rows: list[LayerRow] = []
    below = 0
    for step in steps:
        if step.layer is None:
            rows.append(LayerRow("step", below, step.command or step.comment or "", missing="no command recorded"))
            continue
        below = step.layer.number
        rows.append(_layer_row(below, step.command or step.comment or "", summaries.get(below), step.size))
    if container is not None:
        row = _layer_row(below + 1, f"writable layer of {container.name}", summaries.get(below + 1), None)
        rows.append(LayerRow("own", below + 1, row.command, row.size, row.added, row.modified, row.removed))
    return rows[::-1]


def _layer_row(number: int, command: str, summary: LayerSummary | None, size: int | None) -> LayerRow:
    missing = "no command recorded"
    if summary is None:
        return LayerRow("layer", number, command, size, missing=missing)
    return LayerRow("layer", number, command, summary.size, summary.added, summary.modified, summary.removed, missing)


def step_of(row: LayerRow | None, rows: Sequence[LayerRow], steps: tuple[Step, ...]) -> Step | None:
    """The step that a row of the layer list stands for; `rows` are all of the list, top first."""
    if row is None or row.kind in ("own", "line"):
        return None
    if row.kind == "layer":
        return next((step for step in steps if step.number == row.number), None)
    # Rows of steps without a layer have no number of their own: they are told apart by their order.
    empty = [step for step in steps if step.layer is None]
    shown = [other for other in rows if other.kind == "step"]
    return next((step for other, step in zip(reversed(shown), empty, strict=False) if other is row), None)
