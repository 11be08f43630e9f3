"""What home asks the Inspector, each question as one call for a job; and a history with its layers as rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.errors import LayertuiError, Unreachable
from layertui.core.language.texts import tr
from layertui.tui.common.jobs import one_line
from layertui.tui.widgets.lists.image_table import ImageRow, image_rows
from layertui.tui.widgets.lists.layer_list import LayerRow

if TYPE_CHECKING:  # nothing of the core is waited for by the first frame
    from layertui.core.containers.model.container import Container
    from layertui.core.engines.engine import Engine
    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.images.history_steps import Step
    from layertui.core.images.image import Image
    from layertui.core.inspector import Inspector
    from layertui.core.inspector.inspector_answers import LayerSummary
    from layertui.core.inspector.subject import Subject
    from layertui.core.oci.digest import Digest
    from layertui.core.progress import Progress

LAYERS_OF_NAME = re.compile(r"@\d+(\.\.\d+)?$")
"""Which layers of an image or a container a name means."""


def whole_name(name: str) -> str:
    """A name without the layers that it is about: `demo:1.0` of `demo:1.0@3..3`."""
    return LAYERS_OF_NAME.sub("", name)


class Listing(NamedTuple):
    """What there is in one engine."""

    engine_name: str
    images: tuple[ImageSummary, ...]
    containers: tuple[Container, ...]
    sizes: dict[str, int]
    """Of the containers' writable layers, by ID."""
    no_sizes: dict[str, str]
    """Why the others are not known."""
    no_start: str | None
    """Why none of the containers can be started; None where they can, or where there are none."""
    has_containers: bool = True
    unreadable: int = 0
    """Images that are there, and damaged."""
    rows: tuple[ImageRow, ...] = ()
    """The images as rows: of thousands they are made here, where no key waits for them."""
    prefix: str = ""
    """Behind which names of this engine are opened; empty for the default engine."""
    engine: str = ""
    """Its name; empty for the default engine."""
    refusals: Mapping[str, str] = MappingProxyType({})
    """Why something cannot be done in it at all, by `images`, `processes` and `files`."""
    problem: str = ""
    """Why its containers could not be listed, though its images were."""
    has_repository_sizes: bool = False
    """Whether the bytes of all its layers are known by repository: of a catalog."""

    def own_id(self, image: Image) -> tuple[str, Digest] | None:
        """The engine's name and its own ID of an image, where that is not the config's digest: Docker's containerd store."""
        known = (one.engine_id for one in self.images if one.engine_id and {*one.names} & {*image.names})
        found = next(known, None)
        return None if found is None else (self.engine_name, found)


def listing_of(inspector: Inspector, progress: Progress) -> Listing:
    """What the default engine has."""
    return with_sizes(inspector, listing_without_sizes(inspector), progress)


def listings_of(inspector: Inspector, engine: str, before: Listing | None, progress: Progress) -> Iterator[Listing]:
    """What another engine has: at once with the sizes known before, then with those of now, each of which a daemon adds up."""
    from layertui.core.engines.transports import engine_prefix

    own = inspector.of(engine)
    found = listing_without_sizes(own, engine, f"{engine_prefix(engine)}:")
    known = before.sizes if before is not None else {}
    yield found._replace(sizes={one.id: known[one.id] for one in found.containers if one.id in known})
    if found.containers:
        yield with_sizes(own, found, progress)


def listing_without_sizes(inspector: Inspector, engine: str = "", prefix: str = "") -> Listing:
    """Images and containers, as few questions as there can be."""
    from layertui.core.engines.image_protocols import SizesByRepository

    there = inspector.engine
    images = tuple(inspector.images.list())
    found = Listing(
        there.name,
        images,
        (),
        {},
        {},
        None,
        has_containers=there.containers is not None,
        unreadable=inspector.images.unreadable(images),
        rows=tuple(image_rows(images, engine, prefix)),
        prefix=prefix,
        engine=engine,
        refusals=dict(_refusals(there)),
        has_repository_sizes=isinstance(there.images, SizesByRepository),
    )
    if there.containers is None:
        return found
    try:
        containers = tuple(inspector.containers.list())
    except Unreachable:
        raise
    except LayertuiError as error:  # what a daemon stumbles over in one container says nothing of its images
        return found._replace(problem=one_line(error))
    # What starts them is not even imported where there are none.
    no_start = inspector.containers.lifecycle.unavailable if containers else None
    return found._replace(containers=containers, no_start=no_start)


