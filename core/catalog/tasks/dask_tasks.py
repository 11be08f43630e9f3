"""Runs tasks on a Dask cluster: one task each, retried by its scheduler where a worker dies; rows are written by the workers.

Through scheduler and client pass only the tasks and the names of the files that were written. What a worker needs to read a registry
or to write to an object store is that worker's own: its docker login, its environment.
"""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from layertui.core.catalog.tasks.do_task import do_task
from layertui.core.catalog.tasks.run_tasks import TRIES, ended
from layertui.core.errors import LayertuiError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from layertui.core.catalog.tasks.task_values import CatalogTask, TaskResult
    from layertui.core.progress import Progress

_AHEAD = 20  # tasks for each thread of the workers: enough that none waits for us
_LEAST = 64
_POLL = 0.5  # seconds between two looks whether the work was cancelled
_COUNT_EVERY = 5.0  # seconds
_PATIENCE = 15  # seconds for the scheduler's first answer


class DaskRunner:
    """The workers behind a scheduler."""

    def __init__(self, address: str) -> None:
        """Raises Unreachable."""
        import distributed

        self._address = address
        connect: Any = distributed.Client
        try:
            self._client: Any = connect(address, timeout=_PATIENCE, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
            raise Unreachable(f"Dask scheduler {address}: {str(error) or type(error).__name__}"[:300]) from None

    @property
    def workers(self) -> int:
        """Threads of the workers that are there now."""
        return sum(self._client.nthreads().values())

    def close(self) -> None:
        """Let the cluster go; what was not done yet is cancelled."""
        self._client.close()

    def run(self, next_task: Callable[[], CatalogTask | None], progress: Progress) -> Iterator[TaskResult]:
        """See TaskRunner."""
        running: dict[str, tuple[Any, CatalogTask, int]] = {}
        again: list[tuple[CatalogTask, int]] = []
        done: SimpleQueue[Any] = SimpleQueue()
        ahead, counted = 0, 0.0
        try:
            while True:
                progress.advance(0)
                if time.monotonic() - counted > _COUNT_EVERY:  # workers come and go
                    ahead, counted = max(_LEAST, self.workers * _AHEAD), time.monotonic()
                while len(running) < ahead:
                    task, tries = again.pop() if again else (next_task(), 1)
                    if task is None:
                        break
                    future = self._submit(task, tries)
                    running[future.key] = future, task, tries
                    future.add_done_callback(done.put)
                if not running:
                    return
                try:
                    future = done.get(timeout=_POLL)
                except Empty:
                    continue
                _, task, tries = running.pop(future.key)
                result = self._result(future, task)
                if result.error and result.may_pass and tries < TRIES:
                    again.append((task, tries + 1))
                else:
                    yield result
        finally:
            self._client.cancel([future for future, _, _ in running.values()])

    def _submit(self, task: CatalogTask, tries: int) -> Any:
        # A key of its own for each try: else Dask answers with the result that it remembers.
        key = f"{task.kind}-{task.key}-{id(self)}-{tries}"
        return self._client.submit(do_task, task, key=key, retries=TRIES - 1, pure=False)

    def _result(self, future: Any, task: CatalogTask) -> TaskResult:
        if future.status == "finished":
            result: TaskResult = future.result()
            return result
        error = future.exception()
        if type(error).__name__ == "KilledWorker":
            return ended(task)
        raise LayertuiError(
            f"Dask worker at {self._address}: {type(error).__name__}: {error}; has each `layertui[catalog]` of this version?"[
                :400
            ]
        )
