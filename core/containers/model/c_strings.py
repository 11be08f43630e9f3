"""Checks that texts can be passed to the kernel as C strings.

An image's config is JSON, in which a text may contain a NUL, where every C string ends, or a lone surrogate, which no
encoding has. The shim's plan and bwrap's arguments are separated by NULs, so that the rest of such a text would become
an argument of its own.
"""

from __future__ import annotations

from layertui.core.errors import LayertuiError


def is_c_string(text: str) -> bool:
    """Whether the kernel gets to see all of a text."""
    try:
        return b"\0" not in text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False


def require_c_string(text: str, what: str) -> None:
    """LayertuiError, saying what it is, for a text that no process can be given."""
    if not is_c_string(text):
        raise LayertuiError(f"{what} contains a NUL byte or is not valid UTF-8 (lone surrogate): {text[:200]!r}")
