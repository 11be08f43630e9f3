"""Catalog: the tables and stacks of images' layers, made once, several layers at a time, and cached on disk."""

from __future__ import annotations

from collections import OrderedDict
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, TypeVar

from layertui.core.language.texts import tr
from layertui.core.layers.cache import table_prefetch
from layertui.core.layers.cache.cache_files import Cache
from layertui.core.layers.cache.layer_blob import by_compression, is_compressed, is_recorded
from layertui.core.layers.cache.layer_sizes import sizes_of
from layertui.core.layers.cache.layer_tables import LayerTables
from layertui.core.layers.cache.stack_contents import StackContents
from layertui.core.layers.cache.work_sharing import run_concurrently
from layertui.core.progress import Progress, quiet, unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from layertui.core.layers.cache.layer_blob import LayerBlob
    from layertui.core.layers.stack.layer_counts import LayerCounts
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.oci.digest import DiffID

_REMEMBERED = 8  # stacks

Found = TypeVar("Found")


class Catalog:
    """Tables and stacks of layers. ``folder`` is the cache between runs; None caches nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._cache = Cache(folder)
        self._layers = LayerTables(self._cache)
        self._contents = StackContents(self._cache, self._layers)
        self._stacks: OrderedDict[str, Stack] = OrderedDict()
        self._sums: dict[str, int] = {}
        self._lock = Lock()

    def table(self, blob: LayerBlob, progress: Progress | None = None) -> LayerTable:
        """The table of a layer: from memory, from the cache, or read.

        Raises Damaged, Truncated or UnsafePath for a layer that cannot be read.
        """
        return self._layers.table(blob, self._layers.key(blob), progress)

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
        return all(self._cache.has_table(self._layers.key(blob)) for blob in blobs)

    def content_key(self, blob: LayerBlob) -> str:
        """What is equal for layers that are known to have the same content: the DiffID if it is verified, else what the table is kept under."""
        return blob.diff_id if self._layers.is_proven(blob) else self._layers.key(blob)

    def bytes_to_fetch(self, blobs: Sequence[LayerBlob]) -> int:
        """Bytes of the layers that would be fetched from another machine to list their files: remote, not cached, not listed."""
        remote = [blob for blob in blobs if blob.is_remote and blob.contents is None]
        return sum(blob.size for blob in remote if not self._cache.has_table(self._layers.key(blob)))

    def proven_tables(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> None:
        """Sum every byte of some layers, and keep their tables under their DiffIDs. Raises as `table` and `verify` do."""
        self._proving(blobs, progress or quiet(), lambda them, unseen: [self.table(blob, unseen) for blob in them])

    def stack(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> Stack:
        """The stack of some layers, lowest first: from memory, from the cache, or built. Raises as `table` does."""
        keys = [self._layers.key(blob) for blob in blobs]
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
        keys = [self._layers.key(blob) for blob in blobs]
        with self._lock:
            sizes = {key: self._sums[key] for key in keys if key in self._sums}
        sizes |= {key: table.size for key in keys if (table := self._layers.in_memory(key)) is not None}
        if any(key not in sizes for key in keys):
            sizes = dict(zip(keys, self._kept_sizes(blobs) or self._sizes(blobs, keys, sizes, progress), strict=True))
            with self._lock:
                self._sums |= sizes
        return [sizes[key] for key in keys]

    def known_sizes(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> list[int | None]:
        """The same as far as it is known without reading a layer that is on another machine; None for the others."""
        if not any(blob.is_remote for blob in blobs):
            return [*self.content_sizes(blobs, progress)]
        keys = [self._layers.key(blob) for blob in blobs]
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
            if blob.is_remote or (self._cache.has_table(key) and is_compressed(blob)):
                sizes[key] = self._layers.table(blob, key, progress).size
            else:
                left[key] = blob
        if left:
            sizes |= sizes_of(left, progress)
        found = [sizes[key] for key in keys]
        self._cache.keep_note(self._stack_key(blobs), "sizes", b" ".join(b"%d" % size for size in found))
        return found

    def is_same(self, one: LayerBlob, other: LayerBlob) -> bool:
        """Whether two layers are known to be equal: they have the same source, or the same DiffID, verified for both.

        What a catalog recorded was verified before: an answer about it is what the catalog says.
        """
        if self._layers.key(one) == self._layers.key(other):
            return True
        return one.diff_id == other.diff_id and all(
            is_recorded(blob) or self._layers.is_proven(blob) for blob in (one, other)
        )

    def verify(self, blobs: Sequence[LayerBlob], progress: Progress | None = None) -> None:
        """Hash every byte of some layers. Raises DigestMismatch or Truncated for the first wrong one."""
        progress = progress or quiet()
        waiting = self._layers.unproven(blobs)
        run_concurrently(partial(self._layers.verify, progress=progress), waiting, lambda: None)
        self._layers.promote(waiting)

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
        waiting = self._layers.unproven(blobs)
        plain, compressed_blobs = by_compression(waiting)
        held: list[LayerTable | None] = []  # keeps the tables in memory until the stack is built
        run_concurrently(
            lambda blob: held.append(self._layers.verify(blob, progress, read=True)), compressed_blobs, lambda: None
        )
        found = run_concurrently(
            partial(self._layers.verify, progress=progress), plain, lambda: look(blobs, unseen(progress))
        )
        self._layers.promote(waiting)
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
        tables = [partial(self._layers.table, blob, key) for blob, key in zip(blobs, keys, strict=True)]
        return self._cache.stack("\n".join(keys), lambda: self._contents.layers(blobs, keys, tables))

    def _build_stack(self, blobs: Sequence[LayerBlob], keys: Sequence[str], progress: Progress) -> Stack:
        """Read the tables that are not cached, and build the stack."""
        held: list[LayerTable] = []
        # Decompression releases the GIL for the other thread; the walk over headers does not.
        by_key = dict(zip(keys, blobs, strict=True))
        plain, compressed_blobs = by_compression(
            [blob for key, blob in by_key.items() if not self._cache.has_table(key)]
        )
        # The size of a compressed layer's content is known after it has been read.
        compressed_blobs.sort(key=lambda blob: -blob.size)  # so that no thread ends up alone with a large one
        progress.begin(
            tr("reading layers"), sum(blob.size for blob in plain) if plain and not compressed_blobs else None
        )
        run_concurrently(lambda blob: held.append(self.table(blob, progress)), compressed_blobs, lambda: None)
        tables = table_prefetch.tables(keys, lambda key: self._layers.table(by_key[key], key, progress), progress)
        from layertui.core.layers.stack.stack import Stack  # late: it brings numpy

        stack = Stack.from_layers(self._contents.layers(blobs, keys, tables))
        self._cache.keep_stack("\n".join(keys), stack)
        self._cache.trim()
        # Loaded again from the cache: of a mapped file only the pages in use take memory.
        return self._kept_stack(blobs, keys) or stack

    def _stack_key(self, blobs: Sequence[LayerBlob]) -> str:
        return "\n".join(map(self._layers.key, blobs))