def _refusals(engine: Engine) -> Iterator[tuple[str, str]]:
    if engine.read_only is not None:
        yield "images", engine.read_only
    elif engine.sink is None:
        yield "images", tr("the engine {name} cannot change images", name=engine.name)
    if engine.containers is not None and engine.containers.processes is None:
        yield "processes", tr("the engine {name} adds no processes to containers", name=engine.name)
    if engine.containers is not None and engine.containers.files is None:
        yield "files", tr("the engine {name} cannot reach the files of containers", name=engine.name)


def with_sizes(inspector: Inspector, listing: Listing, progress: Progress) -> Listing:
    """The same, with the bytes in each container's writable layer, or why they are not known."""
    from layertui.tui.report.container_report import size_or_why

    sizes, no_sizes = {}, {}

    def own_size(container: str) -> int:
        return inspector.containers.files.own_size(container)  # an engine without files has an error line for each

    for container in listing.containers:
        progress.advance(0)
        taken, why_not = size_or_why(own_size, container.id)
        if taken is not None:
            sizes[container.id] = taken
        else:
            no_sizes[container.id] = why_not or ""
    return listing._replace(sizes=sizes, no_sizes=no_sizes)


class Opened(NamedTuple):
    """What a name has led to."""

    subject: Subject
    steps: tuple[Step, ...]
    engine: str
    """The engine that has it; empty: the default one, or a file."""
    to_fetch: int = 0
    """Bytes of its layers that have to be fetched from a registry before its files can be shown."""


def opened_by(inspector: Inspector, name: str, progress: Progress) -> Opened:
    subject = inspector.open(name, progress=progress)
    other = subject.engine is not None and subject.engine is not inspector.engine
    engine = subject.engine.name if other and subject.engine is not None else ""
    return Opened(subject, inspector.history(subject, sizes=False), engine, inspector.bytes_to_fetch(subject))


def layer_rows(
    steps: tuple[Step, ...], summaries: dict[int, LayerSummary], container: Container | None
) -> list[LayerRow]:
    """The rows of the layer list, top first; without summaries, what manifest and config say alone."""
    rows: list[LayerRow] = []
    below = 0
    for step in steps:
        if step.layer is None:
            rows.append(LayerRow("step", below, step.command or step.comment or "", missing=tr("no command recorded")))
            continue
        below = step.layer.number
        rows.append(_layer_row(below, step.command or step.comment or "", summaries.get(below), step.size))
    if container is not None:
        row = _layer_row(below + 1, tr("writable layer of {name}", name=container.name), summaries.get(below + 1), None)
        rows.append(LayerRow("own", below + 1, row.command, row.size, row.added, row.modified, row.removed))
    return rows[::-1]


def _layer_row(number: int, command: str, summary: LayerSummary | None, size: int | None) -> LayerRow:
    missing = tr("no command recorded")
    if summary is None:
        return LayerRow("layer", number, command, size, missing=missing)
    return LayerRow("layer", number, command, summary.size, summary.added, summary.modified, summary.removed, missing)


def step_of(row: LayerRow | None, rows: Sequence[LayerRow], steps: tuple[Step, ...]) -> Step | None:
    """The step of a row of the layer list; `rows` are all of the list, top first."""
    if row is None or row.kind in ("own", "line"):
        return None
    if row.kind == "layer":
        return next((step for step in steps if step.number == row.number), None)
    # Rows of steps without a layer have no number of their own: their order distinguishes them.
    empty = [step for step in steps if step.layer is None]
    shown = [other for other in rows if other.kind == "step"]
    return next((step for other, step in zip(reversed(shown), empty, strict=False) if other is row), None)
