"""Summary of an image, without reading its manifest and config; and its encoding as a row of the cache file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from types import NoneType
from typing import Any, NamedTuple

from layertui.core.oci.digest import DiffID, Digest
from layertui.core.oci.reference import Reference


class KnownLayer:
    """A layer that images may share."""

    __slots__ = ("content_size", "diff_id", "digest", "is_there", "size")

    def __init__(self, digest: Digest, diff_id: DiffID, size: int, content_size: int | None) -> None:
        self.digest, self.diff_id, self.size = digest, diff_id, size
        self.content_size = content_size
        """Bytes of its files; None if unknown."""
        self.is_there = False
        """Whether its blob exists and has the right size."""

    @property
    def digests(self) -> tuple[Digest, DiffID]:
        """The digest as stored, and the DiffID."""
        return self.digest, self.diff_id


class ImageFacts(NamedTuple):
    """The fields of a manifest and its config that a list shows, and the size and time of both files."""

    digest: Digest
    size: int
    written: int
    """The change time of the manifest in nanoseconds; the next field is the config's."""
    id: Digest
    config_size: int
    config_written: int
    created: str | None
    architecture: str
    os: str
    layers: tuple[KnownLayer, ...]

    @property
    def is_kept(self) -> bool:
        """Whether both files existed, with a time that can be stored."""
        return min(self.written, self.config_written) >= 0


class Summary(NamedTuple):
    """An image as shown in a list."""

    facts: ImageFacts
    spelled: tuple[str, ...]
    """The full names; they are parsed on access."""
    entry: Digest
    """The digest in the index: of the manifest, or of an index for several platforms that leads to it."""

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
        return self.facts.digest

    @property
    def layers(self) -> tuple[KnownLayer, ...]:
        """The layers, bottom first."""
        return self.facts.layers

    @property
    def blobs(self) -> dict[Digest, int]:
        """Every blob of it with its size: manifest, config, layers; a repeated one once."""
        facts = self.facts
        return {facts.digest: facts.size, facts.id: facts.config_size, **{one.digest: one.size for one in facts.layers}}


class Summaries(NamedTuple):
    """Every image of a store that can be read, and the number of those that cannot."""

    images: tuple[Summary, ...]
    unreadable: int


def facts_of_rows(rows: Sequence[Sequence[Any]], layers: Sequence[KnownLayer]) -> list[ImageFacts]:
    """Decode the rows of the file. Raises ValueError, TypeError, LookupError or Damaged for an invalid one.

    Column by column: of thousands of rows, a call for each field of each would take half the time of a list.
    """
    if not rows:
        return []
    columns = list(zip(*rows, strict=True))
    digests, sizes, written, ids, config_sizes, config_written, created, architectures, systems, numbers = columns
    counts = [*sizes, *written, *config_sizes, *config_written, *chain.from_iterable(numbers)]
    if set(map(type, counts)) != {int} or min(counts) < 0:
        raise ValueError
    if not set(map(type, (*architectures, *systems))) <= {str} or not set(map(type, created)) <= {str, NoneType}:
        raise TypeError
    known = [tuple([layers[number] for number in own]) for own in numbers]
    made = Digest.each(digests), sizes, written, Digest.each(ids), config_sizes, config_written
    return list(map(ImageFacts._make, zip(*made, created, architectures, systems, known, strict=True)))


def count(value: Any) -> int:
    """Check a count. Raises ValueError."""
    if type(value) is not int or value < 0:
        raise ValueError
    return value


def texts(values: Any) -> tuple[str, ...]:
    """Check a list of strings. Raises TypeError."""
    if type(values) is not list or not set(map(type, values)) <= {str}:
        raise TypeError
    return tuple(values)


def reference(canonical: str) -> Reference:
    """A name from the file, without parsing it again."""
    registry, _, rest = canonical.partition("/")
    repository, _, tag = rest.rpartition(":")
    return Reference(registry, repository, tag)
