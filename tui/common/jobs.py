"""Jobs: calls to the core on threads of their own, with progress and cancellation.

All threads of the screens are started here, by three rules:
- a newer job of a group cancels the older one, whose result is dropped, however late it arrives;
- the result of a thread is an immutable value, delivered in the app's event loop;
- a job reports progress at most twenty times a second, however often the core counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

from textual.worker import Worker, get_current_worker

from layertui.core.errors import Cancelled, LayertuiError, NotFound
from layertui.core.language.texts import tr
from layertui.core.progress import Progress

if TYPE_CHECKING:
    from textual.app import App
    from textual.dom import DOMNode

T = TypeVar("T")

REPORT_EVERY = 0.05
SHOW_AFTER = 0.1


class JobState(NamedTuple):
    """The progress of a job at one moment."""

    title: str
    what: str = ""
    unit: str = "bytes"
    done: int = 0
    total: int | None = None
    seconds: float = 0.0
    rate: float = 0.0

    @property
    def share(self) -> float | None:
        """The finished part, 0 to 1; None if the total is unknown."""
        if not self.total:
            return None
        return min(1.0, self.done / self.total)

    @property
    def left(self) -> float | None:
        """The estimated remaining seconds; None if unknown."""
        if not self.total or self.rate <= 0 or self.done > self.total:
            return None
        return (self.total - self.done) / self.rate


class Rate:
    """Units per second over the last seconds, so that a stall is visible and a short pause is not."""

    WINDOW = 3.0

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []

    def at(self, now: float, done: int) -> float:
        """Record a progress; returns the rate over the recent ones."""
        if self._marks and done < self._marks[-1][1]:
            self._marks.clear()  # a new phase counts from zero
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > self.WINDOW:
            self._marks.pop(0)
        since, before = self._marks[0]
        return (done - before) / (now - since) if now > since else 0.0


@dataclass(eq=False)
class Job(Generic[T]):
    """One core call in a thread."""

    title: str
    group: str
    node: DOMNode
    call: Callable[[Progress], T]
    then: Callable[[T], None]
    failed: Callable[[Exception], None]
    stopped: Callable[[], None] | None
    quiet: bool
    changed: Callable[[Job[Any]], None]
    ended: bool = False
    state: JobState = field(default_factory=lambda: JobState(""))
    worker: Worker[None] | None = None

    def __post_init__(self) -> None:
        self.began = monotonic()
        self.state = JobState(self.title)
        self.progress = Progress(report=self._report)
        self._rate = Rate()
        self._reported = self.began

    @property
    def over(self) -> bool:
        """Whether it ended or was stopped; removing a node from the screen stops its workers without a message."""
        return self.ended or self.progress.cancelled or (self.worker is not None and self.worker.is_cancelled)

    def stop(self) -> None:
        """Cancel the core call at its next step; its result is dropped."""
        self.progress.cancel()

    def _report(self, progress: Progress) -> None:
        now = monotonic()
        if now - self._reported < REPORT_EVERY:
            return
        self._reported = now
        if self.worker is not None and self.worker.is_cancelled:
            progress.cancel()
            return
        self.state = JobState(
            title=self.title,
            what=progress.what,
            unit=progress.unit,
            done=progress.done,
            total=progress.total,
            seconds=now - self.began,
            rate=self._rate.at(now, progress.done),
        )
        self.node.app.call_later(self.changed, self)

    def run(self) -> None:
        """In the thread: make the call, and send its result to the app's event loop."""
        app = self.node.app
        try:
            if get_current_worker().is_cancelled:
                self.progress.cancel()
            result = self.call(self.progress)
        except Cancelled:
            app.call_later(self._end, self.stopped)
        except Exception as error:  # noqa: BLE001 - whatever it is becomes one line on the screen, never a traceback
            app.call_later(self._end, self._failure(error))
        else:
            app.call_later(self._end, lambda: self.then(result))

    def _failure(self, error: Exception) -> Callable[[], None]:
        return lambda: self.failed(error)

    def _end(self, outcome: Callable[[], None] | None) -> None:
        dropped = self.over or not _is_there(self.node)
        self.ended = True
        self.changed(self)
        if outcome is not None and (not dropped or outcome is self.stopped):
            outcome()


def _is_there(node: DOMNode) -> bool:
    """Whether the widgets for a result still exist; an app that shuts down removes those of a screen before the screen."""
    return node.is_attached and node.app.is_running


