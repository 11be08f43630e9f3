"""record: files that were written become part of a catalog, whichever processes record others at the same time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.catalog.storage.catalog_state import (
    TABLES,
    CatalogState,
    StoredFile,
    read_state,
    remove_unnamed,
    write_state,
)
from layertui.core.catalog.storage.merge_files import merged_files
from layertui.core.errors import Conflict
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layertui.core.catalog.storage.catalog_files import CatalogFiles
    from layertui.core.progress import Progress

TRIES = 10
"""How often the next state is tried to be made, where other processes record something at the same time."""


def compact(files: CatalogFiles, progress: Progress) -> tuple[int, int]:
    """Merge all small files of a catalog, and remove what no state names: files before and after."""
    files.require_ours()
    state = read_state(files)
    before = sum(len(state.of(table)) for table in TABLES)
    added, removed = merged_files(files, state, progress, least=1)
    state = record(files, added, removed)
    remove_unnamed(files, state)
    return before, sum(len(state.of(table)) for table in TABLES)


def record(files: CatalogFiles, added: Mapping[str, Sequence[StoredFile]], removed: set[str]) -> CatalogState:
    """Make the next state, from whichever is the newest: other processes may add at the same time. Raises Conflict."""
    for _ in range(TRIES):
        state = read_state(files)
        there = {file.name for table in TABLES for file in state.of(table)}
        if removed - there:  # another process has merged them
            added, removed = {}, set()
        if not any(added.values()) and not removed:
            return state
        try:
            following = state.changed(added, removed)
            write_state(files, following)
            return following
        except Conflict:
            continue
    raise too_many(files)


def too_many(files: CatalogFiles) -> Conflict:
    """The error where the state was never the newest, in all of `TRIES`."""
    return Conflict(
        tr("{place}: other processes are adding to this catalog all the time; try again", place=files.place)
    )
