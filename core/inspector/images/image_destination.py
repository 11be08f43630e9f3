"""Where new images are put: the sink of an engine, and the name that a new image gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.errors import LayertuiError, NotOurs, UsageError
from layertui.core.language.texts import tr
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from layertui.core.engines.engine import Engine
    from layertui.core.engines.image_protocols import ImageSink


def sink_of(engine: Engine) -> ImageSink:
    """Where an engine takes images in. NotOurs where it may only be looked at, LayertuiError where it takes none."""
    if engine.read_only is not None:
        raise NotOurs(engine.read_only)
    if engine.sink is None:
        raise LayertuiError(tr("the engine {name} cannot store images", name=engine.name))
    return engine.sink


def names_for(ref: str | None) -> tuple[Reference, ...]:
    """The name for a new image. UsageError for one with a digest, which an image gets from its content."""
    if ref is None:
        return ()
    name = Reference.parse(ref)
    if name.digest is not None:
        raise UsageError(tr("{ref}: an image gets its digest from what it holds; give a NAME[:TAG]", ref=ref))
    return (name,)
