"""What the package databases of a stack hold: the packages with their lifetimes, and the lists of their files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from layertui.core.analysis.packages.database_reader import DatabaseReader
from layertui.core.analysis.packages.database_rows import LISTS, DatabaseFile
from layertui.core.analysis.packages.formats import (
    apk_packages,
    dpkg_packages,
    go_packages,
    java_packages,
    node_packages,
    python_packages,
    rpm_database,
)
from layertui.core.analysis.packages.lifetimes import Lifetimes
from layertui.core.bounds import bounds, exceeded
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.analysis.packages.package import RecordedPackage
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

_PARSERS: dict[DatabaseFile, Callable[[bytes, str], Iterator[RecordedPackage]]] = {
    DatabaseFile.DPKG_STATUS: dpkg_packages.dpkg_packages,
    DatabaseFile.APK_INSTALLED: apk_packages.apk_packages,
    DatabaseFile.RPM_SQLITE: rpm_database.sqlite_packages,
    DatabaseFile.RPM_NDB: rpm_database.ndb_packages,
    DatabaseFile.RPM_BERKELEY: rpm_database.berkeley_packages,
    DatabaseFile.PYTHON_METADATA: python_packages.python_packages,
    DatabaseFile.NODE_MANIFEST: node_packages.node_packages,
    DatabaseFile.JAR: java_packages.java_packages,
}


@dataclass(slots=True)
class DatabaseContents:
    """What the package databases of a stack hold, as far as they could be read."""

    lifetimes: Lifetimes
    lists: dict[int, bytes] = field(default_factory=dict)
    """The content of each file that lists the files of a package, by its row in the stack."""
    list_rows: dict[DatabaseFile, Column] = field(default_factory=dict)
    """The rows of these files in the stack; int64, ascending."""
    problems: list[str] = field(default_factory=list)
    may_pass: bool = False
    """Whether a problem may be gone the next time."""


def read_databases(stack: Timeline, rows: dict[DatabaseFile, Column], progress: Progress) -> DatabaseContents:
    """What is in these rows of a stack (int64), each a version of a database. Raises Cancelled."""
    return _Reading(stack, rows, progress).contents


def packages_in(
    reader: DatabaseReader, what: DatabaseFile, row: int, stream: BinaryIO, log: bytes = b""
) -> Iterator[RecordedPackage]:
    """The packages in one version of a database; of a large one what is kept of it. Raises Damaged, LimitExceeded."""
    path = reader.path(row)
    if what is DatabaseFile.GO_EXECUTABLE:
        return reader.kept(row) or go_packages.go_packages(stream, path)
    content = reader.content(row, stream)
    if what is DatabaseFile.RPM_SQLITE:
        content = rpm_database.with_log(content, log)
    return reader.kept(row) or _PARSERS[what](content, path)


class _Reading:
    """One pass over all files of databases, and before it one over the write-ahead logs, which are rare."""

    def __init__(self, stack: Timeline, rows: dict[DatabaseFile, Column], progress: Progress) -> None:
        self._stack = stack
        self._reader = DatabaseReader(stack, progress)
        self.contents = DatabaseContents(Lifetimes(bounds().packages), problems=self._reader.problems)
        self.contents.list_rows = {what: found for what, found in rows.items() if what in LISTS}
        self._left = bounds().package_database  # of lists, which are held until all is read
        self._logs: dict[int, bytes] = {}
        for row, stream in self._reader.each(rows[DatabaseFile.RPM_LOG]):
            self._logs.update(self._held(row, stream))
        kind_of = {row: what for what, found in rows.items() for row in found.tolist() if row not in self._logs}
        for row, stream in self._reader.each(np.fromiter(kind_of, np.int64, len(kind_of))):
            if kind_of[row] in LISTS:
                self.contents.lists.update(self._held(row, stream))
            else:
                self._add(row, kind_of[row], stream)
        self.contents.may_pass = self._reader.may_pass
        if self.contents.lifetimes.is_full:
            self.contents.problems.append(str(exceeded("packages", tr("the image has more packages"))))

    def _held(self, row: int, stream: BinaryIO) -> list[tuple[int, bytes]]:
        """The row and its content, if there is room for it."""
        self._left -= int(self._stack.size[row])
        if self._left < 0:
            self._reader.say(row, str(exceeded("package_database", tr("the lists of files have more bytes together"))))
            return []
        return self._reader.guarded(row, lambda: [(row, self._reader.content(row, stream))])

    def _add(self, row: int, what: DatabaseFile, stream: BinaryIO) -> None:
        """One version of a database."""
        stack = self._stack
        path_id, born = int(stack.path_id[row]), int(stack.born[row])

        def records() -> Iterator[RecordedPackage]:
            log = self._log_of(path_id, born) if what is DatabaseFile.RPM_SQLITE else b""
            return packages_in(self._reader, what, row, stream, log)

        found = self._reader.guarded(row, records, bounds().packages + 1)
        self.contents.lifetimes.add(path_id, born, int(stack.gone[row]), found)

    def _log_of(self, path_id: int, layer: int) -> bytes:
        """The write-ahead log beside a database as of a layer."""
        folder = self._stack.parent[path_id]
        for row, log in self._logs.items():
            if self._stack.parent[self._stack.path_id[row]] == folder and (
                self._stack.born[row] <= layer < self._stack.gone[row]
            ):
                return log
        return b""
