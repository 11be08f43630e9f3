"""NameChange: a name that was given to an image or taken from it, and how that is taken back.

It is offered only where every name is afterwards exactly where it was. In layertui's own store that is always so, unless the image
went with its last name. In a daemon, taking the last name away deletes the image, and with the last tag of a repository its digests
in that repository go: there is no way back then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layertui.core.engines.image_protocols import Untagging
from layertui.core.errors import Conflict, NotFound
from layertui.core.inspector.images.image_destination import sink_of
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.engines.engine import Engine
    from layertui.core.engines.image_values import ImageSummary, Removed
    from layertui.core.oci.reference import Reference

DAEMONS = ("docker", "podman")


class NameChange(NamedTuple):
    """One name, and the IDs by which its engine knows the image that had it before, and the one that has it now; None for none."""

    engine: Engine
    name: Reference
    was: str | None
    now: str | None


def tag(engine: Engine, own: str, new: Reference) -> NameChange | None:
    """As `ImageSink.tag`; None where nothing changed, or it cannot be taken back."""
    name = new.with_tag(new.tag or "latest")
    before = _holder(engine, name) if _may_reverse(engine) else None
    sink_of(engine).tag(own, new)
    if not _may_reverse(engine) or (now := _holder(engine, name)) is None:
        return None
    if before is not None and _id(before) == _id(now):
        return None
    if not _keeps_nameless(engine) and len(now.names) < 2:
        return None  # a daemon would delete the image with this name
    return NameChange(engine, name, None if before is None else _id(before), _id(now))


def remove(engine: Engine, own: str, *, force: bool) -> tuple[Removed, NameChange | None]:
    """As `ImageSink.remove`, and how it is taken back; None where that is not possible."""
    reverses = _may_reverse(engine)
    before = list(engine.images.list()) if reverses else []
    removed = sink_of(engine).remove(own, force=force)
    if not reverses or removed.deleted or len(removed.untagged) != 1:
        return removed, None
    (name,) = removed.untagged
    had = next((image for image in before if name in image.names), None)
    if had is None or not may_take_back_removal(engine, had, name):
        return removed, None
    return removed, NameChange(engine, name, _id(had), None)


def may_take_back_removal(engine: Engine, image: ImageSummary, name: Reference) -> bool:
    """Whether the image could get back this one of its names."""
    if not _may_reverse(engine) or len(image.names) < 2:
        return False
    return _keeps_nameless(engine) or any(other != name and other.full_name == name.full_name for other in image.names)


def take_back(change: NameChange) -> None:
    """Put the name back where it was. Raises Conflict where it was changed since, NotFound where the image is gone."""
    engine, name, was, now = change
    holder = _holder(engine, name)
    if (None if holder is None else _id(holder)) != now:
        raise Conflict(
            tr("{familiar} was changed by something else meanwhile; it stays as it is", familiar=name.familiar)
        )
    sink = sink_of(engine)
    untagging: object = sink
    if was is not None:
        if was not in map(_id, engine.images.list()):
            raise NotFound(tr("the image that was {familiar} is gone; the name stays as it is", familiar=name.familiar))
        sink.tag(was, name)
    elif isinstance(untagging, Untagging):
        untagging.untag(name)
    elif holder is not None and len(holder.names) > 1:
        sink.remove(name.familiar)
    else:
        raise Conflict(tr("{familiar} is the image's only name by now; it stays as it is", familiar=name.familiar))


def _keeps_nameless(engine: Engine) -> bool:
    """Whether an image of the engine can lose its last name and stay."""
    sink: object = engine.sink
    return isinstance(sink, Untagging)


def _may_reverse(engine: Engine) -> bool:
    return _keeps_nameless(engine) or (engine.about is not None and engine.about.kind in DAEMONS)


def _holder(engine: Engine, name: Reference) -> ImageSummary | None:
    return next((image for image in engine.images.list() if name in image.names), None)


def _id(image: ImageSummary) -> str:
    return str(image.engine_id or image.id)
