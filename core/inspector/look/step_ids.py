"""The IDs of the images as of the steps of a history, as `docker history` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.engines.image_protocols import StepImages
from layertui.core.errors import Cancelled, LayertuiError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject
    from layertui.core.oci.digest import Digest


def step_ids(subject: Subject, steps: Sequence[Step]) -> list[Digest | None]:
    """For each step, the ID under which its engine has the image as of it; None where there is none, or it is not known.

    `steps` are those of the subject, the oldest first. The newest one always has an ID.
    """
    image = subject.image
    own: list[Digest | None] = [*([None] * (len(steps) - 1)), image.id][: len(steps)]
    is_whole = (subject.span, subject.upto, subject.container) == (None, None, None)
    images: object = subject.engine.images if subject.engine is not None and is_whole else None
    if not isinstance(images, StepImages):
        return own
    try:
        found = images.step_ids(image.id)
    except Cancelled:
        raise
    except LayertuiError:  # the image has been opened: its history is shown without them
        return own
    return [*found[:-1], found[-1] or image.id] if len(found) == len(steps) and found else own
