"""Summary of an image, without reading its manifest and config; and its encoding as a row of the cache file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from layertui.core.oci.digest import DiffID, Digest
from layertui.core.oci.reference import Reference


class KnownLayer:
    """A layer that images have in common."""

    __slots__ = ("content_size", "diff_id", "digest", "is_there", "size")

    def __init__(self, digest: Digest, diff_id: DiffID, size: int, content_size: int | None) -> None:
        self.digest, self.diff_id, self.size = digest, diff_id, size
        self.content_size = content_size
        """Bytes of its files; None while nobody has looked."""
        self.is_there = False
        """Whether its blob is, in its full size."""

    @property
    def digests(self) -> tuple[Digest, DiffID]:
        """As stored, and uncompressed."""
        return self.digest, self.diff_id


class ImageFacts(NamedTuple):
    """What a manifest and its config say that a list shows, and what both files looked like then."""

    digest: Digest
    size: int
    written: int
    """Nanoseconds; and so for the config."""
    id: Digest
    config_size: int
    config_written: int
    created: str | None
    architecture: str
    os: str
    layers: tuple[KnownLayer, ...]

    @property
    def is_kept(self) -> bool:
        """Whether both files were there, at a time that can be written down."""
        return min(self.written, self.config_written) >= 0


class Summary(NamedTuple):
    """An image as a list shows it."""

    facts: ImageFacts
    spelled: tuple[str, ...]
    """The names in full, which are made when they are asked for."""
    entry: Digest
    """What the index lists: the manifest, or an index of several platforms that leads to it."""

    @property
    def names(self) -> tuple[Reference, ...]:
        """Every name that the index has for it."""
        return tuple(map(reference, self.spelled))

    @property
    def id(self) -> Digest:
        """The digest of the config."""
        return self.facts.id

    @property
    def digest(self) -> Digest:
        """The digest of the manifest."""
        return self.facts.digest

    @property
    def layers(self) -> tuple[KnownLayer, ...]:
        """The layers, bottom first."""
        return self.facts.layers

    @property
    def blobs(self) -> dict[Digest, int]:
        """Every blob of it with its size: manifest, config, layers; one that it has twice counts once."""
        facts = self.facts
        return {facts.digest: facts.size, facts.id: facts.config_size, **{one.digest: one.size for one in facts.layers}}


class Summaries(NamedTuple):
    """Every image of a store that can be read, and how many more there are that cannot."""

    images: tuple[Summary, ...]
    unreadable: int


def facts_of_row(row: Sequence[Any], layers: Sequence[KnownLayer]) -> ImageFacts:
    """A row of the file. ValueError, TypeError, LookupError or Damaged for what is none."""
    digest, size, written, image_id, config_size, config_written, created, architecture, system, own = row
    numbers = (size, written, config_size, config_written, *own)
    # Thousands of rows: all of a row at once, where a call for each field would be half of a list.
    if set(map(type, numbers)) != {int} or min(numbers) < 0:
        raise ValueError
    if type(architecture) is not str or type(system) is not str or (created is not None and type(created) is not str):
        raise TypeError
    known = tuple([layers[number] for number in own])
    image = Digest(digest), size, written, Digest(image_id), config_size, config_written
    return ImageFacts(*image, created, architecture, system, known)


def count(value: Any) -> int:
    """A number that counts something; ValueError."""
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def texts(values: Any) -> tuple[str, ...]:
    """A list of texts; TypeError."""
    if type(values) is not list or not set(map(type, values)) <= {str}:
        raise TypeError
    return tuple(values)


def reference(canonical: str) -> Reference:
    """A name as it was written down; it was parsed when it was."""
    registry, _, rest = canonical.partition("/")
    repository, _, tag = rest.rpartition(":")
    return Reference(registry, repository, tag)
