"""add_images: brings a catalog up to date with its sources: what is new is read by tasks, what is unchanged costs one HEAD.

A layer that is in the catalog is never read again, whichever image it comes with. What is complete is recorded every few seconds; an
image is recorded once all of its layers are, so that one that was stopped, or has a broken layer, is taken up by the next run. Small files
are merged by tasks meanwhile: else the state of a large catalog would name hundreds of thousands.
"""

from __future__ import annotations

import os
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.catalog.adding.found_images import each_opened, look_through
from layertui.core.catalog.adding.image_rows import gone_row, image_row
from layertui.core.catalog.adding.merge_plan import MergePlan
from layertui.core.catalog.adding.record_files import TRIES, too_many
from layertui.core.catalog.questions.catalog_database import CatalogDatabase
from layertui.core.catalog.storage.catalog_files import file_name
from layertui.core.catalog.storage.catalog_state import (
    TABLES,
    CatalogState,
    StoredFile,
    read_state,
    write_state,
)
from layertui.core.catalog.storage.stored_text import stored
from layertui.core.catalog.storage.table_schemas import put_rows
from layertui.core.catalog.tasks.task_values import CatalogTask, TaskResult
from layertui.core.errors import Conflict, LayertuiError
from layertui.core.language.texts import tr
from layertui.core.progress import unseen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.catalog.adding.found_images import CatalogedImage, FoundImage, Source
    from layertui.core.catalog.storage.catalog_files import CatalogFiles
    from layertui.core.catalog.tasks.run_tasks import TaskRunner
    from layertui.core.inspector import Inspector
    from layertui.core.progress import Progress

_COMMIT_EVERY = 15.0  # seconds
_COMMIT_AT = 2000  # results
_KEYED = {
    "layers": ("diff_id", "SELECT diff_id FROM layers", ("files", "contents")),
    "stacks": ("chain_id", "SELECT chain_id FROM stacks", ("hidden", "linked", "packages", "owned")),
}
"""Tables with one row for each layer or stack: its key, all of them, and the tables with a file named after it."""


@dataclass
class AddedImages:
    """What `add_images` did."""

    images: int = 0
    """Recorded: new ones, and names that mean another image now."""
    unchanged: int = 0
    gone: int = 0
    """Names that their source has no more."""
    layers: int = 0
    """Read and written."""
    bytes: int = 0
    """Of these, as stored."""
    entries: int = 0
    seconds: float = 0.0
    problems: list[str] = field(default_factory=list)
    """What could not be read, a line each."""


class _Waiting(NamedTuple):
    """An image that is recorded once all that it needs is there."""

    row: dict[str, Any]
    needs: set[str]
    """DiffIDs that are still to be read, and its ChainID."""
    stack: CatalogTask


def add_images(
    inspector: Inspector,
    files: CatalogFiles,
    sources: Sequence[str],
    runner: Callable[[], TaskRunner],
    progress: Progress,
    *,
    store: str = "",
    contents: bool = True,
) -> AddedImages:
    """Add the images of some sources. ``store`` is where a task's own process finds what is no registry's.

    What is wrong with one image or layer is a problem of the answer. Raises Cancelled, after what is complete was recorded; what
    `look_through` raises, before anything is; StorageError.
    """
    begun = time.monotonic()
    files.require_ours()
    found = [look_through(inspector, source, progress) for source in sources]
    adding = _Adding(files, store, contents=contents)
    for source in found:
        adding.compare(source)
    adding.open(progress)
    try:
        if adding.has_tasks:
            adding.work(runner(), progress)
    finally:
        adding.commit()
    adding.merges.finish(progress)
    adding.answer.seconds = time.monotonic() - begun
    return adding.answer


def _named(state: CatalogState) -> set[str]:
    return {file.name for table in _KEYED for file in state.of(table)}


