"""System calls that Python's `os` does not have, by the C library of this process.

The shim does not use it: it runs with `python -I -S` and imports nothing of this package.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ctypes import CDLL


@cache
def libc() -> CDLL:
    """The C library. Importing ctypes takes a millisecond, so it waits for the first call."""
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def function(name: str) -> Any:
    """A function of the C library, or None where it has no such function."""
    return getattr(libc(), name, None)


def last_error(path: str | None = None) -> OSError:
    """The error of the last call, by its errno."""
    import ctypes

    code = ctypes.get_errno()
    return OSError(code, os.strerror(code)) if path is None else OSError(code, os.strerror(code), path)
