"""The rows of a layer table that have a name or a path: by array operations on all names, and one by one only where these do not decide."""

from __future__ import annotations

import re
from itertools import compress, islice
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.search.path_lines import has_line_ends, path_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.search.globs import Glob
    from layertui.core.analysis.search.linear_regex import LinearRegex
    from layertui.core.layers.table.columns import Column
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.progress import Progress

_FEW = 16  # up to one row in this many, a path is made by going up from it, and not of those of all rows before it
_STEP = 1 << 14  # names or paths between two looks whether the search was cancelled


def rows_named(table: LayerTable, glob: Glob, progress: Progress) -> Column:
    """The rows, ascending, whose last component a glob matches."""
    ends = table.name_ends.astype(np.int64)
    starts = np.concatenate([[0], ends[:-1]])[: len(ends)]
    names = table.names
    if glob.ignore_case:
        names = np.frombuffer(names.tobytes().lower(), np.uint8)
    if glob.is_literal:
        rows = np.flatnonzero(ends - starts == len(glob.prefix))
        return _with_text_at(names, rows, starts, glob.prefix)
    rows = np.flatnonzero(ends - starts >= len(glob.prefix) + len(glob.suffix))
    rows = _with_text_at(names, rows, starts, glob.prefix)
    rows = _with_text_at(names, rows, ends - len(glob.suffix), glob.suffix)
    if glob.is_ends:
        return rows
    if not glob.prefix and not glob.suffix and glob.longest:
        rows = _containing(names.tobytes(), ends, glob.longest)
        if glob.is_longest:
            return rows
    match = glob.expression.match
    decoded = (name.decode("utf-8", "surrogateescape") for name in table.names_of(rows))
    return _fitting(rows, (match(name) is not None for name in _counted(decoded, progress)))


def rows_with_path(table: LayerTable, rows: Column, glob: Glob, progress: Progress) -> Column:
    """Those of some rows whose whole path a glob matches."""
    # What follows the last slash is the end of the name, or all of it.
    _, slash, name = glob.suffix.rpartition(b"/")
    if name and not glob.ignore_case:
        ends = table.name_ends.astype(np.int64)
        sizes = np.diff(ends, prepend=0)[rows]
        rows = rows[(sizes == len(name)) if slash else (sizes >= len(name))]
        rows = _with_text_at(table.names, rows, ends - len(name), name)
    match = glob.expression.match
    decoded = (path.decode("utf-8", "surrogateescape") for path in _paths(table, rows))
    return _fitting(rows, (match(path) is not None for path in _counted(decoded, progress)))


def rows_with_regex(table: LayerTable, rows: Column, regex: LinearRegex, progress: Progress) -> Column:
    """Those of some rows in whose path a regular expression is found."""
    found: list[int] = []
    if len(rows) * _FEW >= len(table) and regex.is_of_lines and not has_line_ends(table):
        for first, text in path_lines(table):
            progress.advance(0)
            found += [first + line for line in regex.lines_found(text)]
        return np.intersect1d(rows, np.array(found, np.int64), assume_unique=True)
    paths = _paths(table, rows)
    for start in range(0, len(rows), _STEP):
        progress.advance(0)
        found += [start + at for at in regex.found_in(list(islice(paths, _STEP)))]
    return rows[np.array(found, np.int64)]


def _paths(table: LayerTable, rows: Column) -> Iterator[bytes]:
    """The absolute paths of some rows, made one at a time: those of a deep tree take more memory than all columns."""
    if len(rows) * _FEW < len(table):
        return (b"/" + table.key(row).replace(b"\0", b"/") for row in rows.tolist())
    wanted = np.zeros(len(table), bool)
    wanted[rows] = True
    return compress(_all_paths(table), wanted.tolist())


def _all_paths(table: LayerTable) -> Iterator[bytes]:
    """The absolute paths of all rows, in order."""
    folder = [b"/"] * (int(table.depth.max(initial=0)) + 2)  # by depth: what the path of a row begins with
    for name, depth in zip(table.names_of(np.arange(len(table))), table.depth.tolist(), strict=True):
        path = folder[depth] + name
        folder[depth + 1] = path + b"/"
        yield path


def _fitting(rows: Column, fits: Iterator[bool]) -> Column:
    kept: Column = rows[np.fromiter(fits, bool, len(rows))]
    return kept


def _with_text_at(names: Column, rows: Column, at: Column, text: bytes) -> Column:
    """Those of some rows that have a text at an offset in ``names``, which is given for each row of the table."""
    for index, byte in enumerate(text):
        rows = rows[names[at[rows] + index] == byte]
    return rows


def _containing(names: bytes, ends: Column, text: bytes) -> Column:
    """The rows whose names contain a text."""
    hits = re.finditer(re.escape(text), names)
    at = np.fromiter((hit.start() for hit in hits), np.int64)
    rows = np.searchsorted(ends, at, "right")
    inside = at + len(text) <= ends[rows]
    found = [rows[inside]]
    for across in at[~inside].tolist():
        # A hit that goes from one name into the next may overlap with one that does not.
        again = names.find(text, across + 1, across + 2 * len(text) - 1)
        while again >= 0:
            row = int(np.searchsorted(ends, again, "right"))
            if again + len(text) <= ends[row]:
                found.append(np.array([row]))
            again = names.find(text, again + 1, across + 2 * len(text) - 1)
    return np.unique(np.concatenate(found))


def _counted(texts: Iterator[str], progress: Progress) -> Iterator[str]:
    """The same, with a look now and then whether the search was cancelled."""
    for at, text in enumerate(texts):
        if at % _STEP == 0:
            progress.advance(0)
        yield text
