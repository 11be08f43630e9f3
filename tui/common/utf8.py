"""Switches the process to UTF-8 in every locale, because names in images, and all output, are UTF-8."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

OPTION = "layertui-locale"
"""A `-X` option of Python for the encoding in which the process was started."""


def locale_encoding() -> str | None:
    """The encoding of the locale in which this process was started; None for UTF-8, or if Python itself chose UTF-8."""
    encoding = sys._xoptions.get(OPTION)  # noqa: SLF001
    return encoding if isinstance(encoding, str) else None


def ensure_utf8(words: Sequence[str]) -> None:
    """Restart in Python's UTF-8 mode if the locale has another encoding. `words` are the decoded arguments."""
    encoding = sys.getfilesystemencoding()
    ours = sys.orig_argv[1 : len(sys.orig_argv) - len(words)]
    if encoding == "utf-8" or locale_encoding() is not None or sys.orig_argv[len(ours) + 1 :] != list(words):
        return
    options = [sys.executable, "-X", "utf8=1", "-X", f"{OPTION}={encoding}", *ours]
    os.execv(  # noqa: S606  no shell is wanted
        sys.executable, [*map(os.fsencode, options), *(_as_utf8(word, encoding) for word in words)]
    )


def _as_utf8(word: str, encoding: str) -> bytes:
    """An argument in UTF-8, unless it is already: terminals send UTF-8 in any locale. The name of an existing file is not changed."""
    raw = os.fsencode(word)
    try:
        raw.decode()
    except UnicodeDecodeError:
        if not os.path.lexists(raw):
            return raw.decode(encoding, "surrogateescape").encode("utf-8", "surrogateescape")
    return raw
