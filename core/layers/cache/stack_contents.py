"""StackContents: the layers of a stack with the bytes behind their tables, decompressed or fetched only when a file is read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.layers.cache.layer_blob import open_uncompressed
from layertui.core.progress import quiet
from layertui.core.streams.compress import sniff
from layertui.core.streams.seekable_blob import ReopeningReader

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.layers.cache.cache_files import Cache
    from layertui.core.layers.cache.layer_blob import LayerBlob
    from layertui.core.layers.cache.layer_tables import LayerTables
    from layertui.core.layers.stack.timeline import LayerContent, StackLayer
    from layertui.core.layers.table.layer_table import LayerTable


class StackContents:
    """Opens the layers of stacks; what is decompressed is kept in ``cache``."""

    def __init__(self, cache: Cache, tables: LayerTables) -> None:
        self._cache, self._tables = cache, tables

    def layers(
        self,
        blobs: Sequence[LayerBlob],
        keys: Sequence[str],
        tables: Sequence[LayerTable | Callable[[], LayerTable]],
    ) -> list[StackLayer]:
        """The layers of a stack, lowest first: each table, or what loads it, with the layer's blob and its key."""
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
            layers.append(StackLayer(table, content, partial(self._tables.fetch, blob, key) if toc is None else None))
        return layers

    def _open_here(self, blob: LayerBlob, key: str) -> BinaryIO:
        """A layer's uncompressed tar, to be read forward, for its files; its bytes are brought if they are not here."""
        self._tables.fetch(blob, key, quiet())
        return open_uncompressed(blob)

    def _open_tar(self, blob: LayerBlob, key: str, compressed: Callable[[], BinaryIO] | None = None) -> BinaryIO:
        """The same, seekable; for a compressed one, what ``compressed`` gives, or one that goes back at a price."""
        self._tables.fetch(blob, key, quiet())
        stored = blob.open_at()
        head = stored.read(16)
        stored.seek(0)
        if sniff(head) == "none":
            return stored
        stored.close()
        return compressed() if compressed else cast("BinaryIO", ReopeningReader(partial(open_uncompressed, blob)))


def _is_remote(blob: LayerBlob) -> bool:
    return blob.is_remote
