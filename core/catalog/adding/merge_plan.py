"""MergePlan: which small files of a catalog are merged into larger ones while more are added, and what is left for the end."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from layertui.core.catalog.adding.record_files import record
from layertui.core.catalog.storage.catalog_state import TABLES, read_state, remove_unnamed
from layertui.core.catalog.storage.merge_files import MOST_SMALL, due_files, merged_files, small_files
from layertui.core.catalog.tasks.task_values import CatalogTask, TaskResult
from layertui.core.errors import Cancelled
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.catalog.storage.catalog_files import CatalogFiles
    from layertui.core.catalog.storage.catalog_state import CatalogState, StoredFile
    from layertui.core.progress import Progress


class MergePlan:
    """The merges of one run of `add_images`, as tasks for its workers."""

    def __init__(self, files: CatalogFiles) -> None:
        self._files = files
        self.queue: deque[CatalogTask] = deque()
        """Those that no worker has been given yet."""
        self.is_last_planned = False
        """Whether `plan_last` was called: nothing is planned after it."""
        self._busy: set[str] = set()  # files; those of a merge that failed stay among them, and are left for `finish`
        self._has_merged = False

    def plan(self, state: CatalogState) -> None:
        """Plan what is due while more is added."""
        for table in TABLES:
            while small := due_files(state, table, self._busy):
                self._plan(state, table, small)

    def plan_last(self, state: CatalogState, progress: Progress) -> None:
        """Plan those of the end, which `finish` would do one after another while all workers wait."""
        self.is_last_planned = True
        for table in TABLES:
            small = [file for file in small_files(state, table) if file.name not in self._busy]
            if len(small) > MOST_SMALL:
                self._plan(state, table, small)
        if self.queue:
            progress.begin(tr("merging {table}", table=", ".join(task.key for task in self.queue)))

    def _plan(self, state: CatalogState, table: str, small: Sequence[StoredFile]) -> None:
        self._busy.update(file.name for file in small)
        name = f"{state.number + 1:012d}"
        self.queue.append(CatalogTask("merge", table, self._files.place, "", "", name, "", 0, 0, small=tuple(small)))

    def take(self, result: TaskResult) -> None:
        """Let the state name the merged file in place of the small ones. Raises StorageError, Conflict.

        One that failed is no harm: `finish` says why, if it fails, too.
        """
        if not result.error:
            record(self._files, result.files, {file.name for file in result.task.small})
            self._has_merged = True

    def finish(self, progress: Progress) -> None:
        """Merge the small files that are left, once there are many, and remove those that no state names.

        Raises Damaged, StorageError, Conflict; a merge that is cancelled is left to the next run.
        """
        try:
            state = read_state(self._files)
            added, removed = merged_files(self._files, state, progress)
        except Cancelled:
            return
        if removed:
            state = record(self._files, added, removed)
        if removed or self._has_merged:
            remove_unnamed(self._files, state)
