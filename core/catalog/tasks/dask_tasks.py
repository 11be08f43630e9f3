"""Runs tasks on a Dask cluster: one task each, retried by its scheduler where a worker dies; rows are written by the workers.

Through scheduler and client pass only the tasks and the names of the files that were written. What a worker needs to read a registry
or to write to an object store is that worker's own: its docker login, its environment.
"""

from __future__ import annotations

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
        import distributed

        wait: Any = distributed.wait

        running: dict[Any, tuple[CatalogTask, int]] = {}
        again: list[tuple[CatalogTask, int]] = []
        try:
            while True:
                progress.advance(0)
                ahead = max(_LEAST, self.workers * _AHEAD)
                while len(running) < ahead:
                    task, tries = again.pop() if again else (next_task(), 1)
                    if task is None:
                        break
                    running[self._submit(task, tries)] = task, tries
                if not running:
                    return
                try:
                    done = wait(list(running), timeout=_POLL, return_when="FIRST_COMPLETED").done
                except TimeoutError:
                    continue
                for future in done:
                    task, tries = running.pop(future)
                    result = self._result(future, task)
                    if result.error and result.may_pass and tries < TRIES:
                        again.append((task, tries + 1))
                    else:
                        yield result
        finally:
            self._client.cancel(list(running))

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