class Jobs:
    """The jobs of one app, oldest first."""

    def __init__(self, app: App[Any], changed: Callable[[], None]) -> None:
        self._app = app
        self._changed = changed
        self._jobs: list[Job[Any]] = []
        self._followed: dict[tuple[DOMNode, str], Progress] = {}

    @property
    def running(self) -> tuple[JobState, ...]:
        """The jobs to show on the screen: neither quiet nor very short ones."""
        return tuple(job.state for job in self.shown)

    @property
    def shown(self) -> tuple[Job[Any], ...]:
        """The same as jobs, oldest first."""
        now = monotonic()
        return tuple(job for job in self._live() if not job.quiet and now - job.began >= SHOW_AFTER)

    @property
    def busy(self) -> bool:
        """Whether any job runs, also a quiet one."""
        return any(True for _ in self._live())

    def start(
        self,
        node: DOMNode,
        title: str,
        call: Callable[[Progress], T],
        then: Callable[[T], None],
        *,
        group: str,
        failed: Callable[[Exception], None],
        stopped: Callable[[], None] | None = None,
        quiet: bool = False,
    ) -> Job[T]:
        """Run `call` in a thread, and pass its result to `then` in the app's event loop, as long as `node` exists."""
        for older in self._live():
            if older.node is node and older.group == group:
                older.stop()
        job = Job(title, group, node, call, then, failed, stopped, quiet, self._job_changed)
        self._jobs = [*self._live(), job]
        job.worker = node.run_worker(job.run, name=title, group=group, thread=True, exclusive=True, exit_on_error=False)
        if not quiet:
            self._app.set_timer(SHOW_AFTER, self._changed)
        return job

    def follow(
        self,
        node: DOMNode,
        call: Callable[[Progress], Iterable[T]],
        each: Callable[[T], None],
        *,
        group: str,
        ended: Callable[[Exception | None], None] | None = None,
    ) -> None:
        """Pass each value of a stream to `each` in the app's event loop, until `unfollow`; not a job, as it does not end by itself.

        `ended` is called when the stream is over by itself, with the exception that ended it.
        """
        self.unfollow(node, group)
        progress = self._followed[node, group] = Progress()

        def run() -> None:
            failure: Exception | None = None
            try:
                for value in call(progress):
                    if progress.cancelled:
                        return
                    self._app.call_later(hand_over, partial(each, value))
            except Exception as error:  # noqa: BLE001 - handed to whom it concerns
                failure = error
            if ended is not None:
                with suppress(Exception):  # the app may have ended meanwhile
                    self._app.call_later(hand_over, partial(ended, failure))

        def hand_over(value: Callable[[], None]) -> None:
            if _is_there(node) and not progress.cancelled:
                value()

        # Not a worker of the app: the app waits for those before it ends, and this one only waits itself.
        Thread(target=run, name=f"follow {group}", daemon=True).start()

    def unfollow(self, node: DOMNode, group: str) -> None:
        """Stop following, and wake the thread that waits for the next value."""
        if (progress := self._followed.pop((node, group), None)) is not None:
            progress.cancel()

    def stop(self, node: DOMNode, group: str) -> None:
        """Stop the job of this group, if one runs."""
        for job in self._live():
            if job.node is node and job.group == group:
                job.stop()
        self._changed()

    @property
    def newest(self) -> Job[Any] | None:
        """The newest running job that is not quiet."""
        return self._newest(lambda _: True)

    def newest_of_others(self, node: DOMNode) -> Job[Any] | None:
        """The same, of other nodes than this one."""
        return self._newest(lambda job: job.node is not node)

    def stop_newest_of(self, node: DOMNode) -> bool:
        """Stop the newest job of this node that is not quiet; False if there is none."""
        job = self._newest(lambda job: job.node is node)
        if job is not None:
            self.stop_one(job)
        return job is not None

    def _newest(self, is_meant: Callable[[Job[Any]], bool]) -> Job[Any] | None:
        return next((job for job in reversed(self._live()) if not job.quiet and is_meant(job)), None)

    def stop_one(self, job: Job[Any]) -> None:
        job.stop()
        self._changed()

    def stop_all(self) -> None:
        """Stop everything: the app is ending."""
        for progress in self._followed.values():
            progress.cancel()
        for job in self._live():
            job.stop()

    def _live(self) -> list[Job[Any]]:
        return [job for job in self._jobs if not job.over]

    def _job_changed(self, job: Job[Any]) -> None:
        if job.over:
            self._jobs = self._live()
        if not job.quiet:
            self._changed()


def one_line(error: Exception) -> str:
    """The message for an error on a screen: its one line, or for a bug, that it is one."""
    if isinstance(error, NotFound):
        return error.on_screen
    if isinstance(error, LayertuiError):
        return str(error)
    if isinstance(error, OSError):
        what = error.strerror or str(error)
        return f"{what}: {error.filename}" if error.filename else what
    return tr("a bug in layertui: {name}: {error}", name=type(error).__name__, error=error)
