"""The cache files of the catalog; all of them can be made again.

Each is named by the digest of its key and has a checksum. A reader gets None for a damaged file and makes it again. A
cache that cannot be written makes layertui slower and is never an error.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from layertui.core.errors import StorageError
from layertui.core.fs.atomic import make_folder
from layertui.core.fs.checksummed_file import read_checked, write_checked
from layertui.core.oci.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.timeline import StackLayer
    from layertui.core.layers.table.layer_table import LayerTable

_NOTES = (".sizes", ".counts", ".proven", ".documents", ".digests", ".packages", ".sent")
LIMIT = 1 << 30  # bytes of all files; the least recently used are removed first


class Cache:
    """Tables, stacks and notes in one folder; without a folder nothing is cached."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def table(self, key: str) -> LayerTable | None:
        """The table cached under ``key``, or None."""
        from layertui.core.layers.table.layer_table import LayerTable

        path = self._used(key, "table")
        return None if path is None else LayerTable.load(path, of=key)

    def keep_table(self, key: str, table: LayerTable) -> None:
        with suppress(OSError, StorageError):
            if path := self._path(key, "table"):
                table.save(path, of=key)

    def has_table(self, key: str) -> bool:
        """Whether a table is cached under ``key``, without reading it."""
        return self._used(key, "table") is not None

    def forget_table(self, key: str) -> None:
        """Delete a table from the cache, if it is there: it was damaged."""
        if self._folder is not None:
            self._name(self._folder, key, "table").unlink(missing_ok=True)

    def stack(self, key: str, layers: Callable[[], Sequence[StackLayer]]) -> Stack | None:
        """The stack cached under ``key``, over the layers that ``layers`` returns, or None."""
        from layertui.core.layers.stack.stack import Stack

        path = self._used(key, "stack")
        return None if path is None else Stack.load(path, layers(), of=key)

    def keep_stack(self, key: str, stack: Stack) -> None:
        """Cache a stack, without its tables."""
        with suppress(OSError, StorageError):
            if path := self._path(key, "stack"):
                stack.save(path, of=key)

    def note(self, key: str, kind: str) -> bytes | None:
        """A few bytes cached under ``key``, or None."""
        path = self._used(key, kind)
        return None if path is None else read_checked(path, LIMIT)

    def keep_note(self, key: str, kind: str, content: bytes) -> None:
        """Cache a few bytes."""
        with suppress(OSError, StorageError):
            if self._folder is not None:
                write_checked(self._name(self._folder, key, kind), content)

    def decompressed_file(self, key: str) -> Path | None:
        """The path for the decompressed content of a layer, whether it exists or not; each of its records has a checksum."""
        self._used(key, "spill")
        return self._path(key, "spill")

    def blob_file(self, key: str, kind: str) -> Path | None:
        """Where a blob that came from elsewhere is kept, or is to be kept; the time of one that is there is now."""
        self._used(key, kind)
        with suppress(OSError, StorageError):
            return self._path(key, kind)
        return None

    def trim(self) -> None:
        """Remove the least recently used files until the others fit the limit."""
        if self._folder is None:
            return
        files: list[tuple[int, int, str]] = []
        # Another process may trim at the same time, or the path may not be a folder.
        with suppress(OSError), os.scandir(self._folder) as items:
            files.extend((item.stat().st_mtime_ns, item.stat().st_size, item.path) for item in items)
        total = sum(size for _, size, _ in files)
        for _, size, path in sorted(files):
            if total <= LIMIT:
                return
            total -= size
            with suppress(OSError):
                os.unlink(path)

    def damaged(self) -> list[str]:
        """The names of damaged files. Their next reader makes each again."""
        from layertui.core.layers.table.columns_checksum import is_whole_file

        if self._folder is None or not self._folder.is_dir():
            return []
        found = []
        for path in sorted(self._folder.iterdir()):
            if path.suffix in (".table", ".stack"):
                whole = is_whole_file(path)
            else:
                whole = path.suffix not in _NOTES or read_checked(path, LIMIT) is not None
            if not whole:
                found.append(path.name)
        return found

    def _path(self, key: str, kind: str) -> Path | None:
        """The path to write to; the folder is made."""
        if self._folder is None:
            return None
        make_folder(self._folder, durable=False)
        return self._name(self._folder, key, kind)

    def _used(self, key: str, kind: str) -> Path | None:
        """The path of an existing file, whose time of use is set to now."""
        if self._folder is None:
            return None
        path = self._name(self._folder, key, kind)
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        except OSError:  # a read-only file can still be read
            pass
        return path

    @staticmethod
    def _name(folder: Path, key: str, kind: str) -> Path:
        return folder / f"{digest_of(key.encode('utf-8', 'surrogateescape')).encoded}.{kind}"
