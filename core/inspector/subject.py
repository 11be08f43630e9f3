"""Subject: what the Inspector is asked about, once a name has been opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.containers.model.container import Container
    from layertui.core.engines.engine import Engine
    from layertui.core.images.history_steps import Step
    from layertui.core.images.image import Image


class Subject(NamedTuple):
    """What is being looked at: an image, or a container on its image; whole, as of a layer, or some layers of it."""

    name: str
    """As the user wrote it."""
    image: Image
    container: Container | None = None
    span: tuple[int, int] | None = None
    """`@M..N`: only what these layers did."""
    upto: int | None = None
    """`@N`: as of this layer."""
    engine: Engine | None = None
    """The engine that has it; None for an image of an archive or a folder on disk."""

    @property
    def has_mounts(self) -> bool:
        """Whether it is a container with something mounted, or with a volume of its image, whose folder a start may have yet to make."""
        return self.container is not None and has_mounts(self.container, lambda: self.image)

    @property
    def title(self) -> str:
        """The name to show, and which layers.

        A container's name; of an image the one by which it was asked for, else its first, else its short ID.
        """
        names = [one.familiar for one in self.image.names] or [self.image.id.short]
        asked = self.name.partition("@")[0]
        name = next((one for one in names if asked == one or asked.endswith(f":{one}")), names[0])
        if self.container is not None:
            name = self.container.name
        if self.span is not None:
            return f"{name}@{self.span[0]}..{self.span[1]}"
        return name if self.upto is None else f"{name}@{self.upto}"


def has_mounts(container: Container, image: Callable[[], Image]) -> bool:
    """Whether what a container sees is more than its layers: something is mounted, or its image declares a volume.

    `image` gives its image; it is asked only where the container's record does not say which volumes that declares.
    """
    volumes = container.image_volumes
    return bool(container.options.mounts or (image().config.config.volumes if volumes is None else volumes))


def layer_count(subject: Subject) -> int:
    """The number of layers, a container's own one included."""
    return len(subject.image.layers) + (subject.container is not None)


def steps_of(steps: Sequence[Step], subject: Subject) -> tuple[Step, ...]:
    """The steps that made what a Subject shows of its layers; one that made no layer belongs to the layer below it."""
    low, high = subject.span or (1, subject.upto)
    if low == 1 and high is None:
        return tuple(steps)
    kept = []
    layer = 0
    for step in steps:
        layer = step.number or layer
        # What comes before the first layer goes with it.
        if low <= max(layer, 1) and (high is None or layer <= high):
            kept.append(step)
    return tuple(kept)
