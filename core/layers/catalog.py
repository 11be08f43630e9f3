"""Catalog: every layer read once, every stack laid once; tables kept on disk, several read at a time.

Looking does not wait for hashing. A layer whose bytes nobody has summed yet is cached under its
*source* (device, inode, size, time, offset); only `verify`, which sums all bytes, puts its table
under the DiffID. So an archive that lies about a DiffID cannot colour the view of an honest image.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from layertui.core.errors import DigestMismatch, StorageError
from layertui.core.oci.digest import DiffID, Digest, Sum, digest_of
from layertui.core.streams.atomic import write_atomically
from layertui.core.streams.compress import decompressed, sniff
from layertui.core.streams.progress import Progress, quiet
from layertui.core.streams.seekable import Seekable
from layertui.core.streams.tar import content_total

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from layertui.core.layers.stack import Stack
    from layertui.core.layers.table import LayerTable

LIMIT = 1 << 30  # bytes of cached tables; the least recently used go first
_READERS = 2
_CHUNK = 1 << 20


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
        """Where the bytes lie, while nobody has summed them; None once they are known to be true."""
        ...

    def open(self) -> BinaryIO:
        """The stored bytes, to be read through once; fails at the end if they are not true."""
        ...

    def open_at(self) -> BinaryIO:
        """The stored bytes, seekable, not summed."""
        ...


class Catalog:
    """Tables and stacks of layers. ``folder`` keeps tables between runs; None keeps none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._tables: dict[str, LayerTable] = {}
        self._stacks: dict[tuple[str, ...], Stack] = {}
        self._sums: dict[str, int] = {}
        self._trusted: set[str] = set()
        self._lock = Lock()

    def table(self, blob: LayerBlob, progress: Progress | None = None) -> LayerTable:
        """The table of a layer: remembered, from the cache, or read.

        Raises Damaged, Truncated or UnsafePath for a layer that cannot be read.
        """
        key = self._key(blob)
        with self._lock:
            known = self._tables.get(key)
        if known is None:
            known = self._cached(key) or self._read(blob, key, progress or quiet())
            with self._lock:
                self._tables[key] = known
        return known

    def stack(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> Stack:
        """The stack of some layers, lowest first."""
        from layertui.core.layers.stack import Laid, Stack
        from layertui.core.layers.tarball import TarballContent

        keys = tuple(self._key(blob) for blob in blobs)
        with self._lock:
            known = self._stacks.get(keys)
        if known is not None:
            return known
        progress = progress or quiet()
        with ThreadPoolExecutor(_READERS) as readers:
            tables = list(readers.map(lambda blob: self.table(blob, progress), blobs))
        stack = Stack.lay(
            [
                Laid(table, TarballContent(table, partial(_open_tar, blob)))
                for table, blob in zip(tables, blobs, strict=True)
            ]
        )
        with self._lock:
            self._stacks[keys] = stack
        return stack

    def content_size(self, blob: LayerBlob, progress: Progress | None = None) -> int:
        """Bytes of a layer's regular files, without making its table where that is not at hand."""
        key = self._key(blob)
        with self._lock:
            table, known = self._tables.get(key), self._sums.get(key)
        if table is not None:
            return table.size
        if known is None:
            known = self._kept_sum(key)
        if known is None:
            with _open_tar(blob) as tar:
                known = content_total(tar, progress)
            self._keep_sum(key, known)
        with self._lock:
            self._sums[key] = known
        return known

    def _kept_sum(self, key: str) -> int | None:
        """What an earlier run has added up. A list of images asks for it each time, so it costs no table."""
        if self._folder is not None:
            with suppress(OSError, ValueError):
                return int(self._path(key, "size").read_bytes())
        return None

    def _keep_sum(self, key: str, total: int) -> None:
        if self._folder is not None:
            with suppress(OSError, StorageError):  # as with tables: without it, it is added up again
                self._folder.mkdir(parents=True, exist_ok=True)
                write_atomically(self._path(key, "size"), b"%d" % total, durable=False)

    def verify(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> None:
        """Sum every byte of some layers. Raises DigestMismatch or Truncated for the first untrue one."""
        progress = progress or quiet()
        with ThreadPoolExecutor(_READERS) as readers:
            for done in [readers.submit(self._verify, blob, progress) for blob in blobs]:
                done.result()

    def proven_stack(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> Stack:
        """The stack of some layers, every byte of them summed while it was laid. Raises as `stack` and `verify` do."""
        with ThreadPoolExecutor(1) as beside:
            verified = beside.submit(self.verify, blobs, progress)
            stack = self.stack(blobs, progress)
            verified.result()
        for blob in blobs:
            if (source := blob.source) is not None:
                self._promote(source, blob.diff_id)
        return stack

    def _verify(self, blob: LayerBlob, progress: Progress) -> None:
        source = blob.source
        if source is None or source in self._trusted or self._was_proven(source, blob.diff_id):
            return
        found = _summed(blob, progress)
        if found != blob.diff_id:
            raise DigestMismatch(f"a layer's content is {found}, not its DiffID {blob.diff_id}")
        self._trusted.add(source)
        self._note_proven(source, blob.diff_id)
        self._promote(source, blob.diff_id)

    def _was_proven(self, source: str, diff_id: DiffID) -> bool:
        """Whether an earlier run has summed these very bytes: the file has changed its time if it has changed."""
        return self._folder is not None and self._path(f"{source} {diff_id}", "proven").exists()

    def _note_proven(self, source: str, diff_id: DiffID) -> None:
        if self._folder is not None:
            with suppress(OSError):  # as with tables: without the note it is summed again
                self._folder.mkdir(parents=True, exist_ok=True)
                self._path(f"{source} {diff_id}", "proven").touch()

    def _promote(self, source: str, diff_id: DiffID) -> None:
        """Let a table that was read under a source be found under the DiffID, now that it is true."""
        with self._lock:
            table = self._tables.get(f"source:{source}")
            if table is not None:
                self._tables[diff_id] = table
        if table is not None and self._folder is not None:
            _write(table, self._path(diff_id), diff_id)

    def _key(self, blob: LayerBlob) -> str:
        source = blob.source
        return blob.diff_id if source is None else f"source:{source}"

    def _path(self, key: str, kind: str = "table") -> Path:
        assert self._folder is not None
        return self._folder / f"{digest_of(key.encode('utf-8', 'surrogateescape')).encoded}.{kind}"

    def _cached(self, key: str) -> LayerTable | None:
        if self._folder is None:
            return None
        from layertui.core.layers.table import LayerTable

        path = self._path(key)
        table = LayerTable.load(path, of=key)
        if table is not None:
            with suppress(OSError):  # a cache that cannot be written can still be read
                os.utime(path)
        return table

    def _read(self, blob: LayerBlob, key: str, progress: Progress) -> LayerTable:
        from layertui.core.layers.tarball import read_table

        with _open_tar(blob) as tar:
            table = read_table(tar, progress)
        if self._folder is not None:
            _write(table, self._path(key), key)
            _trim(self._folder, LIMIT)
        return table


def _summed(blob: LayerBlob, progress: Progress) -> Digest:
    """The digest of a layer's uncompressed tar."""
    summed = Sum()
    with blob.open() as stored:
        # Of a layer that is stored as it is, the reader already proves the DiffID.
        if getattr(stored, "digest", None) == blob.diff_id:
            while chunk := stored.read(_CHUNK):
                progress.advance(len(chunk))
            return blob.diff_id
        with decompressed(stored) as tar:
            while chunk := tar.read(_CHUNK):
                summed.update(chunk)
                progress.advance(len(chunk))
            while stored.read(_CHUNK):  # what follows the compressed stream is part of the blob
                pass
    return summed.digest()


def _open_tar(blob: LayerBlob) -> BinaryIO:
    """A layer's uncompressed tar, seekable."""
    stored = blob.open_at()
    head = stored.read(16)
    stored.seek(0)
    if sniff(head) == "none":
        return stored
    stored.close()
    return cast("BinaryIO", Seekable(lambda: decompressed(blob.open_at())))


def _write(table: LayerTable, path: Path, key: str) -> None:
    with suppress(OSError, StorageError):  # a cache that cannot be written is a slower cache
        path.parent.mkdir(parents=True, exist_ok=True)
        table.save(path, of=key)


def _trim(folder: Path, limit: int) -> None:
    """Remove the tables used longest ago until those left fit ``limit`` bytes."""
    files: list[tuple[int, int, str]] = []
    # Another process may trim at the same time, or the folder be no folder.
    with suppress(OSError), os.scandir(folder) as items:
        files.extend((item.stat().st_mtime_ns, item.stat().st_size, item.path) for item in items)
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= limit:
            return
        total -= size
        with suppress(OSError):
            os.unlink(path)
