"""Runs several tasks at once, each on its own thread; the first failure cancels the others."""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event
from typing import TYPE_CHECKING, TypeVar

from layertui.core.errors import Cancelled
from layertui.core.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Found = TypeVar("Found")
Thing = TypeVar("Thing")

AT_ONCE = 2
"""Hashing, compression and system calls release the GIL; the Python code between them does not: more threads gain nothing."""


class _Shared(Progress):
    """The caller's Progress for several threads; once one of them has failed, it cancels the others."""

    __slots__ = ("_stop", "_whole")

    def __init__(self, whole: Progress, stop: Event) -> None:
        super().__init__()
        self._whole, self._stop = whole, stop

    def advance(self, n: int = 1) -> None:
        if self._stop.is_set():
            raise Cancelled
        self._whole.advance(n)


def parallel_map(
    work: Callable[[Thing, Progress], Found],
    things: Sequence[Thing],
    progress: Progress,
    what: str,
    *,
    at_once: int = AT_ONCE,
) -> list[Found]:
    """The results of `work` for each of `things`, started in their order. `what` names the threads.

    `work` advances the Progress that it gets. Raises the first error, after all threads have ended.
    """
    stop = Event()
    shared = _Shared(progress, stop)

    def one(thing: Thing) -> Found:
        if stop.is_set():
            raise Cancelled
        try:
            return work(thing, shared)
        except BaseException:
            stop.set()  # by the thread that failed, before it is free: otherwise it would begin the next thing
            raise

    with ThreadPoolExecutor(at_once, what) as threads:
        jobs = [threads.submit(one, thing) for thing in things]
        try:
            wait(jobs, return_when=FIRST_EXCEPTION)
        finally:
            if stop.is_set() or not all(job.done() for job in jobs):
                stop.set()
                for job in jobs:
                    job.cancel()
    errors = [error for job in jobs if not job.cancelled() and (error := job.exception()) is not None]
    for error in sorted(errors, key=lambda error: isinstance(error, Cancelled)):
        raise error
    return [job.result() for job in jobs]
