"""The files of a catalog as DuckDB sees them: those of one state, to read; no others, and nothing can be written."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import duckdb
from fsspec import AbstractFileSystem

if TYPE_CHECKING:
    from collections.abc import Collection

    from layertui.core.catalog.storage.catalog_files import CatalogFiles

PREFIX = "layertui://"
"""What the path of a file begins with in a query; its name in the catalog follows."""
_CLASS = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Z]\w*: ")
_NEVER_CHANGED = datetime(2020, 1, 1, tzinfo=UTC)


def sorting_connection(
    files: CatalogFiles, names: Collection[str], spill: str, memory: str
) -> tuple[duckdb.DuckDBPyConnection, list[str]]:
    """A connection for queries of ours alone, which may sort more than fits in memory, and the paths of these files in it."""
    connection = duckdb.connect(config={"temp_directory": spill, "memory_limit": memory, "threads": 1})
    connection.register_filesystem(DuckdbFiles(files, names))
    return connection, [f"{PREFIX}{name}" for name in names]


def one_line(error: BaseException) -> str:
    """What DuckDB says of an error; where a file of ours could not be read, what that said, without the names of Python's classes."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    if "Traceback" in str(error):
        return _CLASS.sub("", lines[-1])[:300]
    return lines[0][:300]


class _SharedFile:
    """A file that several threads of DuckDB read: each seeks and then reads, and none may meet the place of another.

    It is closed when it is let go, as DuckDB does without closing it.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._place = threading.local()
        self._lock = threading.Lock()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Where this thread reads next."""
        if whence != 0:
            with self._lock:
                offset = self._file.seek(offset, whence)
        self._place.at = offset
        return offset

    def tell(self) -> int:
        """Where this thread is."""
        return int(getattr(self._place, "at", 0))

    def read(self, count: int = -1) -> bytes:
        """Bytes from where this thread is."""
        with self._lock:
            self._file.seek(self.tell())
            content = self._file.read(count)
        self._place.at = self.tell() + len(content)
        return content

    def close(self) -> None:
        """Close the file, also for others who read it at the same time."""
        self._file.close()

    def __del__(self) -> None:
        self.close()


class DuckdbFiles(AbstractFileSystem):  # type: ignore[misc]
    """A file system for `register_filesystem`."""

    protocol = "layertui"
    cachable = False

    def __init__(self, files: CatalogFiles, names: Collection[str]) -> None:
        """`names` are all that can be opened."""
        super().__init__()
        self._files, self._names = files, frozenset(names)
        self._sizes: dict[str, int] = {}

    def open(self, path: str, mode: str = "rb", **_: object) -> Any:
        """A file, not buffered: DuckDB reads by ranges. Raises PermissionError for one to write."""
        if mode != "rb":
            raise PermissionError(path)
        return _SharedFile(self._files.open(self._known(path)))

    def info(self, path: str, **_: object) -> dict[str, Any]:
        """Name and size of a file."""
        name = self._known(path)
        if name not in self._sizes:
            self._sizes[name] = self._files.size(name)
        return {"name": name, "size": self._sizes[name], "type": "file"}

    def modified(self, path: str) -> datetime:
        """The same always: a file never changes."""
        return _NEVER_CHANGED

    def exists(self, path: str, **_: object) -> bool:
        """Whether the state names it."""
        return self._name(path) in self._names

    def glob(self, path: str, **_: object) -> list[str]:
        """The file itself: patterns are not asked for."""
        return [self._known(path)]

    def ls(self, path: str, detail: bool = True, **_: object) -> list[Any]:  # noqa: FBT001, FBT002  (fsspec's own)
        """Nothing: callers know the names."""
        return []

    def _name(self, path: str) -> str:
        return str(self._strip_protocol(path)).lstrip("/")

    def _known(self, path: str) -> str:
        name = self._name(path)
        if name not in self._names:
            raise FileNotFoundError(name)
        return name