class _Adding:
    """One run."""

    def __init__(self, files: CatalogFiles, store: str, *, contents: bool) -> None:
        self.answer = AddedImages()
        self._files, self._store, self._contents = files, store, contents
        self.merges = MergePlan(files)
        state = read_state(files)
        self._seen = _named(state)  # files whose rows are not asked for again
        with CatalogDatabase(files, state) as database:
            self._known_layers = database.texts("SELECT diff_id FROM layers")
            self._known_stacks = database.texts("SELECT chain_id FROM stacks")
            self._recorded = {row["image"]: row for row in database.rows(_RECORDED)}
        self._at = datetime.now(UTC)
        self._changed: list[tuple[Source, FoundImage]] = []
        self._layers: deque[CatalogTask] = deque()
        self._stacks: deque[CatalogTask] = deque()
        self._given = 0  # tasks that have no result yet
        self._waiting: list[_Waiting] = []
        self._queued: dict[str, list[_Waiting]] = {}
        self._new: dict[str, list[StoredFile]] = {table: [] for table in TABLES}
        self._rows: dict[str, list[dict[str, Any]]] = {"layers": [], "stacks": [], "images": []}
        self._committed = time.monotonic()

    @property
    def has_tasks(self) -> bool:
        return bool(self._layers or self._stacks)

    def compare(self, source: Source) -> None:
        """Keep what a source has that is not recorded so."""
        self.answer.problems += source.problems
        heads: dict[str, set[str]] = {}
        for row in self._recorded.values():
            if row["head"]:
                heads.setdefault(_plain(row["image"]), set()).add(row["head"])
        named = set()
        for one in source.images:
            name = stored(one.image)
            named.add(name)
            if one.head and heads.get(name) == {stored(one.head)}:
                self.answer.unchanged += 1
            else:
                self._changed.append((source, one))
        if source.is_whole:
            gone = [
                row
                for row in self._recorded.values()
                if row["source"] == stored(source.text) and row["digest"] and not _is_named(row["image"], named)
            ]
            self._rows["images"] += [gone_row(row, self._at) for row in gone]
            self.answer.gone += len(gone)

    def open(self, progress: Progress) -> None:
        """Open what has changed, manifest and config alone, and make the tasks for what is new in it. Raises Cancelled."""
        progress.begin(tr("opening images"), total=len(self._changed), unit="images")
        opened = each_opened([one for _, one in self._changed], progress)
        for (source, _), (found, images) in zip(self._changed, opened, strict=True):
            progress.advance(1)
            if isinstance(images, LayertuiError):
                self.answer.problems.append(_line(found.image, str(images)))
                continue
            for image in images:
                self._plan(source, found, image)

    def _plan(self, source: Source, found: FoundImage, opened: CatalogedImage) -> None:
        image = opened.subject.image
        row = image_row(found, opened, source.text, self._at)
        before = self._recorded.get(row["image"])
        if before is not None and before["digest"] == row["digest"] and before["head"] == row["head"]:
            self.answer.unchanged += 1
            return
        store = self._store if not opened.name.startswith("docker://") else ""
        needs = {key for key in map(str, image.diff_ids) if key not in self._known_layers}
        for layer in image.layers:
            key = str(layer.diff_id)
            if key in needs and key not in self._queued:
                self._queued[key] = []
                self._layers.append(self._task("layer", key, store, found.engine, opened, layer.number, layer.size))
        stack = self._task("stack", row["chain_id"], store, found.engine, opened, len(image.layers), 0)
        if stack.key and stack.key not in self._known_stacks:
            needs.add(stack.key)
        waiting = _Waiting(row, needs, stack)
        for key in needs:
            self._queued.setdefault(key, []).append(waiting)
        if not needs:
            self._record_image(row)
        elif needs == {stack.key} and len(self._queued[stack.key]) == 1:
            self._stacks.append(stack)

    def _task(
        self, kind: Any, key: str, store: str, engine: str, opened: CatalogedImage, number: int, size: int
    ) -> CatalogTask:
        engine = "" if opened.name.startswith("docker://") else engine
        image_id = str(opened.subject.image.id)
        diff_ids = tuple(map(str, opened.subject.image.diff_ids)) if kind == "stack" else (key,)
        place = self._files.place
        return CatalogTask(
            kind, key, place, store, engine, opened.name, image_id, number, size, self._contents, diff_ids
        )

    def work(self, runner: TaskRunner, progress: Progress) -> None:
        """Have the tasks done, and record what is complete every few seconds. Raises Cancelled."""
        count = len(self._layers)
        progress.begin(tr("reading {count:,} layers", count=count), total=sum(task.bytes for task in self._layers))
        broken: set[str] = set()
        for result in runner.run(self._next_task, unseen(progress)):
            self._given -= 1
            progress.advance(result.task.bytes)
            if result.task.kind == "merge":
                self.merges.take(result)
            elif result.error:
                if result.task.key not in broken:
                    broken.add(result.task.key)
                    what = (
                        tr("{name}: layer {number}", name=result.task.name, number=result.task.number)
                        if result.task.kind == "layer"
                        else result.task.name
                    )
                    self.answer.problems.append(_line(what, result.error))
            else:
                self._take(result)
            late = time.monotonic() - self._committed > _COMMIT_EVERY
            if late or len(self._rows["layers"]) + len(self._rows["stacks"]) >= _COMMIT_AT:
                self.merges.plan(self.commit())
            if not (self._given or self._queue or self.merges.is_last_planned):
                self.merges.plan_last(self.commit(), progress)

    @property
    def _queue(self) -> deque[CatalogTask]:
        # Stacks first: what they need was read a moment ago, and once they are done images are complete.
        return self.merges.queue or self._stacks or self._layers

    def _next_task(self) -> CatalogTask | None:
        if not self._queue:
            return None
        self._given += 1
        return self._queue.popleft()

    def _take(self, result: TaskResult) -> None:
        task = result.task
        for table, written in result.files.items():
            self._new[table] += [StoredFile(*file) for file in written]
        if task.kind == "layer":
            self._known_layers.add(task.key)
            self._rows["layers"].append({**result.row, "added": self._at})
            self.answer.layers += 1
            self.answer.bytes += task.bytes
            self.answer.entries += result.row["entries"]
        else:
            self._known_stacks.add(task.key)
            self._rows["stacks"].append(dict(result.row))
        for waiting in self._queued.pop(task.key, ()):
            waiting.needs.discard(task.key)
            if not waiting.needs:
                self._record_image(waiting.row)
            elif waiting.needs == {waiting.stack.key} and self._queued[waiting.stack.key][0] is waiting:
                self._stacks.append(waiting.stack)

    def _record_image(self, row: dict[str, Any]) -> None:
        self._rows["images"].append(row)
        self.answer.images += 1

    def commit(self) -> CatalogState:
        """Record what is complete by now. Raises StorageError, Conflict."""
        for _ in range(TRIES):
            state = read_state(self._files)
            self._leave_out(state)
            added = {table: [*files] for table, files in self._new.items()}
            name = f"{time.time_ns():020d}-{os.urandom(4).hex()}"
            for table, rows in self._rows.items():
                if (written := put_rows(self._files, table, name, rows)) is not None:
                    added[table].append(written)
            try:
                if any(added.values()):
                    state = state.changed(added)
                    write_state(self._files, state)
            except Conflict:
                continue  # what the other process has recorded may be ours, too
            self._seen |= _named(state)
            self._new = {table: [] for table in TABLES}
            for rows in self._rows.values():
                rows.clear()
            self._committed = time.monotonic()
            return state
        raise too_many(self._files)

    def _leave_out(self, state: CatalogState) -> None:
        """Forget layers and stacks that another process has recorded meanwhile: with ours, too, their rows would be there twice."""
        others = {table: tuple(one for one in state.of(table) if one.name not in self._seen) for table in _KEYED}
        if not any(others.values()):
            return
        with CatalogDatabase(self._files, CatalogState(state.number, others)) as database:
            for table, (key, every, tables) in _KEYED.items():
                known = database.texts(every) & {row[key] for row in self._rows[table]}
                self._rows[table] = [row for row in self._rows[table] if row[key] not in known]
                names = {file_name(one) for one in known}
                for each in tables:
                    self._new[each] = [file for file in self._new[each] if PurePath(file.name).stem not in names]


_RECORDED = """
    SELECT image, head, digest, source, repository, tag, os, architecture, variant FROM images_log
    QUALIFY row_number() OVER (PARTITION BY image ORDER BY seen DESC) = 1
"""


def _plain(image: str) -> str:
    """The name of the tag that an image was found by: one of another platform has its digest behind it."""
    return image.partition("@sha256:")[0] if image.startswith("docker://") else image


def _is_named(image: str, named: set[str]) -> bool:
    if image in named or _plain(image) in named:
        return True
    # An image of an archive that has several: `docker-archive:PATH:NAME`.
    return any(image.partition(":")[2].startswith(f"{one}:") for one in named if one.startswith("/"))


def _line(name: str, why: str) -> str:
    return why if name in why else f"{name}: {why}"
