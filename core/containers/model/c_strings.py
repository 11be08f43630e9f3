"""Checks that texts can be passed to the kernel as C strings.

An image's config is JSON, in which a string may contain a NUL, which ends a C string, or a lone surrogate, which has no
encoding. The shim's plan and bwrap's arguments are separated by NULs, so the rest of such a string would become an
argument of its own.
"""

from __future__ import annotations

from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr


def is_c_string(text: str) -> bool:
    """Whether a string survives as a C string."""
    try:
        return b"\0" not in text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False


def require_c_string(text: str, what: str) -> None:
    """Raise LayertuiError, naming `what`, for a string that cannot be passed to a process."""
    if not is_c_string(text):
        raise LayertuiError(
            tr(
                "{what} contains a NUL byte or is not valid UTF-8 (lone surrogate): {text!r}",
                what=what,
                text=text[:200],
            )
        )
