"""Makes the tables of an archive's layers in two processes; the second starts before the first has imported numpy.

    with prefetch(path, cache, bounds):
        ...  `tables` finds some of them in the cache, and makes those that the other process has not started

A task is one layer, the largest first; a large layer of small files is split into several (`layer_pieces.py`). The
second process takes tasks in this order and the first in reverse, so both are busy until they meet. Compressed layers
are left to threads of the first process, because decompression releases Python's global lock.
"""

from __future__ import annotations

import mmap
import time
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from layertui.core.bounds import set_bounds
from layertui.core.errors import Cancelled, LayertuiError
from layertui.core.layers.cache.cache_files import Cache
from layertui.core.layers.cache.early_sizes import is_large
from layertui.core.layers.cache.worker_process import fork_worker
from layertui.core.portable import usable_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from layertui.core.bounds import Bounds
    from layertui.core.fs.file_window import Window
    from layertui.core.layers.cache.worker_process import Answers
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.progress import Progress

Made = TypeVar("Made")
_LOOK = 0.002  # seconds between two checks whether the other process is done
_MOST = mmap.PAGESIZE  # tasks: one byte of the page says whether a process has taken one


class PrefetchTask(NamedTuple):
    """A layer, or a piece of one, by the layer's key."""

    key: str
    start: int
    end: int
    whole: bool

    @property
    def name(self) -> str:
        """The cache key of its table."""
        return self.key if self.whole else f"{self.key} {self.start}-{self.end}"


class TablePrefetch:
    """The tasks of the other process, and those left to this one."""

    def __init__(self, answer: Answers, taken: mmap.mmap, path: str, cache: Cache, most: int) -> None:
        self._answer, self._taken, self._cache = answer, taken, cache
        self._path, self._most = path, most
        self._done: set[int] = set()
        self._bytes: dict[int, int] = {}
        """The bytes that each awaited task reads: they count as progress when the other process has done it."""

    def make(self, keys: Sequence[str], table: Callable[[str], object], progress: Progress) -> None:
        """Put the tables of some layers into the cache, where possible. Raises Cancelled, and what ``table`` raises."""
        from layertui.core.layers.cache.archive_layers import plain_layers

        with plain_layers(self._path) as layers:
            wanted = {key: layers[key] for key in keys if key in layers and not self._cache.has_table(key)}
            tasks = [(number, task) for number, task in enumerate(_tasks(layers, self._most)) if task.key in wanted]
            self._bytes = {number: task.end - task.start for number, task in tasks}
            for number, task in reversed(tasks):
                if _take(self._taken, number):
                    if task.whole:
                        table(task.key)
                    else:
                        _keep(self._cache, wanted[task.key], task, progress)
                    self._done.add(number)
            for number, _ in tasks:
                self.wait(number, progress)
        for key in dict.fromkeys(task.key for _, task in tasks if not task.whole):
            _join(self._cache, key, [task for _, task in tasks if task.key == key])

    def wait(self, number: int, progress: Progress) -> None:
        """Wait until a task is done in either process, or the other process has ended. Raises Cancelled."""
        while number not in self._done and not self._answer.ended:
            finished = self._answer(wait=False)
            if finished is not None:
                self._done.add(finished)
                progress.advance(self._bytes.get(finished, 0))
            else:
                progress.advance(0)
                time.sleep(_LOOK)


_ahead: TablePrefetch | None = None


@contextmanager
def prefetch(path: str, folder: Path | None, bounds: Bounds) -> Iterator[None]:
    """Start on the archive at ``path`` if it is large and a CPU is free. Needs a cache ``folder`` for the tables."""
    global _ahead  # noqa: PLW0603  a process forks once, for one archive
    if folder is None or not is_large(path) or usable_cpus() < 2:
        yield
        return
    taken, cache = mmap.mmap(-1, _MOST), Cache(folder)  # memory shared by both processes

    def work() -> Iterator[int]:
        set_bounds(bounds)
        return _made(path, cache, taken, bounds.entries)

    with fork_worker(work, writes=True) as answer:
        _ahead = TablePrefetch(answer, taken, path, cache, bounds.entries)
        try:
            yield
        finally:
            _ahead = None


def tables(keys: Sequence[str], table: Callable[[str], Made], progress: Progress) -> list[Made]:
    """The tables of some layers, each made by ``table`` unless the other process makes it or part of it."""
    if _ahead is not None:
        _ahead.make(keys, table, progress)
    return [table(key) for key in keys]


def _tasks(layers: Mapping[str, Window], most: int) -> list[PrefetchTask]:
    """All tasks, the same in both processes."""
    from layertui.core.layers.cache.layer_pieces import piece_starts

    tasks = []
    for key in sorted(layers, key=lambda key: layers[key].size, reverse=True):
        starts = piece_starts(layers[key], most)
        ends = pairwise([*starts, layers[key].size])
        tasks += [PrefetchTask(key, start, end, len(starts) == 1) for start, end in ends]
    return tasks if len(tasks) <= _MOST else []


def _take(taken: mmap.mmap, number: int) -> bool:
    """Take a task if it is free. If both processes take it at the same moment it is merely done twice."""
    free = not taken[number]
    taken[number] = 1
    return free


def _made(path: str, cache: Cache, taken: mmap.mmap, most: int) -> Iterator[int]:
    """The number of each task when it is done."""
    from layertui.core.layers.cache.archive_layers import plain_layers

    with plain_layers(path) as layers:
        if all(map(cache.has_table, layers)):
            return  # do not import numpy for nothing
        for number, task in enumerate(_tasks(layers, most)):
            if not cache.has_table(task.key) and _take(taken, number):
                _keep(cache, layers[task.key], task)
                yield number


def _keep(cache: Cache, tar: Window, task: PrefetchTask, progress: Progress | None = None) -> None:
    """Cache the table of a task. If it cannot be made, the reader of the layer gets the error."""
    from layertui.core.layers.table.layer_tar import read_piece, read_table

    try:
        if task.whole:
            table: LayerTable | None = read_table(cast("BinaryIO", tar.window(0, tar.size)), progress)
        else:
            table = read_piece(tar, task.start, task.end, progress)
    except Cancelled:
        raise
    except LayertuiError:
        return
    if table is not None:
        cache.keep_table(task.name, table)


def _join(cache: Cache, key: str, tasks: Sequence[PrefetchTask]) -> None:
    """Join the tables of pieces and cache the result, if they can be joined."""
    from layertui.core.layers.cache.layer_pieces import join_pieces

    tables = [cache.table(task.name) for task in tasks]
    found = [table for table in tables if table is not None]
    if len(found) == len(tasks) and (table := join_pieces(found)) is not None:
        cache.keep_table(key, table)
    for task in tasks:
        cache.forget_table(task.name)
