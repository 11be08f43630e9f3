"""Numbers worked out apart, in a second process: for walks that keep Python itself busy, where a second thread would wait."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from signal import SIGKILL
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


@contextmanager
def apart(work: Callable[[], Sequence[int]]) -> Iterator[Callable[[], Sequence[int]]]:
    """What is given waits for the numbers: none of them where ``work`` failed, which its caller finds out by doing it.

    Where there are other threads nothing is begun: a fork has none of them, but every lock that one of them held.
    """
    if threading.active_count() > 1:
        yield tuple
        return
    receive, send = os.pipe()
    try:
        child = os.fork()
    except OSError:
        child = -1
    if child == 0:
        _work_out(work, send)
    os.close(send)
    with open(receive, "rb") as answer:
        if child < 0:
            yield tuple
            return
        try:
            # A line that was cut off is no number.
            yield lambda: [int(line) for line in answer if line.endswith(b"\n")]
        finally:
            # Who has answered is at its end; who has not is no longer asked. Where SIGCHLD is ignored it may be gone.
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, SIGKILL)
                os.waitpid(child, 0)


def _work_out(work: Callable[[], Sequence[int]], send: int) -> NoReturn:
    """The child's whole life. It says nothing but the answer: what else is to be said or written out is its parent's."""
    try:
        with open(send, "wb") as out:
            out.writelines(b"%d\n" % number for number in work())
    finally:
        os._exit(0)
