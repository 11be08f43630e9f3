"""Where images go: what takes them in, which names a new one gets, and the one that a container is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.errors import LayertuiError, NotOurs, UsageError
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from layertui.core.engines.engine import Engine, ImageSink
    from layertui.core.images.image import Image
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress
    from layertui.core.store.store_layout import Store


def sink_of(engine: Engine) -> ImageSink:
    """Where a place takes images in."""
    if engine.only_looks is not None:
        raise NotOurs(engine.only_looks)
    if engine.sink is None:
        raise LayertuiError(f"the engine {engine.name} cannot store images")
    return engine.sink


def names_for(ref: str | None) -> tuple[Reference, ...]:
    """The name a new image is to have; one by digest cannot be given."""
    if ref is None:
        return ()
    name = Reference.parse(ref)
    if name.digest is not None:
        raise UsageError(f"{ref}: an image gets its digest from what it holds; give a NAME[:TAG]")
    return (name,)


def image_at_home(engine: Engine, store: Store, subject: Subject, progress: Progress) -> Image:
    """The image for a container to be made of; one that lies elsewhere is taken into the store, without a name."""
    if subject.container is not None:
        raise UsageError(f"{subject.name}: a container is made of an image; commit this one first")
    if subject.span or subject.upto:
        raise UsageError(f"{subject.name}: a container is made of a whole image, not of some layers")
    if store.blobs.has(subject.image.digest):
        return subject.image
    return sink_of(engine).put(subject.image, (), progress).image
