"""LayerTables: the table of each layer, read once, verified when that is asked, and cached on disk.

Reading does not wait for digests. Until the bytes of a layer are verified, its table is cached under its *source*
(device, inode, size, time, offset). Only `verify`, which hashes all bytes, caches it under the DiffID. So an archive
with a false DiffID cannot change how another image looks.
"""

from __future__ import annotations

from contextlib import ExitStack
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, cast
from weakref import WeakValueDictionary

from layertui.core.errors import Cancelled, Damaged, DigestMismatch, LayertuiError
from layertui.core.fs.reader import read_to_end
from layertui.core.language.texts import tr
from layertui.core.layers.cache.archive_layers import key_of_source
from layertui.core.layers.cache.layer_blob import BY_DIGEST, fetched, is_recorded, uncompressed
from layertui.core.progress import quiet
from layertui.core.streams.digest_reader import HashingReader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.layers.cache.cache_files import Cache
    from layertui.core.layers.cache.layer_blob import LayerBlob
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.oci.digest import DiffID, Digest
    from layertui.core.progress import Progress

_CHUNK = 1 << 22  # some milliseconds of hashing, during which other threads have the GIL


class LayerTables:
    """Tables of single layers; what is cached lies in ``cache``."""

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        # A table lives as long as a stack that uses it; older stacks are dropped for newer ones.
        self._tables: WeakValueDictionary[str, LayerTable] = WeakValueDictionary()
        self._proven: set[tuple[str, DiffID]] = set()
        self._lock = Lock()

    def key(self, blob: LayerBlob) -> str:
        """What a layer's table is kept under: where its bytes lie, or the DiffID once that is known to be true.

        Of a layer that goes by its digest wherever it is, as in a registry, a table that is there under the DiffID counts: another
        layer had these files, and this one is not brought for them. It is proven before one of its files is read.
        """
        source = blob.source
        if source is None or (source.startswith(BY_DIGEST) and self._cache.has_table(blob.diff_id)):
            return blob.diff_id
        return key_of_source(source)

    def in_memory(self, key: str) -> LayerTable | None:
        """The table under a key if something uses it now."""
        with self._lock:
            return self._tables.get(key)

    def table(self, blob: LayerBlob, key: str, progress: Progress | None = None) -> LayerTable:
        """The table under a key that was computed before: a stack computes each key once, since the file may change."""
        known = self.in_memory(key)
        if known is None:
            known = self._cache.table(key) or self._read(blob, key, progress or quiet())
            with self._lock:
                self._tables[key] = known
        return known

    def _read(self, blob: LayerBlob, key: str, progress: Progress) -> LayerTable:
        if key == blob.diff_id and blob.source is not None:  # a table of another layer, which is damaged
            made = self.verify(blob, progress, read=True)
            assert made is not None
            return made
        # Bytes from elsewhere are verified as they come: their digest is what the table is kept under.
        is_remote = blob.is_remote
        if is_remote and (listed := _listed(blob)) is not None:
            self._cache.keep_table(key, listed)
            return listed
        stored = fetched(blob, progress) if is_remote else blob.open_at()
        # What opens a stream reads its first bytes, which may fail already.
        with stored, uncompressed(blob, stored, progress) as tar:
            # Only now, while other threads fetch and decompress: it brings numpy.
            from layertui.core.layers.table.layer_tar import read_table

            table = read_table(tar, progress)
            if is_remote:
                read_to_end(tar)
                read_to_end(stored)  # what follows the compressed stream is part of the blob
        if blob.current_source() != blob.source:
            raise Damaged(tr("a layer was changed while it was read; try again"))
        self._cache.keep_table(key, table)
        return table

    def fetch(self, blob: LayerBlob, key: str, progress: Progress) -> None:
        """Have the bytes of a layer here, verified, before its files are read. Raises what reading it through raises."""
        if key == blob.diff_id and blob.source is not None and not self.is_proven(blob):
            progress.begin(tr("fetching and verifying layer {short}", short=blob.diff_id.short))
            self.verify(blob, progress)
        if blob.is_remote:
            progress.begin(tr("fetching layer {short}", short=blob.diff_id.short), blob.size)
            with fetched(blob, progress) as stored:
                while piece := stored.read(_CHUNK):
                    progress.advance(len(piece))

    def unproven(self, blobs: Sequence[LayerBlob]) -> list[LayerBlob]:
        """The layers not verified yet, largest first, so that no thread ends up alone with a large one."""
        waiting = [blob for blob in blobs if not self.is_proven(blob)]
        return sorted(waiting, key=lambda blob: blob.size, reverse=True)

    def is_proven(self, blob: LayerBlob) -> bool:
        """Whether these very bytes were verified, now or in an earlier run: other bytes would have another source."""
        source = blob.current_source()
        if source is None or (source, blob.diff_id) in self._proven:
            return True
        return self._cache.note(f"{source} {blob.diff_id}", "proven") is not None

    def verify(self, blob: LayerBlob, progress: Progress, *, read: bool = False) -> LayerTable | None:
        """Hash a layer; with ``read``, also make its table from the same bytes unless it is cached.

        Raises DigestMismatch.
        """
        key = self.key(blob)
        is_listed = blob.contents is not None  # then a table may be made of what the layer says of itself
        table = self.in_memory(key) or (self._cache.table(key) if read or is_listed else None)
        found, made = _digest_and_table(blob, progress, read=is_listed or (read and table is None))
        if found != blob.diff_id:
            raise DigestMismatch(
                tr("a layer's content is {found}, not its DiffID {diff_id}", found=found, diff_id=blob.diff_id)
            )
        if is_listed and made is not None:
            _check_listed(table, made)
            with self._lock:
                self._tables.pop(key, None)
            table = None
        table = table or made
        if table is not None:
            with self._lock:
                table = self._tables.setdefault(key, table)
        if made is not None:
            self._cache.keep_table(key, made)
        source = blob.current_source()
        if source is not None:
            self._proven.add((source, blob.diff_id))
            self._cache.keep_note(f"{source} {blob.diff_id}", "proven", b"")
        return table

    def promote(self, blobs: Sequence[LayerBlob]) -> None:
        """Cache tables that were read under a source also under the DiffID, which is verified now."""
        for blob in blobs:
            if blob.source is None or self._cache.has_table(blob.diff_id):
                continue
            key = self.key(blob)
            table = self.in_memory(key) or self._cache.table(key)
            if table is not None:
                self._cache.keep_table(blob.diff_id, table)
        if blobs:
            self._cache.trim()


