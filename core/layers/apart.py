"""Something worked out apart, in a second process: for walks that keep Python itself busy, where a second thread would wait."""

from __future__ import annotations

import marshal
import os
import threading
from contextlib import contextmanager, suppress
from signal import SIGKILL
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Found = TypeVar("Found")


@contextmanager
def apart(work: Callable[[], Found]) -> Iterator[Callable[[], Found | None]]:
    """What is given waits for what ``work`` finds: None where it failed, which its caller finds out by doing it.

    It is made of what `marshal` writes: numbers, bytes, lists, dicts. Where there are other threads nothing is begun: a fork
    has none of them, but every lock that one of them held.
    """
    if threading.active_count() > 1:
        yield _nothing
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
            yield _nothing
            return

        def read() -> Found | None:
            try:
                found: Found = marshal.loads(answer.read())  # noqa: S302  from a process of our own
            except (EOFError, ValueError, TypeError):
                return None
            return found

        try:
            yield read
        finally:
            # Who has answered is at its end; who has not is no longer asked. Where SIGCHLD is ignored it may be gone.
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(child, SIGKILL)
                os.waitpid(child, 0)


def _nothing() -> None:
    return None


def _work_out(work: Callable[[], Any], send: int) -> NoReturn:
    """The child's whole life. It says nothing but the answer: what else is to be said or written out is its parent's."""
    try:
        with open(send, "wb") as out:
            out.write(marshal.dumps(work()))
    finally:
        os._exit(0)
