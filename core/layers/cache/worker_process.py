"""Runs work in a second process, for loops in Python that two threads of one interpreter cannot run at once."""

from __future__ import annotations

import fcntl
import marshal
import os
import sys
import threading
from contextlib import contextmanager, suppress
from signal import SIGKILL
from typing import TYPE_CHECKING, Any, NoReturn

from layertui.core.portable import usable_cpus

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol

    class Answer(Protocol):
        """Returns the next result; None if there are no more, or, unless it is to wait, none yet."""

        def __call__(self, *, wait: bool) -> Any: ...

    class Answers(Answer, Protocol):
        """All results, to the end."""

        ended: bool
        """Whether there are no more results."""


_SIZE = 8
_PIPE = 1 << 20  # the largest size that needs no privilege
_READ = 1 << 16


@contextmanager
def fork_worker(work: Callable[[], Iterable[Any]], *, writes: bool = False) -> Iterator[Answers]:
    """Run ``work`` in a forked process: the value yields its results one after another.

    If it fails there are no more results, and the caller, who then does the rest itself, meets the error. Results consist of
    what `marshal` writes: numbers, bytes, lists, dicts. ``writes``: it may write files. If this process has other threads,
    nothing is forked: the child would have none of them, but every lock that one of them held. Nor is it with a single CPU,
    on which both would take turns.
    """
    if threading.active_count() > 1 or usable_cpus() < 2:
        yield _Nothing()
        return
    receive, send = os.pipe()
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl.fcntl(send, fcntl.F_SETPIPE_SZ, _PIPE)  # so that a fast child need not wait
    try:
        child = os.fork()
    except OSError:
        child = -1
    if child == 0:
        os.close(receive)  # so that a write fails once the reader is gone
        _child_main(work, send, writes=writes)
    os.close(send)
    try:
        yield _Nothing() if child < 0 else _Messages(receive)
    finally:
        os.close(receive)
        if child > 0:
            # A child that has sent everything has exited; one that has not is killed. Where SIGCHLD is ignored it may be gone.
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, SIGKILL)
                os.waitpid(child, 0)


class _Nothing:
    """The results of a process that was not started: none."""

    ended = True

    def __call__(self, *, wait: bool) -> None:
        return None


class _Messages:
    """Messages from a pipe, each after its size."""

    def __init__(self, receive: int) -> None:
        self._receive = receive
        self._read = b""
        self.ended = False

    def __call__(self, *, wait: bool) -> Any:
        while (end := _SIZE + int.from_bytes(self._read[:_SIZE], "little")) > len(self._read):
            os.set_blocking(self._receive, wait)
            try:
                more = os.read(self._receive, _READ)
            except BlockingIOError:
                return None
            if not more:
                self.ended = True
                return None
            self._read += more
        message, self._read = self._read[_SIZE:end], self._read[end:]
        return marshal.loads(message)  # noqa: S302  from a process of our own


def _child_main(work: Callable[[], Iterable[Any]], send: int, *, writes: bool) -> NoReturn:
    """The main function of the child. It only sends results: output and errors are the parent's."""
    try:
        _drop_privileges(writes=writes)
        with open(send, "wb") as out:
            for found in work():
                message = marshal.dumps(found)
                out.write(len(message).to_bytes(_SIZE, "little"))
                out.write(message)
                out.flush()
    finally:
        os._exit(0)


def _drop_privileges(*, writes: bool) -> None:
    """Limit the child: an exploited parser could write to no file, start no process and dump no core.

    Root can undo these limits.
    """
    import resource

    files = () if writes else (resource.RLIMIT_FSIZE,)
    for limit in (*files, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        with suppress(OSError, ValueError):
            resource.setrlimit(limit, (0, 0))
