"""Progress of a long call: how much is done, and whether the caller has cancelled it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from layertui.core.errors import Cancelled
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable

# More than twenty reports a second would not be seen.
_INTERVAL = 0.05


class Progress:
    """Counts work, reports it to ``report``, and stops the work once it is cancelled.

    Several threads may advance one Progress; ``report`` is called in the thread that
    advanced, at most twenty times a second and once at each ``begin``.
    """

    __slots__ = ("_cancelled", "_last", "_lock", "_report", "_wake", "done", "total", "unit", "what")

    def __init__(self, total: int | None = None, report: Callable[[Progress], None] | None = None) -> None:
        self.what = ""
        self.done = 0
        self.total = total
        self.unit = "bytes"
        self._report = report
        self._cancelled = False
        self._wake: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self._last = 0.0

    def begin(self, what: str, total: int | None = None, unit: str = "bytes") -> None:
        """Start a new part of the work: the count is zero again."""
        with self._lock:
            self.what, self.total, self.unit, self.done = what, total, unit, 0
        self._check()
        if self._report is not None:
            self._last = time.monotonic()
            self._report(self)

    def advance(self, n: int = 1) -> None:
        """Count ``n`` more. Raises Cancelled after ``cancel``."""
        if self._cancelled:
            self._check()
        with self._lock:
            self.done += n
        if self._report is not None:
            now = time.monotonic()
            if now - self._last >= _INTERVAL:
                self._last = now
                self._report(self)

    def cancel(self) -> None:
        """Ask the work to stop; it does so at its next ``advance``."""
        self._cancelled = True
        if self._wake is not None:
            self._wake()

    def when_cancelled(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` on ``cancel``: for work that blocks and does not ``advance``."""
        self._wake = wake
        if self._cancelled:
            wake()

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def _check(self) -> None:
        if self._cancelled:
            raise Cancelled(tr("cancelled: {what}", what=self.what) if self.what else tr("cancelled"))


def quiet() -> Progress:
    """A Progress without a ``report``."""
    return Progress()


class _Unseen(Progress):
    __slots__ = ("_seen",)

    def __init__(self, seen: Progress) -> None:
        super().__init__()
        self._seen = seen

    def advance(self, n: int = 1) -> None:
        del n  # it is counted elsewhere
        if self._cancelled:
            self._check()
        self._seen.advance(0)


def unseen(progress: Progress) -> Progress:
    """A Progress that reports nothing, and is cancelled with ``progress`` or by itself."""
    return _Unseen(progress)
