"""LayerBlob: a layer as it is stored, compressed or not, here or on another machine; and its bytes, read in sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from layertui.core.streams.compress import decompressed, sniff
from layertui.core.streams.threaded_reader import ThreadedReader, decompressed_ahead

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.layers.toc.layer_toc import LayerToc
    from layertui.core.oci.digest import DiffID
    from layertui.core.progress import Progress

BY_DIGEST = "blob "
"""What a source begins with that is a digest of bytes that are verified when they come; the digest follows."""
RECORDED = "catalog "
"""What a source begins with of a layer that only a catalog has: its rows were made of bytes that had the DiffID, and are elsewhere."""
_WORTH_A_THREAD = 1 << 20  # bytes as stored


class LayerBlob(Protocol):
    """A layer as it is stored, compressed or not."""

    @property
    def diff_id(self) -> DiffID:
        """The digest that its uncompressed tar must have."""
        ...

    @property
    def size(self) -> int:
        """Bytes as stored."""
        ...

    @property
    def source(self) -> str | None:
        """Identifies the unverified bytes of the layer, as of the first call; None if they were verified when stored."""
        ...

    def current_source(self) -> str | None:
        """The same for now: another one if the file has changed since."""
        ...

    @property
    def is_remote(self) -> bool:
        """Whether the bytes are on another machine; once `open` has been read through they are here."""
        ...

    @property
    def contents(self) -> LayerToc | None:
        """The table of contents that the layer carries, so that it can be listed without being read."""
        ...

    def open(self) -> BinaryIO:
        """The stored bytes, to be read once in sequence; fails at the end if the digest is wrong."""
        ...

    def open_at(self) -> BinaryIO:
        """The stored bytes, seekable, not verified."""
        ...


def is_recorded(blob: LayerBlob) -> bool:
    """Whether only a catalog has the layer: it can be listed, and compared, and not read."""
    return (blob.source or "").startswith(RECORDED)


def fetched(blob: LayerBlob, progress: Progress) -> BinaryIO:
    """The bytes of a layer on another machine, verified at their end; they come on a thread of their own. Reads raise Cancelled."""
    stored = ThreadedReader(blob.open(), progress)
    stored.start()
    return cast("BinaryIO", stored)


def uncompressed(blob: LayerBlob, stored: BinaryIO, progress: Progress) -> BinaryIO:
    """The uncompressed tar, to be read in sequence; a large layer is decompressed beside the walk over it."""
    return decompressed(stored) if blob.size < _WORTH_A_THREAD else decompressed_ahead(stored, progress)


def open_uncompressed(blob: LayerBlob) -> BinaryIO:
    """A layer's uncompressed tar, to be read in sequence; seekable if it is stored uncompressed."""
    return decompressed(blob.open_at())


def is_compressed(blob: LayerBlob) -> bool:
    with blob.open_at() as stored:
        return sniff(stored.read(16)) != "none"


def by_compression(blobs: Sequence[LayerBlob]) -> tuple[list[LayerBlob], list[LayerBlob]]:
    """The uncompressed layers, whose headers can be reached by seeking; and the compressed ones."""
    plain: list[LayerBlob] = []
    compressed_blobs: list[LayerBlob] = []
    for blob in blobs:
        if blob.is_remote:  # read through whatever it is
            compressed_blobs.append(blob)
            continue
        (compressed_blobs if is_compressed(blob) else plain).append(blob)
    return plain, compressed_blobs
