"""Finds the files of package databases among the rows of a stack, in all layers, by name alone: nothing is read for it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.packages.formats import (
    apk_packages,
    dpkg_packages,
    go_packages,
    java_packages,
    rpm_database,
)
from layertui.core.layers.table.columns import Column
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import NEVER
from layertui.core.layers.table.path_keys import normalize

if TYPE_CHECKING:
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.table.layer_table import LayerTable


class DatabaseFile(Enum):
    """What a file of a package database is. The first ones name packages, the others say which files these have."""

    DPKG_STATUS = 1
    APK_INSTALLED = 2
    RPM_SQLITE = 3
    RPM_NDB = 4
    RPM_BERKELEY = 5
    PYTHON_METADATA = 6
    NODE_MANIFEST = 7
    JAR = 8
    GO_EXECUTABLE = 9
    RPM_LOG = 10
    DPKG_LIST = 11
    DPKG_SUMS = 12
    PYTHON_RECORD = 13
    PYTHON_INSTALLED = 14
    DPKG_DIVERSIONS = 15


LISTS = frozenset(
    (
        DatabaseFile.RPM_LOG,
        DatabaseFile.DPKG_LIST,
        DatabaseFile.DPKG_SUMS,
        DatabaseFile.DPKG_DIVERSIONS,
        DatabaseFile.PYTHON_RECORD,
        DatabaseFile.PYTHON_INSTALLED,
    )
)

_SCOPE = ord("@")
_EXECUTABLE = 0o111


def database_rows(stack: Timeline, upto: int) -> dict[DatabaseFile, Column]:
    """The stack's rows of regular files that are part of a database, by what they are, of layers up to `upto`; int64, ascending."""
    found = dict.fromkeys(DatabaseFile, np.zeros(0, np.int64))
    for what, key in _FIXED:
        path_id = stack.find(key.replace(b"/", b"\0"))
        if path_id is not None:
            rows = np.arange(stack.start[path_id], stack.start[path_id + 1], dtype=np.int64)
            found[what] = np.concatenate([found[what], rows])
    found[DatabaseFile.DPKG_LIST] = _in_folder(stack, dpkg_packages.LIST_FOLDER, dpkg_packages.LIST)
    found[DatabaseFile.DPKG_SUMS] = _in_folder(stack, dpkg_packages.STATUS_FOLDER, dpkg_packages.SUMS)
    in_status = _in_folder(stack, dpkg_packages.STATUS_FOLDER, b"")
    alone = in_status[~np.isin(in_status, found[DatabaseFile.DPKG_SUMS])]
    found[DatabaseFile.DPKG_STATUS] = np.concatenate([found[DatabaseFile.DPKG_STATUS], alone])
    by_table = stack.rows_by_table()
    for number, layer in enumerate(stack.layers[:upto]):
        for what, rows in _by_name(layer.table).items():
            found[what] = np.concatenate([found[what], by_table[number][rows].astype(np.int64)])
    return {what: np.sort(_readable(stack, rows, upto)) for what, rows in found.items()}


_FIXED = (
    (DatabaseFile.DPKG_STATUS, dpkg_packages.STATUS),
    (DatabaseFile.DPKG_DIVERSIONS, dpkg_packages.DIVERSIONS),
    *((DatabaseFile.APK_INSTALLED, key) for key in apk_packages.INSTALLED),
    *((DatabaseFile.RPM_SQLITE, folder + b"/" + rpm_database.SQLITE) for folder in rpm_database.FOLDERS),
    *((DatabaseFile.RPM_LOG, folder + b"/" + rpm_database.LOG) for folder in rpm_database.FOLDERS),
    *((DatabaseFile.RPM_NDB, folder + b"/" + rpm_database.NDB) for folder in rpm_database.FOLDERS),
    *((DatabaseFile.RPM_BERKELEY, folder + b"/" + rpm_database.BERKELEY) for folder in rpm_database.FOLDERS),
)


def _readable(stack: Timeline, rows: Column, upto: int) -> Column:
    """Those rows that are files, and were visible for as long as one layer."""
    keep = (stack.kind[rows] == Kind.FILE) & (stack.born[rows] != NEVER) & (stack.born[rows] <= upto)
    readable: Column = rows[keep & (stack.size[rows] > 0)]
    return readable


