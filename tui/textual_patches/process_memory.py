"""Garbage collector and allocator, tuned for a process that paints for a long time and loads large arrays once.

Why: each line that Textual paints leaves about thirty objects in reference cycles, so the collector runs in the middle of keys.
Without it: single keys take 15 to 30 ms longer, and half of what a screen with a large stack occupies is freed memory.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ctypes import CDLL

_YOUNG_THRESHOLD = 5_000
"""Allocations between two collections of the youngest generation."""
_OLD_THRESHOLD, _OLD_THRESHOLD_AT_START = 10, 1_000
"""Young collections between two of the middle generation; at the start practically none, until an image is open."""

_LARGE = 1 << 24  # bytes: more than a column of a View of two million entries
# What the columns of a View of 700,000 take: a page of memory that is new costs more than what is put there.
_TRIM_ABOVE = 1 << 25
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h


def enable_gc() -> None:
    """Switch the collector on, if it was off during the start. Call it once all that the first frame needs is loaded."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
        gc.set_threshold(_YOUNG_THRESHOLD, _OLD_THRESHOLD_AT_START)
    _mallopt({_ARENA_MAX: 1})


def freeze_baseline() -> None:
    """Exempt what is loaded by now from collections, and return free memory. Call it when an image has been opened.

    What was imported for the first image lives as long as the process. Traversing it takes as long as some keys do,
    so it is done once, here, and not while a key is pressed.
    """
    if gc.get_threshold()[1] == _OLD_THRESHOLD_AT_START:
        gc.collect(1)
        gc.freeze()
        gc.set_threshold(_YOUNG_THRESHOLD, _OLD_THRESHOLD)
    trim_heap()


def trim_heap() -> None:
    """Return free memory to the system, and from now on each large array as soon as it is freed.

    After the first large array was freed, glibc raises its mmap threshold and keeps freed arrays in the heap of each thread:
    half of what a screen occupies that has merged a large stack. Merging takes twice as long with these settings, so call it afterwards.
    """
    libc = _mallopt({_MMAP_THRESHOLD: _LARGE, _TRIM_THRESHOLD: _TRIM_ABOVE})
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def _mallopt(options: Mapping[int, int]) -> CDLL:
    from ctypes import CDLL  # not needed before the first frame

    libc = CDLL(None)
    mallopt = getattr(libc, "mallopt", None)
    if mallopt is not None:
        for option, value in options.items():
            mallopt(option, value)
    return libc
