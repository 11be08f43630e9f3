"""Waits for changes in folders, with inotify(7) instead of polling.

Without inotify, or if its watches are used up, a wait takes one second and reports that anything may have changed.
"""

from __future__ import annotations

import errno
import os
import select
import threading
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from layertui.core.fs.libc import libc

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.fs.watch.inotify_tree import WatchedTree
    from layertui.core.progress import Progress

_WITHOUT = 1.0
"""Seconds between two polls where inotify does not work."""


class Watch:
    """Some folders; `wait` reports what changes in them from now on."""

    def __init__(self, *folders: Path, deep: Path | None = None, progress: Progress | None = None) -> None:
        """`deep` is one more; changes anywhere below it are reported as its own. `WatchedTree` limits how many folders that may be.

        `progress`: cancelling it wakes `wait`.
        """
        self._folders: dict[int, Path] = {}
        self._below: WatchedTree | None = None
        self._inotify = _inotify()
        self._woken = threading.Event()
        self._open = threading.Lock()
        """Held so that `wake` never writes to the number of a closed pipe, which may be another file by then."""
        self._wake, self._waker = os.pipe()
        for end in (self._wake, self._waker):
            os.set_blocking(end, False)
        if progress is not None:
            progress.when_cancelled(self.wake)
        for folder in folders:
            self._add(folder)
        if deep is not None:
            self._add_below(deep)

    def wake(self) -> None:
        """End a `wait` in another thread, as if something had changed."""
        self._woken.set()
        with self._open, suppress(OSError):
            if self._waker >= 0:
                os.write(self._waker, b"w")

    def wait(self, seconds: float | None = None) -> set[Path] | None:
        """The folders in which something changed, once it has or the time is over; None: possibly anywhere."""
        if self._inotify is None:
            self._woken.wait(_WITHOUT if seconds is None else min(seconds, _WITHOUT))
            return None
        poll = select.poll()  # `select` knows no descriptor above 1,023
        for fd in (self._inotify, self._wake):
            poll.register(fd, select.POLLIN)
        ready = [fd for fd, _ in poll.poll(None if seconds is None else seconds * 1000)]
        if self._wake in ready:
            with suppress(BlockingIOError):
                os.read(self._wake, 4096)
        return self._changed() if self._inotify.fileno() in ready else set()

    def _changed(self) -> set[Path] | None:
        if self._inotify is None:
            return None
        from inotify_simple import flags

        changed: set[Path] = set()
        for event in self._inotify.read(timeout=0):
            if event.mask & flags.Q_OVERFLOW:
                return None
            if self._below is not None and event.wd in self._below:
                changed.add(self._below.folder)
                with self._watching():
                    self._below.follow(event)
            elif event.wd in self._folders:
                if event.mask & flags.IGNORED:
                    del self._folders[event.wd]
                else:
                    changed.add(self._folders[event.wd])
        return changed

    def _add(self, folder: Path) -> None:
        if self._inotify is not None:
            from layertui.core.fs.watch.inotify_tree import WANTED

            with self._watching():
                self._folders[self._inotify.add_watch(folder, WANTED)] = folder

    def _add_below(self, folder: Path) -> None:
        if self._inotify is not None:
            from layertui.core.fs.watch.inotify_tree import WANTED, WatchedTree

            with self._watching():
                self._below = WatchedTree(folder, self._inotify.add_watch(folder, WANTED), self._inotify.add_watch)
                self._below.add()

    @contextmanager
    def _watching(self) -> Iterator[None]:
        """Folders that are gone or unreadable are not watched; if the user's watches are used up, none are."""
        try:
            yield
        except OSError as error:
            if error.errno == errno.ENOSPC:
                self._without()

    def _without(self) -> None:
        if self._inotify is not None:
            self._inotify.close()
            self._inotify = None

    def close(self) -> None:
        """Stop watching."""
        self._without()
        if self._below is not None:
            self._below.close()
        with self._open:
            for fd in (self._wake, self._waker):
                os.close(fd)
            self._wake = self._waker = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _inotify() -> Any:
    try:
        import inotify_simple

        # It would search for the C library, which this process has loaded: ten milliseconds before the first screen. A version
        # that keeps it under another name still works.
        if getattr(inotify_simple, "_libc", libc) is None:
            inotify_simple._libc = libc()  # noqa: SLF001
        return inotify_simple.INotify()
    except (ImportError, OSError):
        return None
