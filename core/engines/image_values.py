"""What engines answer about images: a row of a list, and what became of an image that was taken in or removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.images.image import Image
    from layertui.core.layers.table.entry import Entry
    from layertui.core.oci.digest import DiffID, Digest
    from layertui.core.oci.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSummary:
    """One image of an engine, as a list shows it. None is what the engine does not know without reading the image."""

    id: Digest
    """The digest of its config, as `docker images` shows it."""
    engine_id: Digest | None = None
    """The engine's own ID, where that is another one: with the containerd image store, Docker Engine has the digest of the manifest, or of
    the index, as ID."""
    digest: Digest | None = None
    """The digest of its manifest, or of the index that Docker Engine's containerd image store has it by; None in a store that keeps images
    without one, as Docker Engine's classic store does."""
    pulled_digests: tuple[tuple[str, Digest], ...] = ()
    """In a store without manifests: repositories that the image came from or was pushed to, as `docker images` writes them, each with the
    digest that it has there."""
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
    place: str = ""
    """Where it is, for a list of images that are elsewhere; it stands for a name where there is none."""


def summary(image: Image) -> ImageSummary:
    """What a list shows of an image that has been opened."""
    return ImageSummary(
        id=image.id,
        digest=None if image.manifest_is_made else image.digest,
        names=image.names,
        diff_ids=image.diff_ids,
        created=image.config.created,
        architecture=image.config.architecture,
        os=image.config.os,
        stored_size=image.stored_size,
    )


@dataclass(frozen=True, slots=True)
class RecordedFiles:
    """What `RecordedSearch.find` found in one image."""

    image: str
    """By which the engine opens it."""
    local: str
    """Its name in a list, or its ID where it has none."""
    rows: Sequence[tuple[Entry, bool]]
    """The entries in the order of paths, and whether the image shows each; which change it was is not recorded."""

    def __len__(self) -> int:
        return len(self.rows)

    def entries(self) -> Iterator[tuple[Entry, bool]]:
        """The same, as `FoundFiles` has them."""
        return iter(self.rows)


@dataclass(frozen=True, slots=True)
class Put:
    """What `ImageSink.put` did: the image as the engine has it now, and the tags that named another image before."""

    image: Image
    moved: tuple[tuple[Reference, Digest], ...] = ()
    """Each tag with the ID of the image that it named until now."""


class Pulled(NamedTuple):
    """The image that `RegistryTransfer.pull` fetched."""

    id: Digest | None
    """The image ID; None where the image was fetched by its digest, and has no name."""
    digest: Digest | None
    """Of the manifest or the index that the registry has; None where the engine does not report it."""
    is_new: bool
    """Whether the name meant another image, or none, before."""


class Removed(NamedTuple):
    """What `ImageSink.remove` did: the tags that were removed, and the IDs of the images that were deleted with their last tag."""

    untagged: tuple[Reference, ...] = ()
    deleted: tuple[Digest, ...] = ()
