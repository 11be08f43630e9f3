"""The layers of a recorded image: their tables, sizes and digests are in the catalog, their bytes are not."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, NoReturn, Self

from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.core.layers.cache.layer_blob import RECORDED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from layertui.core.analysis.packages.layer_databases import LayerDatabases
    from layertui.core.catalog.questions.catalog_database import CatalogDatabase
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.oci.descriptor import Descriptor
    from layertui.core.oci.digest import ChainID, DiffID


class RecordedLayers:
    """The layers of one stack, as the BlobSource of an image. A blob is named by the DiffID: a catalog records no other digest.

    Rows are read once a table is asked for, those of all layers in one go: it takes a look at all of `files` either way.
    """

    def __init__(
        self,
        ask: Callable[[], AbstractContextManager[CatalogDatabase]],
        image: str,
        known_by: str,
        diff_ids: Sequence[DiffID],
        chain_ids: Sequence[ChainID],
        databases: Callable[[str], LayerDatabases | None],
    ) -> None:
        """`known_by` is another text for other files of the catalog; `image` says where the bytes are; `databases` is what is kept."""
        self._ask, self._image, self._known_by, self._databases = ask, image, known_by, databases
        self._diff_ids, self._chain_ids = [str(one) for one in diff_ids], [str(one) for one in chain_ids]
        self._tables: dict[str, LayerTable] = {}
        self._digests: Mapping[str, Mapping[bytes, bytes]] | None = None
        self._lock = Lock()

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """A layer, which raises NotFound once it is read: a catalog has no bytes of layers. NotFound for any other blob."""
        if str(descriptor.digest) not in self._diff_ids:
            self.refuse()
        return _NoBytes(self.source(str(descriptor.digest)), self._image)  # type: ignore[return-value]

    def is_remote(self, descriptor: Descriptor) -> bool:
        """They are elsewhere, always."""
        return True

    def contents(self, descriptor: Descriptor) -> RecordedLayer:
        """What is recorded of a layer, in the place of a table of contents that it carries."""
        return RecordedLayer(self, str(descriptor.digest))

    def source(self, diff_id: str) -> str:
        """What the table is kept under: it is right for stacks that begin with the same layers."""
        last = len(self._diff_ids) - self._diff_ids[::-1].index(diff_id)
        return f"{RECORDED}{self._known_by} {self._chain_ids[last - 1]} {diff_id}"

    def table(self, diff_id: str) -> LayerTable:
        """The table of a layer. Raises Damaged, UnsafePath, LimitExceeded, StorageError."""
        from layertui.core.catalog.engine.recorded_tables import recorded_tables

        with self._lock:
            if diff_id not in self._tables:
                with self._ask() as database:
                    self._tables = recorded_tables(database, self._chain_ids[-1], self._diff_ids)
            return self._tables.pop(diff_id)  # it is cached, and its user keeps it

    def digest(self, diff_id: str, key: bytes) -> bytes | None:
        """The sha256 of a file; None where the catalog has none."""
        from layertui.core.catalog.engine.recorded_tables import recorded_digests

        with self._lock:
            if self._digests is None:
                with self._ask() as database:
                    self._digests = recorded_digests(database, self._diff_ids)
            return self._digests.get(diff_id, {}).get(key)

    def databases(self, diff_id: str) -> LayerDatabases | None:
        """What is kept of the package databases in a layer; None where a catalog has none of it."""
        return self._databases(diff_id)

    def refuse(self) -> NoReturn:
        """Raise NotFound, with where the image is."""
        raise NotFound(no_bytes(self._image))


class RecordedLayer:
    """What is recorded of one layer; in the place of a LayerToc, see `layers/toc/layer_toc.py`."""

    def __init__(self, layers: RecordedLayers, diff_id: str) -> None:
        self._layers, self._diff_id = layers, diff_id

    def table(self) -> LayerTable:
        return self._layers.table(self._diff_id)

    def open(self, key: bytes) -> BinaryIO:
        """Raise NotFound: only the digest of a file is recorded."""
        self._layers.refuse()

    def databases(self) -> LayerDatabases | None:
        """What is kept of the package databases in it; None where the catalog has none of it."""
        return self._layers.databases(self._diff_id)

    def content_digest(self, key: bytes) -> bytes | None:
        """The sha256 of a file."""
        return self._layers.digest(self._diff_id, key)


class _NoBytes:
    """A blob that has a source, and cannot be read."""

    def __init__(self, source: str, image: str) -> None:
        self.source, self._image = source, image

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def close(self) -> None:
        """Nothing is open."""

    def __getattr__(self, name: str) -> Any:
        if name in ("read", "readinto", "readall", "seek", "tell"):
            raise NotFound(no_bytes(self._image))
        raise AttributeError(name)


def no_bytes(image: str) -> str:
    """Why a file of a recorded image cannot be read, and where it can be."""
    return tr("a catalog has no contents of files; the image is {image}", image=image)
