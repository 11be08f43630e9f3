"""Two threads: one works through a list while the other does something else, then both share the rest of the list."""

from __future__ import annotations

import sys
from collections import deque
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Found = TypeVar("Found")
Thing = TypeVar("Thing")

# Seconds. The hashing thread needs the GIL every few milliseconds for a moment; by default Python lets it wait for
# five each time, which on a walk over many headers takes as long as the hashing.
_TURN = 0.0005


def run_concurrently(work: Callable[[Thing], object], things: Iterable[Thing], look: Callable[[], Found]) -> Found:
    """The result of ``look``, with ``work`` done on all ``things`` meanwhile, in order. The first error ends both."""
    left = deque(things)
    if not left:
        return look()
    from concurrent.futures import ThreadPoolExecutor  # late: a second opening has no work to share

    def work_off() -> None:
        while True:
            try:
                thing = left.popleft()
            except IndexError:
                return
            try:
                work(thing)
            except BaseException:
                left.clear()
                raise

    sys.setswitchinterval(_TURN)
    with ThreadPoolExecutor(1) as other:
        working = other.submit(work_off)
        try:
            found = look()
        except BaseException:
            left.clear()
            raise
        work_off()
        working.result()
    return found
