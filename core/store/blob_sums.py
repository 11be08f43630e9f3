"""Verifies the digests of blobs, two at a time, each read once; for compressed layers also the DiffID."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import Cancelled, LayertuiError
from layertui.core.fs.file_window import without_waiting
from layertui.core.fs.reader import Reader
from layertui.core.language.texts import tr
from layertui.core.oci.digest import DiffID, Digest, Sum
from layertui.core.store.blobs import Blobs
from layertui.core.streams.compress import decompressed
from layertui.core.streams.parallel import parallel_map

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from layertui.core.progress import Progress

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BlobSum:
    """The digest of a blob, as read."""

    digest: Digest | None
    """The digest of its bytes; None if they cannot be read."""
    trouble: str = ""
    """Why they cannot be read."""
    diff_id: DiffID | None = None
    """The digest of its decompressed content, if that was requested."""
    diff_trouble: str = ""


def sum_blobs(
    blobs: Blobs, wanted: Iterable[tuple[Digest, int]], layers: set[Digest], progress: Progress
) -> dict[Digest, BlobSum]:
    """Hash blobs, given with their sizes; for those among `layers` also their decompressed content.

    The largest come first, so that no thread ends up alone with one. The progress counts stored bytes.
    """
    # Small blobs come last: for these most of the time is Python code, which holds up all threads.
    order = sorted(wanted, key=lambda one: -one[1])
    progress.begin(tr("summing blobs"), sum(size for _, size in order))

    def work(one: tuple[Digest, int], shared: Progress) -> BlobSum:
        return _hashed(blobs, one[0], shared, unpacked=one[0] in layers)

    return dict(zip((digest for digest, _ in order), parallel_map(work, order, progress, "sum"), strict=True))


def _hashed(blobs: Blobs, digest: Digest, progress: Progress, *, unpacked: bool) -> BlobSum:
    try:
        with open(blobs.path(digest), "rb", buffering=0, opener=without_waiting) as raw:
            status = os.fstat(raw.fileno())
            if not stat.S_ISREG(status.st_mode):
                return BlobSum(None, tr("is not a file"))
            stored = _Counting(cast("BinaryIO", raw), digest.algorithm, min(_CHUNK, status.st_size + 1), progress)
            diff_id, trouble = _diff_id(stored) if unpacked else (None, "")
            stored.drain()
            return BlobSum(stored.sum.digest(), "", diff_id, trouble)
    except Cancelled:
        raise
    except (OSError, LayertuiError) as error:
        return BlobSum(None, tr("cannot be read: {error}", error=error))


def _diff_id(stored: _Counting) -> tuple[DiffID | None, str]:
    total = Sum()
    try:
        plain = decompressed(cast("BinaryIO", stored))
        while chunk := plain.read(_CHUNK):
            total.update(chunk)
    except Cancelled:
        raise
    except (OSError, LayertuiError) as error:
        return None, str(error)
    return DiffID(total.digest()), ""


class _Counting(Reader):
    """Reads a blob, hashed and counted; the caller closes it."""

    def __init__(self, raw: BinaryIO, algorithm: str, chunk: int, progress: Progress) -> None:
        super().__init__()
        self._raw, self._progress, self._chunk = raw, progress, chunk
        self.sum = Sum(algorithm)
        self.name = tr("the blob")

    def read(self, size: int | None = -1) -> bytes:
        got = self._raw.read(-1 if size is None else size)
        self._took(got)
        return got

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        count: int = self._raw.readinto(view)  # type: ignore[attr-defined]
        self._took(view[:count])
        return count

    def drain(self) -> None:
        """Read the rest into one buffer: allocating memory for each piece costs more than reading."""
        buffer = memoryview(bytearray(self._chunk))
        while self.readinto(buffer):
            pass

    def _took(self, got: bytes | memoryview) -> None:
        self.sum.update(got)
        self._progress.advance(len(got))