def _in_folder(stack: Timeline, folder: bytes, suffix: bytes) -> Column:
    """The rows directly in a folder whose names end so."""
    path_id = stack.find(normalize(folder))
    if path_id is None:
        return np.zeros(0, np.int64)
    inside = np.arange(path_id + 1, int(stack.end[path_id]))
    children = inside[stack.depth[inside] == stack.depth[path_id] + 1]
    fitting = np.array([name.endswith(suffix) for name in stack.names(children)], bool)
    children = children[fitting] if len(children) else children
    counts = stack.start[children + 1] - stack.start[children]
    starts = np.repeat(stack.start[children] - np.cumsum(counts) + counts, counts)
    return starts.astype(np.int64) + np.arange(int(counts.sum()))


def _by_name(table: LayerTable) -> dict[DatabaseFile, Column]:
    """Rows of a layer's table that may be part of a database, by their names and those of the folders above."""
    names = _Names(table)
    parent = table.parent
    dist = names.among(names.ending(b".dist-info"))
    egg = names.among(names.ending(b".egg-info"))
    egg_folder = names.among(names.equal(b"EGG-INFO"))
    modules = names.among(names.equal(b"node_modules"))

    def below(rows: Column, folders: Column) -> Column:
        above = parent[rows]
        inside: Column = rows[(above >= 0) & folders[above]]
        return inside

    described = names.equal(b"PKG-INFO")
    egg_files = np.flatnonzero(egg & (table.kind == Kind.FILE))
    jars = np.concatenate([names.ending(suffix) for suffix in java_packages.SUFFIXES])
    large = table.size_of >= go_packages.SMALLEST
    programs = np.flatnonzero(large & ((table.mode & _EXECUTABLE) != 0) & (table.kind == Kind.FILE))
    return {
        DatabaseFile.PYTHON_METADATA: np.concatenate(
            [below(names.equal(b"METADATA"), dist), below(described, egg), below(described, egg_folder), egg_files]
        ),
        DatabaseFile.PYTHON_RECORD: below(names.equal(b"RECORD"), dist),
        DatabaseFile.PYTHON_INSTALLED: below(names.equal(b"installed-files.txt"), egg),
        DatabaseFile.NODE_MANIFEST: _in_modules(names, parent, modules),
        DatabaseFile.JAR: jars,
        DatabaseFile.GO_EXECUTABLE: programs,
    }


def _in_modules(names: _Names, parent: Column, modules: Column) -> Column:
    """The rows of `node_modules/NAME/package.json` and `node_modules/@SCOPE/NAME/package.json`."""
    rows = names.equal(b"package.json")
    above = parent[rows]
    rows, above = rows[above >= 0], above[above >= 0]
    folder = parent[above]
    rows, folder = rows[folder >= 0], folder[folder >= 0]
    scoped = names.first[folder] == _SCOPE
    higher = np.where(scoped, parent[folder], folder)
    found: Column = rows[(higher >= 0) & modules[higher]]
    return found


class _Names:
    """The last components of all paths of a table, searched by their ends without making a text of each."""

    def __init__(self, table: LayerTable) -> None:
        self._names = table.names
        self._ends = table.name_ends.astype(np.int64)
        self._lengths = np.diff(self._ends, prepend=np.int64(0))
        self._last = self._names[self._ends - 1] if len(self._ends) else self._names
        self.first = self._names[self._ends - self._lengths] if len(self._ends) else self._names

    def ending(self, suffix: bytes) -> Column:
        """The rows whose names end so, and are longer."""
        return self._matching(suffix, np.flatnonzero((self._last == suffix[-1]) & (self._lengths > len(suffix))))

    def equal(self, name: bytes) -> Column:
        """The rows with this name."""
        return self._matching(name, np.flatnonzero((self._last == name[-1]) & (self._lengths == len(name))))

    def among(self, rows: Column) -> Column:
        """For each row whether it is one of these."""
        mask = np.zeros(len(self._ends), bool)
        mask[rows] = True
        return mask

    def _matching(self, suffix: bytes, rows: Column) -> Column:
        for back, byte in enumerate(reversed(suffix[:-1]), 2):
            rows = rows[self._names[self._ends[rows] - back] == byte]
        return rows
