"""Runs tasks in processes of this machine, several at a time; one that is killed is started again, and its task with it."""

from __future__ import annotations

import multiprocessing
import signal
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Protocol

from layertui.core.catalog.tasks.do_task import do_task
from layertui.core.catalog.tasks.task_values import CatalogTask, TaskResult
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.progress import Progress

    NextTask = Callable[[], CatalogTask | None]

TRIES = 3
"""How often a task is tried where its error may pass, or its process ends."""
_AHEAD = 4  # tasks that wait in each process's queue: few, so that an interrupt need not wait for many
_POLL = 0.2  # seconds between two looks whether the work was cancelled


class TaskRunner(Protocol):
    """Who does tasks."""

    def run(self, next_task: NextTask, progress: Progress) -> Iterator[TaskResult]:
        """Each task's result as it comes, in any order. Raises Cancelled.

        ``next_task`` gives None where none is ready; it is asked again after each result, so that a task may wait for others.
        """
        ...

    def close(self) -> None:
        """Release the workers."""


class LocalRunner:
    """Processes of this machine."""

    def __init__(self, workers: int = 0) -> None:
        """As many processes; 0: one for each core that we may use."""
        self.workers = workers or _cores()
        self._again: deque[tuple[CatalogTask, int]] = deque()

    def run(self, next_task: NextTask, progress: Progress) -> Iterator[TaskResult]:
        going = True
        while going:
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(self.workers, context, initializer=_start)
            running: dict[Future[TaskResult], tuple[CatalogTask, int]] = {}
            try:
                yield from self._run(pool, next_task, running, progress)
                going = False
            except BrokenProcessPool:
                # One of these ended its process, or the process was killed: it is not known which one.
                for task, tries in running.values():
                    if tries < TRIES:
                        self._again.append((task, tries + 1))
                    else:
                        yield ended(task)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def close(self) -> None:
        """Nothing is left after `run`."""

    def _run(
        self,
        pool: ProcessPoolExecutor,
        next_task: NextTask,
        running: dict[Future[TaskResult], tuple[CatalogTask, int]],
        progress: Progress,
    ) -> Iterator[TaskResult]:
        while True:
            progress.advance(0)
            while len(running) < self.workers * _AHEAD:
                task, tries = self._again.popleft() if self._again else (next_task(), 1)
                if task is None:
                    break
                try:
                    running[pool.submit(do_task, task)] = task, tries
                except BrokenProcessPool:
                    self._again.append((task, tries))
                    raise
            if not running:
                return
            for future in wait(running, _POLL, FIRST_COMPLETED).done:
                result = future.result()  # BrokenProcessPool leaves the task among those that run
                task, tries = running.pop(future)
                if result.error and result.may_pass and tries < TRIES:
                    self._again.append((task, tries + 1))
                else:
                    yield result


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ended(task: CatalogTask) -> TaskResult:
    """The result of a task whose worker died each time."""
    why = tr("the process that read it ended {tries} times; is there enough memory?", tries=TRIES)
    return TaskResult(task, {}, {}, error=why, may_pass=True)


def _start() -> None:
    """An interrupt is for the process that gave the work: it lets what runs come to its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
