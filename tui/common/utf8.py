"""Switches the process to UTF-8 in every locale, because names in images, and all output, are UTF-8."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

OPTION = "layertui-locale"
"""The option of Python's in which a process that began in another encoding says which."""


def locale_encoding() -> str | None:
    """The encoding of the locale that this process began in; None for UTF-8, or where Python itself has chosen that."""
    encoding = sys._xoptions.get(OPTION)  # noqa: SLF001
    return encoding if isinstance(encoding, str) else None


def ensure_utf8(words: Sequence[str]) -> None:
    """Begin anew in Python's UTF-8 mode where the locale has another encoding. `words` are the arguments, as they were decoded."""
    encoding = sys.getfilesystemencoding()
    ours = sys.orig_argv[1 : len(sys.orig_argv) - len(words)]
    if encoding == "utf-8" or locale_encoding() is not None or sys.orig_argv[len(ours) + 1 :] != list(words):
        return
    options = [sys.executable, "-X", "utf8=1", "-X", f"{OPTION}={encoding}", *ours]
    os.execv(  # noqa: S606  no shell is wanted
        sys.executable, [*map(os.fsencode, options), *(_as_utf8(word, encoding) for word in words)]
    )


def _as_utf8(word: str, encoding: str) -> bytes:
    """A word as UTF-8, unless it is that already: terminals send UTF-8 in any locale. The name of a file that is there stays as it is."""
    raw = os.fsencode(word)
    try:
        raw.decode()
    except UnicodeDecodeError:
        if not os.path.lexists(raw):
            return raw.decode(encoding, "surrogateescape").encode("utf-8", "surrogateescape")
    return raw
