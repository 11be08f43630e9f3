"""ListedContent: files of a layer that has a table of contents: a few by their own ranges, many from the layer itself."""

from __future__ import annotations

import io
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol, runtime_checkable

from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.core.layers.table.layer_tar import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.layers.table.entry import Entry
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.layers.table.layer_tar import TarballContent
    from layertui.core.layers.toc.layer_toc import LayerToc

_FEW = 16  # files; for more, the layer is brought


@runtime_checkable
class Recorded(Protocol):
    """What a table of contents has that is not the layer's own, but a catalog's."""

    def databases(self) -> Any:
        """What the package databases in the layer say, a `LayerDatabases` of `core/analysis/packages`; None where that is not kept."""
        ...

    def content_digest(self, key: bytes) -> bytes | None:
        """The sha256 of a file's content; None where it is not recorded."""
        ...


class ListedContent:
    """See LayerContent in `stack/timeline.py`."""

    def __init__(
        self,
        table: LayerTable | Callable[[], LayerTable],
        toc: LayerToc,
        tar: TarballContent,
        is_remote: Callable[[], bool],
    ) -> None:
        self._table, self._toc, self._tar, self._is_remote = table, toc, tar, is_remote
        self._opened = 0
        self._rows: dict[bytes, int] | None = None
        self._whole: LayerTable | None = None
        self._lock = Lock()

    def databases(self) -> Any:
        """What is known of the package databases in it, as in a catalog; None where they are to be read."""
        return self._toc.databases() if isinstance(self._toc, Recorded) else None

    def digest(self, row: int) -> bytes | None:
        """The sha256 of a file where it is known beside the layer, as in a catalog; None where the file has to be read."""
        if not isinstance(self._toc, Recorded):
            return None
        table = self._table() if callable(self._table) else self._table
        inode = int(table.target[row])
        return self._toc.content_digest(table.key(row if inode < 0 else inode))

    def open(self, entry: Entry) -> BinaryIO:
        """The content of a regular file, seekable. Raises Damaged where the layer has no such file."""
        table = self._table() if callable(self._table) else self._table
        if int(table.body[entry.row]) >= 0:
            return self._tar.open(entry)
        if not entry.size:
            return io.BytesIO()
        inode = int(table.target[entry.row])  # of a hard link
        key = table.key(entry.row if inode < 0 else inode)
        with self._lock:
            self._opened += 1
            by_range = self._opened <= _FEW and self._is_remote()
        found = self._toc.open(key) if by_range else None
        return self._of_tar(key) if found is None else found

    def _of_tar(self, key: bytes) -> BinaryIO:
        """The file in the layer as it is, whose own table says where."""
        with self._lock:
            if self._whole is None or self._rows is None:
                with self._tar.open_tar() as tar:
                    self._whole = read_table(tar)
                self._rows = {one: row for row, one in enumerate(self._whole.keys())}
        row = self._rows.get(key)
        if row is None:
            raise NotFound(
                tr("the layer has no file {replace}", replace=key.replace(bytes(1), b"/").decode(errors="replace"))
            )
        return self._tar.by(self._whole).open(self._whole.entry(row))
