"""Computes the bytes of the files in each of several layers from headers alone: in two processes, where that is faster.

A walk over headers is Python code, so a second process does part of it: it goes from the end of the last layer towards
the first (`backward_sizes.py`), this one the other way. Where they meet, everything is done, however fast each was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from layertui.core.bounds import Bounds, bounds
from layertui.core.layers.cache import early_sizes
from layertui.core.layers.cache.backward_sizes import PeerScan, backwards
from layertui.core.layers.cache.worker_process import fork_worker
from layertui.core.streams.tar.member_sizes import content_sizes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layertui.core.layers.cache.worker_process import Answer
    from layertui.core.progress import Progress

_BLOCK = 512


class StoredTar(Protocol):
    """The tar of a layer, compressed or not."""

    @property
    def size(self) -> int:
        """Bytes as stored."""
        ...

    def open_at(self) -> BinaryIO:
        """The stored bytes, seekable."""
        ...


def sizes_of(blobs: Mapping[str, StoredTar], progress: Progress | None = None) -> dict[str, int]:
    """Bytes of the regular files of each layer, by the same keys. Raises as a walk over headers does."""
    # The process that was started early does not know bounds that were changed later.
    begun = early_sizes.next_message(wait=True) if bounds() == Bounds() else None
    if begun and not blobs.keys().isdisjoint(begun):
        return _sizes(blobs, begun, early_sizes.next_message, progress)
    if sum(blob.size for blob in blobs.values()) < early_sizes.WORTH_A_PROCESS:
        return {key: _total(blob, progress) for key, blob in blobs.items()}
    with fork_worker(lambda: backwards(list(blobs), lambda key: _open(blobs[key]))) as answer:
        return _sizes(blobs, answer(wait=True) or (), answer, progress)


def _known_size(blob: StoredTar) -> int | None:
    """The bytes of a layer's files, where what it is stored in knows them."""
    with blob.open_at() as stored:
        return cast("int | None", getattr(stored, "content_size", None))


def content_total(tar: BinaryIO, progress: Progress | None = None) -> int:
    """The bytes of all regular files; the last of several members of a name counts."""
    return sum(content_sizes(tar, progress)[0].values())


def _sizes(
    blobs: Mapping[str, StoredTar], order: Iterable[str], answer: Answer, progress: Progress | None
) -> dict[str, int]:
    """What both processes find: this one takes the layers in order, the other in reverse."""
    other = PeerScan(answer)
    return {key: _size(key, blobs[key], other, progress) for key in dict.fromkeys((*order, *blobs)) if key in blobs}


def _size(key: str, blob: StoredTar, other: PeerScan, progress: Progress | None) -> int:
    sizes: dict[bytes, int] = {}
    reached: int | None = 0
    if other.until(key, 0):
        with _open(blob) as tar:
            sizes, reached = content_sizes(tar, progress, lambda position: other.until(key, position))
    if reached is None:
        return sum(sizes.values())
    rest = other.rest(key, reached)
    if rest is None or not rest.adds_to(sizes):
        return _total(blob, progress)
    return sum(sizes.values()) + rest.total


def _open(blob: StoredTar) -> BinaryIO:
    """A layer's uncompressed tar, to be read in sequence."""
    from layertui.core.streams.compress import decompressed

    return decompressed(blob.open_at())


def _total(blob: StoredTar, progress: Progress | None) -> int:
    with _open(blob) as tar:
        return content_total(tar, progress)
