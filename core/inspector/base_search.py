"""An image's Dockerfile with its base: the search for that among the images of the engines that answer."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from layertui.core.engines.bounded_asking import answers
from layertui.core.engines.image_protocols import StepLookup
from layertui.core.errors import Cancelled, LayertuiError
from layertui.core.images.dockerfile.image_dockerfile import BaseImage, ImageDockerfile, image_dockerfile
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.engines.image_protocols import Images
    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress

PATIENCE = 3.0
"""Seconds that all engines together have to answer."""
CANDIDATES = 500
"""So many images of each engine, the newest first, are looked at."""


def dockerfile_of(subject: Subject, steps: Sequence[Step], base: BaseImage | None = None) -> ImageDockerfile:
    """The Dockerfile of a Subject's steps, given oldest first; what is left of them above `base`, as `base_of` finds it."""
    is_whole = subject.span is None and subject.upto is None
    return image_dockerfile(subject.image, steps, base, is_whole=is_whole)


def base_of(
    inspector: Inspector, subject: Subject, steps: Sequence[Step], progress: Progress | None = None
) -> BaseImage | None:
    """The image of any engine whose layers and steps are the first of a Subject's: the one with the most of them.

    Engines are asked at the same time, and for seconds at most; registries are not asked. Raises Cancelled.
    """
    if subject.span is not None and subject.span[0] > 1:
        return None
    names = dict.fromkeys((*inspector.engine_names(), *([subject.engine.name] if subject.engine is not None else [])))
    questions = {name: partial(_bases, inspector, name, subject, steps) for name in names}
    found: list[BaseImage] = []
    (progress or quiet()).advance(0)
    for answer in answers(questions, PATIENCE).values():
        if isinstance(answer, Cancelled):
            raise answer
        if not isinstance(answer, Exception):  # an engine that cannot be asked has no base for us
            found += answer
    return max(found, key=lambda base: (base.layers, base.steps, ":sha256" not in f":{base.name}"), default=None)


def _bases(inspector: Inspector, engine: str, subject: Subject, steps: Sequence[Step]) -> list[BaseImage]:
    own = inspector.of(engine)
    about = own.engine.about
    if about is not None and about.kind == "registry":
        return []
    listed = sorted(own.engine.images.list(), key=lambda image: image.created or "", reverse=True)
    return [base for image in listed[:CANDIDATES] if (base := _base(own.engine.images, engine, image, subject, steps))]


def _base(
    images: Images, engine: str, candidate: ImageSummary, subject: Subject, steps: Sequence[Step]
) -> BaseImage | None:
    """The candidate as a base, if it is one: fewer steps, all of them the same, and as many layers as these made."""
    image = subject.image
    if image.id in (candidate.id, candidate.engine_id) or image.digest in (candidate.digest, candidate.engine_id):
        return None
    lookup = images if isinstance(images, StepLookup) else None
    try:
        diff_ids = candidate.diff_ids or (lookup.diff_ids(candidate) if lookup is not None else ())
        layers = len(diff_ids)
        if not layers or tuple(diff_ids) != tuple(image.diff_ids[:layers]):
            return None
        theirs = lookup.commands(candidate) if lookup is not None else _commands(images, candidate)
    except Cancelled:
        raise
    except LayertuiError:
        return None
    if not any(
        step.created_by is not None for step in steps
    ):  # neither image has a history: the layers are all there is
        known = layers if not theirs and layers < len(steps) else 0
    else:
        known = len(theirs) if theirs == tuple(step.created_by or "" for step in steps[: len(theirs)]) else 0
    if not 0 < known < len(steps) or sum(step.layer is not None for step in steps[:known]) != layers:
        return None
    name = candidate.names[0].familiar if candidate.names else str(candidate.engine_id or candidate.id)
    return BaseImage(name, str(candidate.digest or candidate.id), engine, layers, known)


def _commands(images: Images, candidate: ImageSummary) -> tuple[str, ...]:
    opened = images.open(str(candidate.id), None, quiet())
    return tuple(entry.created_by or "" for entry in opened.config.history)
