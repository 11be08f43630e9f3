"""Memory of a process that lives on, as a screen does: what it no longer needs is found, and goes back to the system."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ctypes import CDLL

_MADE_BY_FRAMES = 5_000
"""Objects that may be made before garbage is looked for: each line that Textual paints leaves some thirty, in circles."""
_SOONER, _LATER = 10, 1_000
"""Such looks before what outlived one is looked through too; later: not until an image is open."""

_LARGE = 1 << 24  # bytes: more than a column of a View of two million entries
# What the columns of a View of 700,000 take: a page of memory that is new costs more than what is put there.
_KEPT = 1 << 25
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # malloc.h


def live_on() -> None:
    """Call it when all is there that the first frame needs. Garbage is looked for from now on, if that was put off."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
        gc.set_threshold(_MADE_BY_FRAMES, _LATER)
    _set({_ARENA_MAX: 1})


def settle() -> None:
    """Call it when an image has been opened. What was imported for the first one lives as long as the process.

    To look through all of that takes the time of some keys; so it is done once, now, and not while one is pressed.
    """
    if gc.get_threshold()[1] == _LATER:
        gc.collect(1)
        gc.freeze()
        gc.set_threshold(_MADE_BY_FRAMES, _SOONER)
    give_columns_back()


def give_columns_back() -> None:
    """Let all that is free go back to the system, and from now on each large column as soon as it is gone.

    Once one has gone, the GNU C library keeps room for all that are as large, for each thread by itself: that is half of what
    a screen takes that has laid a large stack. Not while a stack is laid, which it makes take twice as long: call it then.
    """
    libc = _set({_MMAP_THRESHOLD: _LARGE, _TRIM_THRESHOLD: _KEPT})
    if hasattr(libc, "malloc_trim"):
        libc.malloc_trim(0)


def _set(options: Mapping[int, int]) -> CDLL:
    from ctypes import CDLL  # not waited for by the first frame

    libc = CDLL(None)
    mallopt = getattr(libc, "mallopt", None)
    if mallopt is not None:
        for option, value in options.items():
            mallopt(option, value)
    return libc