def _listed(blob: LayerBlob) -> LayerTable | None:
    """The table that a layer's own table of contents says; None where it has none that can be used: then the layer is read."""
    toc = blob.contents
    try:
        return None if toc is None else toc.table()
    except Cancelled:
        raise
    except LayertuiError:  # whatever is wrong with it, or the registry knows no ranges
        if is_recorded(blob):
            raise  # there is nothing else to read
        return None


def _check_listed(listed: LayerTable | None, made: LayerTable) -> None:
    """Raise Damaged where a table of contents listed other paths than a layer has."""
    if listed is not None and listed.keys() != made.keys():
        raise Damaged(tr("a layer's table of contents does not list the files that are in the layer"))


def _digest_and_table(blob: LayerBlob, progress: Progress, *, read: bool) -> tuple[Digest, LayerTable | None]:
    """The digest of a layer's uncompressed tar; with ``read``, its table too."""
    # One buffer for all: allocating memory for each costs more than reading.
    chunk = memoryview(bytearray(min(_CHUNK, blob.size + 1)))
    table = None
    with ExitStack() as opened:
        stored = tar = opened.enter_context(fetched(blob, progress) if blob.is_remote else blob.open())
        # For an uncompressed layer the reader verifies the DiffID already.
        proves = getattr(stored, "digest", None) == blob.diff_id
        if not proves:
            tar = cast("BinaryIO", opened.enter_context(HashingReader(uncompressed(blob, stored, progress))))
        if read:
            from layertui.core.layers.table.layer_tar import read_table

            table = read_table(tar, progress)
        while count := tar.readinto(chunk):  # type: ignore[attr-defined]
            progress.advance(count)
        read_to_end(stored)  # what follows the compressed stream is part of the blob
        return blob.diff_id if proves else tar.sum.digest(), table  # type: ignore[attr-defined]
