"""Reads the package databases of one layer, once for all images that have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.packages.database_contents import packages_in
from layertui.core.analysis.packages.database_reader import DatabaseReader
from layertui.core.analysis.packages.database_rows import database_rows
from layertui.core.analysis.packages.layer_databases import DatabaseNote, LayerDatabases
from layertui.core.bounds import bounds
from layertui.core.errors import Cancelled, Damaged, LayertuiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from layertui.core.analysis.packages.package import Key, RecordedPackage
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.progress import Progress

_MOST = 64 << 20  # bytes of contents that are kept of a layer: the rest is read again where it is needed
_LARGE = ("JAR", "GO_EXECUTABLE")


def read_layer_databases(stack: Timeline, progress: Progress) -> LayerDatabases:
    """Read the databases of a layer, given as a stack of this layer alone. What cannot be read is left out. Raises Cancelled."""
    kinds = {row: what for what, rows in database_rows(stack, 1).items() for row in rows.tolist()}
    reader = DatabaseReader(stack, progress)
    notes: dict[Key, DatabaseNote] = {}
    left = _MOST
    for row, stream in reader.each(np.fromiter(kinds, np.int64, len(kinds))):
        key, size = stack.key(int(stack.path_id[row])), int(stack.size[row])
        if kinds[row].name in _LARGE:
            found = _noted(size, lambda: packages_in(reader, kinds[row], row, stream))  # noqa: B023  (called at once)
            if found is not None:
                notes[key] = found
        elif size <= left:
            for content in reader.guarded(row, lambda: [reader.content(row, stream)]):  # noqa: B023
                if len(content) == size:
                    notes[key] = DatabaseNote(size, content)
                    left -= size
    return LayerDatabases(notes)


def _noted(size: int, records: Callable[[], Iterable[RecordedPackage]]) -> DatabaseNote | None:
    """The packages of a file, up to its first damage; None where reading it again may give others."""
    found: list[RecordedPackage] = []
    problem = ""
    try:
        for one in records():
            if len(found) > bounds().packages:
                return None
            found.append(one)
    except Cancelled:
        raise
    except Damaged as error:
        problem = str(error)
    except (LayertuiError, OSError):
        return None
    return DatabaseNote(size, None, tuple(found), problem)
