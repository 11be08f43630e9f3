"""The table of each layer and the stack of each image: made once, several layers at a time, and cached on disk.

Reading does not wait for digests. Until the bytes of a layer are verified, its table is cached under its *source*
(device, inode, size, time, offset). Only `verify`, which hashes all bytes, caches it under the DiffID. So an archive
with a false DiffID cannot change how another image looks.
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import ExitStack
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar, cast
from weakref import WeakValueDictionary

from layertui.core.errors import Cancelled, Damaged, DigestMismatch, LayertuiError
from layertui.core.fs.reader import read_to_end
from layertui.core.layers.cache import table_prefetch
from layertui.core.layers.cache.archive_layers import key_of_source
from layertui.core.layers.cache.cache_files import Cache
from layertui.core.layers.cache.layer_sizes import sizes_of
from layertui.core.layers.cache.work_sharing import run_concurrently
from layertui.core.oci.digest import DiffID, Digest
from layertui.core.progress import Progress, quiet, unseen
from layertui.core.streams.compress import decompressed, sniff
from layertui.core.streams.digest_reader import HashingReader
from layertui.core.streams.seekable_blob import ReopeningReader
from layertui.core.streams.threaded_reader import ThreadedReader, decompressed_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from layertui.core.layers.stack.layer_counts import LayerCounts
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.timeline import LayerContent, StackLayer
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.layers.toc.layer_toc import LayerToc

_REMEMBERED = 8  # stacks
BY_DIGEST = "blob "
"""What a source begins with that is a digest of bytes that are verified when they come; the digest follows."""
_WORTH_A_THREAD = 1 << 20  # bytes as stored
_CHUNK = 1 << 22  # some milliseconds of hashing, during which other threads have the GIL

Found = TypeVar("Found")


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


class Catalog:
    """Tables and stacks of layers. ``folder`` is the cache between runs; None caches nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._cache = Cache(folder)
        # A table lives as long as a stack that uses it; older stacks are dropped for newer ones.
        self._tables: WeakValueDictionary[str, LayerTable] = WeakValueDictionary()
        self._stacks: OrderedDict[str, Stack] = OrderedDict()
        self._sums: dict[str, int] = {}
        self._proven: set[tuple[str, DiffID]] = set()
        self._lock = Lock()

    def table(self, blob: LayerBlob, progress: Progress | None = None) -> LayerTable:
        """The table of a layer: from memory, from the cache, or read.

        Raises Damaged, Truncated or UnsafePath for a layer that cannot be read.
        """
        return self._table(blob, self._key(blob), progress)

    def keep_tables(self, tables: Mapping[DiffID, LayerTable]) -> None:
        """Cache tables that were made while the layers' bytes were hashed: then these need not be read again."""
        for diff_id, table in tables.items():
            self._cache.keep_table(diff_id, table)
        self._cache.trim()

    def has_table(self, diff_id: DiffID) -> bool:
        """Whether a table is kept of the layer with this DiffID, from whichever image that was verified."""
        return self._cache.has_table(diff_id)

    def has_tables(self, blobs: Sequence[LayerBlob]) -> bool:
        """Whether the tables of all these layers are kept, so that `table` reads no layer."""
        return all(self._cache.has_table(self._key(blob)) for blob in blobs)

    def bytes_to_fetch(self, blobs: Sequence[LayerBlob]) -> int:
        """Bytes of the layers that would be fetched from another machine to list their files: remote, not cached, not listed."""
        remote = [blob for blob in blobs if blob.is_remote and blob.contents is None]
        return sum(blob.size for blob in remote if not self._cache.has_table(self._key(blob)))

    def proven_tables(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> None:
        """Sum every byte of some layers, and keep their tables under their DiffIDs. Raises as `table` and `verify` do."""
        self._proving(blobs, progress or quiet(), lambda them, unseen: [self.table(blob, unseen) for blob in them])

    def _table(self, blob: LayerBlob, key: str, progress: Progress | None = None) -> LayerTable:
        """The table under a key that was computed before: a stack computes each key once, since the file may change."""
        with self._lock:
            known = self._tables.get(key)
        if known is None:
            known = self._cache.table(key) or self._read(blob, key, progress or quiet())
            with self._lock:
                self._tables[key] = known
        return known

    def stack(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> Stack:
        """The stack of some layers, lowest first: from memory, from the cache, or built. Raises as `table` does."""
        keys = [self._key(blob) for blob in blobs]
        key = "\n".join(keys)
        with self._lock:
            known = self._stacks.get(key)
        if known is None:
            known = self._kept_stack(blobs, keys) or self._build_stack(blobs, keys, progress or quiet())
        with self._lock:
            self._stacks[key] = known
            self._stacks.move_to_end(key)
            if len(self._stacks) > _REMEMBERED:
                self._stacks.popitem(last=False)
        return known

    def counts(
        self, blobs: Sequence[LayerBlob], progress: Progress | None = None, *, proven: bool = False
    ) -> list[LayerCounts]:
        """The counts of each layer, lowest first; with ``proven``, all bytes are verified. Raises as `stack` and `verify` do."""
        progress = progress or quiet()
        return self._proving(blobs, progress, self._counted) if proven else self._counted(blobs, progress)

    def note(self, blobs: Sequence[LayerBlob], kind: str) -> bytes | None:
        """What `keep_note` has cached about the stack of some layers, or None."""
        return self._cache.note(self._stack_key(blobs), kind)

    def keep_note(self, blobs: Sequence[LayerBlob], kind: str, content: bytes) -> None:
        """Cache what is known about the stack of some layers."""
        self._cache.keep_note(self._stack_key(blobs), kind, content)

    def content_sizes(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> list[int]:
        """Bytes of each layer's regular files; a table that is not cached is not made for it.

        A second process takes a share of the layers where that is faster. Raises as a walk over headers does.
        """
        keys = [self._key(blob) for blob in blobs]
        with self._lock:
            sizes = {key: table.size for key in keys if (table := self._tables.get(key)) is not None}
            sizes |= {key: self._sums[key] for key in keys if key in self._sums}
        if any(key not in sizes for key in keys):
            sizes = dict(zip(keys, self._kept_sizes(blobs) or self._sizes(blobs, keys, sizes, progress), strict=True))
            with self._lock:
                self._sums |= sizes
        return [sizes[key] for key in keys]

    def known_sizes(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> list[int | None]:
        """The same as far as it is known without reading a layer that is on another machine; None for the others."""
        if not any(blob.is_remote for blob in blobs):
            return [*self.content_sizes(blobs, progress)]
        keys = [self._key(blob) for blob in blobs]
        # Asked first: a history without sizes does not need numpy.
        tables = [self._cache.table(key) if self._cache.has_table(key) else None for key in keys]
        return [None if table is None else table.size for table in tables]

    def _kept_sizes(self, blobs: Sequence[LayerBlob]) -> list[int] | None:
        kept = self._cache.note(self._stack_key(blobs), "sizes")
        found = [int(size) for size in kept.split()] if kept is not None else []
        return found if len(found) == len(blobs) else None

    def _sizes(
        self, blobs: Sequence[LayerBlob], keys: Sequence[str], known: Mapping[str, int], progress: Progress | None
    ) -> list[int]:
        """The sizes of some layers, in one cached note for all of them: an image may have a hundred layers."""
        sizes = dict(known)
        left: dict[str, LayerBlob] = {}
        for key, blob in zip(keys, blobs, strict=True):
            if key in sizes:
                continue
            # What must be read through is read once, for the table too; what was is not decompressed again.
            if blob.is_remote or (self._cache.has_table(key) and _is_compressed(blob)):
                sizes[key] = self._table(blob, key, progress).size
            else:
                left[key] = blob
        if left:
            sizes |= sizes_of(left, progress)
        found = [sizes[key] for key in keys]
        self._cache.keep_note(self._stack_key(blobs), "sizes", b" ".join(b"%d" % size for size in found))
        return found

    def is_same(self, one: LayerBlob, other: LayerBlob) -> bool:
        """Whether two layers are known to be equal: they have the same source, or the same DiffID, verified for both."""
        if self._key(one) == self._key(other):
            return True
        return one.diff_id == other.diff_id and self._is_proven(one) and self._is_proven(other)

    def verify(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> None:
        """Hash every byte of some layers. Raises DigestMismatch or Truncated for the first wrong one."""
        progress = progress or quiet()
        waiting = self._unproven(blobs)
        run_concurrently(partial(self._verify, progress=progress), waiting, lambda: None)
        self._promote(waiting)

    def proven_stack(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> Stack:
        """The stack of some layers, every byte verified. Raises as `stack` and `verify` do."""
        return self._proving(blobs, progress or quiet(), self.stack)

    def _proving(
        self,
        blobs: Sequence[LayerBlob],
        progress: Progress,
        look: Callable[[Sequence[LayerBlob], Progress], Found],
    ) -> Found:
        """The result of ``look``, after every byte was verified.

        Headers are read while another thread hashes; only compressed layers are read once for both.
        """
        waiting = self._unproven(blobs)
        plain, compressed_blobs = _by_compression(waiting)
        held: list[LayerTable | None] = []  # keeps the tables in memory until the stack is built
        run_concurrently(
            lambda blob: held.append(self._verify(blob, progress, read=True)), compressed_blobs, lambda: None
        )
        found = run_concurrently(partial(self._verify, progress=progress), plain, lambda: look(blobs, unseen(progress)))
        self._promote(waiting)
        return found

    def _counted(self, blobs: Sequence[LayerBlob], progress: Progress) -> list[LayerCounts]:
        """The counts of each layer, cached or computed."""
        from layertui.core.layers.stack.layer_counts import counts, pack, unpack

        key = self._stack_key(blobs)
        kept = self._cache.note(key, "counts")
        found = unpack(kept) if kept is not None else None
        if found is None or len(found) != len(blobs):
            found = counts(self.stack(blobs, progress))
            self._cache.keep_note(key, "counts", pack(found))
        return found

    def _kept_stack(self, blobs: Sequence[LayerBlob], keys: Sequence[str]) -> Stack | None:
        """The cached stack; its tables are loaded when they are first used."""
        tables = [partial(self._table, blob, key) for blob, key in zip(blobs, keys, strict=True)]
        return self._cache.stack("\n".join(keys), lambda: self._stack_layers(blobs, keys, tables))

    def _build_stack(self, blobs: Sequence[LayerBlob], keys: Sequence[str], progress: Progress) -> Stack:
        """Read the tables that are not cached, and build the stack."""
        held: list[LayerTable] = []
        # Decompression releases the GIL for the other thread; the walk over headers does not.
        by_key = dict(zip(keys, blobs, strict=True))
        plain, compressed_blobs = _by_compression(
            [blob for key, blob in by_key.items() if not self._cache.has_table(key)]
        )
        # The size of a compressed layer's content is known after it has been read.
        compressed_blobs.sort(key=lambda blob: -blob.size)  # so that no thread ends up alone with a large one
        progress.begin("reading layers", sum(blob.size for blob in plain) if plain and not compressed_blobs else None)
        run_concurrently(lambda blob: held.append(self.table(blob, progress)), compressed_blobs, lambda: None)
        tables = table_prefetch.tables(keys, lambda key: self._table(by_key[key], key, progress), progress)
        from layertui.core.layers.stack.stack import Stack  # late: it brings numpy

        stack = Stack.from_layers(self._stack_layers(blobs, keys, tables))
        self._cache.keep_stack("\n".join(keys), stack)
        self._cache.trim()
        # Loaded again from the cache: of a mapped file only the pages in use take memory.
        return self._kept_stack(blobs, keys) or stack

    def _key(self, blob: LayerBlob) -> str:
        """What a layer's table is kept under: where its bytes lie, or the DiffID once that is known to be true.

        Of a layer that goes by its digest wherever it is, as in a registry, a table that is there under the DiffID counts: another
        layer had these files, and this one is not brought for them. It is proven before one of its files is read.
        """
        source = blob.source
        if source is None or (source.startswith(BY_DIGEST) and self._cache.has_table(blob.diff_id)):
            return blob.diff_id
        return key_of_source(source)

    def _stack_key(self, blobs: Sequence[LayerBlob]) -> str:
        return "\n".join(map(self._key, blobs))

    def _bring(self, blob: LayerBlob, key: str, progress: Progress) -> None:
        """Have the bytes of a layer here, verified, before its files are read. Raises what reading it through raises."""
        if key == blob.diff_id and blob.source is not None and not self._is_proven(blob):
            progress.begin(f"fetching and verifying layer {blob.diff_id.short}")
            self._verify(blob, progress)
        if blob.is_remote:
            progress.begin(f"fetching layer {blob.diff_id.short}", blob.size)
            with _brought(blob, progress) as stored:
                while piece := stored.read(_CHUNK):
                    progress.advance(len(piece))

    def _stack_layers(
        self,
        blobs: Sequence[LayerBlob],
        keys: Sequence[str],
        tables: Sequence[LayerTable | Callable[[], LayerTable]],
    ) -> list[StackLayer]:
        from layertui.core.layers.cache.decompressed_cache import DecompressedCache
        from layertui.core.layers.stack.timeline import StackLayer
        from layertui.core.layers.table.layer_tar import TarballContent

        layers: list[StackLayer] = []
        for table, blob, key in zip(tables, blobs, keys, strict=True):
            cached = DecompressedCache(self._cache, key, partial(self._open_here, blob, key))
            tar = TarballContent(
                table, partial(self._open_tar, blob, key), partial(self._open_tar, blob, key, cached.reader)
            )
            content: LayerContent = tar
            if (toc := blob.contents) is not None:
                from layertui.core.layers.toc.listed_content import ListedContent

                content = ListedContent(table, toc, tar, partial(_is_remote, blob))
            # Files of a layer with a table of contents are fetched one by one.
            layers.append(StackLayer(table, content, partial(self._bring, blob, key) if toc is None else None))
        return layers

    def _open_here(self, blob: LayerBlob, key: str) -> BinaryIO:
        """A layer's uncompressed tar, to be read forward, for its files; its bytes are brought if they are not here."""
        self._bring(blob, key, quiet())
        return _open_uncompressed(blob)

    def _open_tar(self, blob: LayerBlob, key: str, compressed: Callable[[], BinaryIO] | None = None) -> BinaryIO:
        """The same, seekable; for a compressed one, what ``compressed`` gives, or one that goes back at a price."""
        self._bring(blob, key, quiet())
        stored = blob.open_at()
        head = stored.read(16)
        stored.seek(0)
        if sniff(head) == "none":
            return stored
        stored.close()
        return compressed() if compressed else cast("BinaryIO", ReopeningReader(partial(_open_uncompressed, blob)))

    def _unproven(self, blobs: Sequence[LayerBlob]) -> list[LayerBlob]:
        """The layers not verified yet, largest first, so that no thread ends up alone with a large one."""
        waiting = [blob for blob in blobs if not self._is_proven(blob)]
        return sorted(waiting, key=lambda blob: blob.size, reverse=True)

    def _is_proven(self, blob: LayerBlob) -> bool:
        """Whether these very bytes were verified, now or in an earlier run: other bytes would have another source."""
        source = blob.current_source()
        if source is None or (source, blob.diff_id) in self._proven:
            return True
        return self._cache.note(f"{source} {blob.diff_id}", "proven") is not None

    def _verify(self, blob: LayerBlob, progress: Progress, *, read: bool = False) -> LayerTable | None:
        """Hash a layer; with ``read``, also make its table from the same bytes unless it is cached."""
        key = self._key(blob)
        is_listed = blob.contents is not None  # then a table may be made of what the layer says of itself
        with self._lock:
            table = self._tables.get(key)
        table = table or (self._cache.table(key) if read or is_listed else None)
        found, made = _digest_and_table(blob, progress, read=is_listed or (read and table is None))
        if found != blob.diff_id:
            raise DigestMismatch(f"a layer's content is {found}, not its DiffID {blob.diff_id}")
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

    def _promote(self, blobs: Sequence[LayerBlob]) -> None:
        """Cache tables that were read under a source also under the DiffID, which is verified now."""
        for blob in blobs:
            if blob.source is None or self._cache.has_table(blob.diff_id):
                continue
            key = self._key(blob)
            with self._lock:
                table = self._tables.get(key)
            table = table or self._cache.table(key)
            if table is not None:
                self._cache.keep_table(blob.diff_id, table)
        if blobs:
            self._cache.trim()

    def _read(self, blob: LayerBlob, key: str, progress: Progress) -> LayerTable:
        if key == blob.diff_id and blob.source is not None:  # a table of another layer, which is damaged
            made = self._verify(blob, progress, read=True)
            assert made is not None
            return made
        # Bytes from elsewhere are verified as they come: their digest is what the table is kept under.
        is_remote = blob.is_remote
        if is_remote and (listed := _listed(blob)) is not None:
            self._cache.keep_table(key, listed)
            return listed
        stored = _brought(blob, progress) if is_remote else blob.open_at()
        # Only now, with the first bytes on their way: it brings numpy.
        from layertui.core.layers.table.layer_tar import read_table

        # What opens a stream reads its first bytes, which may fail already.
        with stored, _tar(blob, stored, progress) as tar:
            table = read_table(tar, progress)
            if is_remote:
                read_to_end(tar)
                read_to_end(stored)  # what follows the compressed stream is part of the blob
        if blob.current_source() != blob.source:
            raise Damaged("a layer was changed while it was read; try again")
        self._cache.keep_table(key, table)
        return table


def _is_remote(blob: LayerBlob) -> bool:
    return blob.is_remote


def _listed(blob: LayerBlob) -> LayerTable | None:
    """The table that a layer's own table of contents says; None where it has none that can be used: then the layer is read."""
    toc = blob.contents
    try:
        return None if toc is None else toc.table()
    except Cancelled:
        raise
    except LayertuiError:  # whatever is wrong with it, or the registry knows no ranges
        return None


def _check_listed(listed: LayerTable | None, made: LayerTable) -> None:
    """Raise Damaged where a table of contents listed other paths than a layer has."""
    if listed is not None and listed.keys() != made.keys():
        raise Damaged("a layer's table of contents does not list the files that are in the layer")


def _brought(blob: LayerBlob, progress: Progress) -> BinaryIO:
    """The bytes of a layer on another machine, verified at their end; they come on a thread of their own. Reads raise Cancelled."""
    stored = ThreadedReader(blob.open(), progress)
    stored.start()
    return cast("BinaryIO", stored)


def _tar(blob: LayerBlob, stored: BinaryIO, progress: Progress) -> BinaryIO:
    """The uncompressed tar, to be read in sequence; a large layer is decompressed beside the walk over it."""
    return decompressed(stored) if blob.size < _WORTH_A_THREAD else decompressed_ahead(stored, progress)


def _by_compression(blobs: Sequence[LayerBlob]) -> tuple[list[LayerBlob], list[LayerBlob]]:
    """The uncompressed layers, whose headers can be reached by seeking; and the compressed ones."""
    plain: list[LayerBlob] = []
    compressed_blobs: list[LayerBlob] = []
    for blob in blobs:
        if blob.is_remote:  # read through whatever it is
            compressed_blobs.append(blob)
            continue
        (compressed_blobs if _is_compressed(blob) else plain).append(blob)
    return plain, compressed_blobs


def _is_compressed(blob: LayerBlob) -> bool:
    with blob.open_at() as stored:
        return sniff(stored.read(16)) != "none"


def _digest_and_table(blob: LayerBlob, progress: Progress, *, read: bool) -> tuple[Digest, LayerTable | None]:
    """The digest of a layer's uncompressed tar; with ``read``, its table too."""
    # One buffer for all: allocating memory for each costs more than reading.
    chunk = memoryview(bytearray(min(_CHUNK, blob.size + 1)))
    table = None
    with ExitStack() as opened:
        stored = tar = opened.enter_context(_brought(blob, progress) if blob.is_remote else blob.open())
        # For an uncompressed layer the reader verifies the DiffID already.
        proves = getattr(stored, "digest", None) == blob.diff_id
        if not proves:
            tar = cast("BinaryIO", opened.enter_context(HashingReader(_tar(blob, stored, progress))))
        if read:
            from layertui.core.layers.table.layer_tar import read_table

            table = read_table(tar, progress)
        while count := tar.readinto(chunk):  # type: ignore[attr-defined]
            progress.advance(count)
        read_to_end(stored)  # what follows the compressed stream is part of the blob
        return blob.diff_id if proves else tar.sum.digest(), table  # type: ignore[attr-defined]


def _open_uncompressed(blob: LayerBlob) -> BinaryIO:
    """A layer's uncompressed tar, to be read in sequence; seekable if it is stored uncompressed."""
    return decompressed(blob.open_at())
