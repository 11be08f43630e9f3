"""Engine: one place that keeps images, and containers where it has them; and the values that its lists are made of.

The parts of an engine are small protocols: `image_protocols.py` (images read and taken in), `container_protocols.py` (containers and
what is done with them), `file_protocols.py` (the files of a container) and `store_protocols.py` (events, volumes, upkeep). What an
engine cannot do is a part that is None, so that a face offers nothing that would only raise an error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from layertui.core.engines.container_protocols import Containers
    from layertui.core.engines.image_protocols import Images, ImageSink
    from layertui.core.engines.store_protocols import Events, NamedVolumes, Upkeep
    from layertui.core.images.image import Image
    from layertui.core.oci.digest import DiffID, Digest
    from layertui.core.oci.reference import Reference


@dataclass(frozen=True, slots=True)
class Engine:
    """A place that keeps images. A part that it does not have is None."""

    name: str
    """By which `--engine NAME` chooses it, and `NAME:IMAGE` names an image in it."""
    images: Images
    sink: ImageSink | None = None
    containers: Containers | None = None
    events: Events | None = None
    upkeep: Upkeep | None = None
    volumes: NamedVolumes | None = None
    read_only: str | None = None
    """Why nothing may be changed in it, as an error line; None where that is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSummary:
    """One image of an engine, as a list shows it. None is what the engine does not know without reading the image."""

    id: Digest
    """The digest of its config, as `docker images` shows it."""
    digest: Digest | None = None
    """The digest of its manifest; None in a store that keeps images without one, as Docker Engine's classic store does."""
    names: tuple[Reference, ...] = ()
    diff_ids: tuple[DiffID, ...] = ()
    created: str | None = None
    """RFC 3339."""
    architecture: str = ""
    os: str = ""
    size: int | None = None
    """Bytes of its files."""
    stored_size: int | None = None
    """Bytes of its manifest, config and layers as they are stored, compressed or not."""


def summary(image: Image) -> ImageSummary:
    """What a list shows of an image that has been opened."""
    return ImageSummary(
        id=image.id,
        digest=image.digest,
        names=image.names,
        diff_ids=image.diff_ids,
        created=image.config.created,
        architecture=image.config.architecture,
        os=image.config.os,
        stored_size=image.stored_size,
    )


@dataclass(frozen=True, slots=True)
class Put:
    """What `ImageSink.put` did: the image as the engine has it now, and the tags that named another image before."""

    image: Image
    moved: tuple[tuple[Reference, Digest], ...] = ()
    """Each tag with the ID of the image that it named until now."""


class Removed(NamedTuple):
    """What `ImageSink.remove` did: the tags that were removed, and the IDs of the images that were deleted with their last tag."""

    untagged: tuple[Reference, ...] = ()
    deleted: tuple[Digest, ...] = ()
