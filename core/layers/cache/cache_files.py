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

_NOTES = (".sizes", ".counts", ".proven")
LIMIT = 1 << 30  # bytes of all files; those used longest ago go first


class Cache:
    """Tables, stacks and notes in one folder; with None for a folder it keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def table(self, key: str) -> LayerTable | None:
        """The table kept under ``key``."""
        from layertui.core.layers.table.layer_table import LayerTable

        path = self._used(key, "table")
        return None if path is None else LayerTable.load(path, of=key)

    def keep_table(self, key: str, table: LayerTable) -> None:
        with suppress(OSError, StorageError):
            if path := self._path(key, "table"):
                table.save(path, of=key)

    def has_table(self, key: str) -> bool:
        """Whether a table is kept under ``key``, without looking into it."""
        return self._used(key, "table") is not None

    def forget_table(self, key: str) -> None:
        """Keep a table no longer."""
        if self._folder is not None:
            self._name(self._folder, key, "table").unlink(missing_ok=True)

    def stack(self, key: str, layers: Callable[[], Sequence[StackLayer]]) -> Stack | None:
        """The stack kept under ``key``, over the layers that are given for it."""
        from layertui.core.layers.stack.stack import Stack

        path = self._used(key, "stack")
        return None if path is None else Stack.load(path, layers(), of=key)

    def keep_stack(self, key: str, stack: Stack) -> None:
        """Keep a stack, without its tables."""
        with suppress(OSError, StorageError):
            if path := self._path(key, "stack"):
                stack.save(path, of=key)

    def note(self, key: str, kind: str) -> bytes | None:
        """A few bytes kept under ``key``."""
        path = self._used(key, kind)
        return None if path is None else read_checked(path, LIMIT)

    def keep_note(self, key: str, kind: str, content: bytes) -> None:
        """Keep a few bytes."""
        with suppress(OSError, StorageError):
            if self._folder is not None:
                write_checked(self._name(self._folder, key, kind), content)

    def decompressed_file(self, key: str) -> Path | None:
        """Where what a compressed layer holds is kept, or is to be kept; its records are their own proof."""
        self._used(key, "spill")
        return self._path(key, "spill")

    def blob_file(self, key: str, kind: str) -> Path | None:
        """Where a blob that came from elsewhere is kept, or is to be kept; the time of one that is there is now."""
        self._used(key, kind)
        with suppress(OSError, StorageError):
            return self._path(key, kind)
        return None

    def trim(self) -> None:
        """Remove the files used longest ago until those left fit the limit."""
        if self._folder is None:
            return
        files: list[tuple[int, int, str]] = []
        # Another process may trim at the same time, or the folder be no folder.
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
        """The names of files that are not whole. Each would be made anew by its next reader."""
        from layertui.core.layers.table.columns import read_columns

        if self._folder is None or not self._folder.is_dir():
            return []
        found = []
        for path in sorted(self._folder.iterdir()):
            if path.suffix in (".table", ".stack"):
                whole = read_columns(path) is not None
            else:
                whole = path.suffix not in _NOTES or read_checked(path, LIMIT) is not None
            if not whole:
                found.append(path.name)
        return found

    def _path(self, key: str, kind: str) -> Path | None:
        """Where to write; the folder is made."""
        if self._folder is None:
            return None
        make_folder(self._folder, durable=False)
        return self._name(self._folder, key, kind)

    def _used(self, key: str, kind: str) -> Path | None:
        """A file that is there, noted as used now."""
        if self._folder is None:
            return None
        path = self._name(self._folder, key, kind)
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        except OSError:  # what cannot be written can still be read
            pass
        return path

    @staticmethod
    def _name(folder: Path, key: str, kind: str) -> Path:
        return folder / f"{digest_of(key.encode('utf-8', 'surrogateescape')).encoded}.{kind}"
