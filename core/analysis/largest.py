"""The largest files that a stack shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.stack_paths import paths_of

if TYPE_CHECKING:
    from layertui.core.analysis.stored_files import StoredFiles


@dataclass(frozen=True, slots=True)
class LargeFile:
    """One visible file, and the layer that stores it."""

    path: str
    size: int
    layer: int


def largest_files(stored: StoredFiles, most: int) -> list[LargeFile]:
    """The ``most`` largest visible files, the largest first; an inode counts once; at equal sizes in tree order."""
    shown = np.flatnonzero(~stored.hidden)
    sizes = stored.bytes[shown]
    if len(shown) > most:  # to sort them all would take longer than everything else
        least = np.partition(sizes, len(sizes) - most)[len(sizes) - most]
        shown = shown[sizes >= least]
    shown = shown[np.argsort(-stored.bytes[shown], kind="stable")][:most]
    paths = paths_of(stored.stack, stored.path_ids[shown])
    columns = (stored.bytes[shown].tolist(), stored.layer[shown].tolist())
    return [LargeFile(*row) for row in zip(paths, *columns, strict=True)]
