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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Protocol

    class Answer(Protocol):
        """Gives the next thing that was found; None where there is none any more, or none yet and it is not to be waited for."""

        def __call__(self, *, wait: bool) -> Any: ...

    class Answers(Answer, Protocol):
        """All that is found, to its end."""

        ended: bool
        """Whether there is none any more, as far as was asked."""


_SIZE = 8
_PIPE = 1 << 20  # the most that the kernel gives without asking
_READ = 1 << 16


@contextmanager
def fork_worker(work: Callable[[], Iterable[Any]], *, writes: bool = False) -> Iterator[Answers]:
    """Have ``work`` done in another process: what is given answers with the things that it finds, one after another.

    Where it fails it finds no more, and its caller, who then does the rest, meets the reason. The things are made of what `marshal` writes: numbers, bytes, lists, dicts. ``writes`` says that it may write files. Where there
    are other threads nothing is begun: a fork has none of them, but every lock that one of them held.
    """
    if threading.active_count() > 1:
        yield _Nothing()
        return
    receive, send = os.pipe()
    if sys.platform == "linux":
        with suppress(OSError):
            fcntl.fcntl(send, fcntl.F_SETPIPE_SZ, _PIPE)  # so that who has found much has not to wait
    try:
        child = os.fork()
    except OSError:
        child = -1
    if child == 0:
        os.close(receive)  # so that it cannot be written to any more once its reader is gone
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
    """The answers of a process that could not be begun: none."""

    ended = True

    def __call__(self, *, wait: bool) -> None:
        return None


class _Messages:
    """What comes through a pipe, each with its size before it."""

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
    """The child's whole life. It says nothing but what it finds: what else is to be said or written out is its parent's."""
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
    """What leads a parser astray finds a process that writes to no file, begins no other one, and leaves no core behind.

    That is all that can be had for nothing: who is root can take it back.
    """
    import resource

    files = () if writes else (resource.RLIMIT_FSIZE,)
    for limit in (*files, resource.RLIMIT_NPROC, resource.RLIMIT_CORE):
        with suppress(OSError, ValueError):
            resource.setrlimit(limit, (0, 0))
