"""Packages of Python: `METADATA` of dist-info, `PKG-INFO` of egg-info, and the files in `RECORD` and `installed-files.txt`.

The format is that of the packaging specifications "Recording installed projects" and "Core metadata".
"""

from __future__ import annotations

import csv
from itertools import islice
from typing import TYPE_CHECKING

from layertui.core.analysis.packages.formats.stanzas import check_finished, path_lines, stanzas
from layertui.core.analysis.packages.package import Package, RecordedPackage, key_lines
from layertui.core.errors import UnsafePath
from layertui.core.layers.table.path_keys import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.analysis.packages.package import Key

_WANTED = frozenset((b"name", b"version"))


def python_packages(content: bytes, path: str) -> Iterator[RecordedPackage]:
    """The package whose metadata this is: headers up to the first blank line, then its description. Raises Damaged after one without version."""
    for fields in islice(stanzas(content, _WANTED), 1):
        if fields.get(b"name"):
            yield RecordedPackage(Package("python", fields[b"name"], fields.get(b"version", ""), database=path))
            check_finished(content, "" if fields.get(b"version") else fields[b"name"])


def recorded_files(content: bytes, folder: bytes) -> bytes:
    """The files in RECORD, as CSV: path, digest, size; their keys as lines.

    Paths are absolute, or relative to the folder in which `folder`, of dist-info, lies; that is written as in a tar.
    """
    above = folder.rpartition(b"/")[0]
    paths = (_unquoted(line) if line[:1] == b'"' else line.partition(b",")[0] for line in path_lines(content))
    return key_lines(key for path in paths for key in _key(above, path))


def installed_files(content: bytes, folder: bytes) -> bytes:
    """The files in `installed-files.txt`, one a line, relative to the folder of egg-info; their keys as lines."""
    return key_lines(key for path in path_lines(content) for key in _key(folder, path))


def _unquoted(line: bytes) -> bytes:
    try:
        cells = next(csv.reader([line.decode("utf-8", "surrogateescape")]), [])
    except csv.Error:  # longer than any path
        return b""
    return cells[0].encode("utf-8", "surrogateescape") if cells else b""


def _key(folder: bytes, path: bytes) -> Iterator[Key]:
    if path:
        try:
            yield normalize(path if path[:1] == b"/" else folder + b"/" + path)
        except UnsafePath:  # it leads out of the image
            return
