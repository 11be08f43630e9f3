"""The files that some layers store as one flat list, the largest first; each content counts once, whatever number of names it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.analysis.stack_paths import paths_of

if TYPE_CHECKING:
    from layertui.core.analysis.stored_files import StoredFiles
    from layertui.core.layers.table.columns import Column


class SizedFile(NamedTuple):
    """One file that a layer stores."""

    path: str
    size: int
    layer: int
    """The layer that stores it."""
    hidden_by: int
    """The layer that hides it; 0 if it is visible."""


class FilesBySize:
    """The copies of `StoredFiles`, by size; a row is made when it is asked for, as there may be a million."""

    def __init__(self, stored: StoredFiles, order: Column | None = None) -> None:
        """``order``: indexes into ``stored``, int64; None for all copies, the largest first, at equal sizes in tree order."""
        self.stored = stored
        self.order: Column = np.argsort(-stored.bytes, kind="stable") if order is None else order

    def __len__(self) -> int:
        return len(self.order)

    @property
    def bytes(self) -> int:
        """Bytes of all rows together."""
        return int(self.stored.bytes[self.order].sum(dtype=np.int64))

    def rows(self, start: int, stop: int) -> list[SizedFile]:
        """The rows from ``start`` up to ``stop``, fewer at the end."""
        at, stored = self.order[start:stop], self.stored
        columns = (stored.bytes[at].tolist(), stored.layer[at].tolist(), stored.hidden_by[at].tolist())
        return [SizedFile(*row) for row in zip(self.paths(start, stop), *columns, strict=True)]

    def paths(self, start: int, stop: int) -> list[str]:
        """The paths of these rows."""
        return paths_of(self.stored.stack, self.stored.path_ids[self.order[start:stop]])

    def visible(self) -> FilesBySize:
        """Only the rows that the top view shows."""
        return self.only(~self.stored.hidden[self.order])

    def only(self, which: Column) -> FilesBySize:
        """Only some rows: ``which`` has a bool for each."""
        return FilesBySize(self.stored, self.order[which])
