"""C strings: which texts can be handed to the kernel, and which would mean something else there.

An image's config is JSON, where a text may hold a NUL, at which every C string ends, or half of a surrogate pair, which no
encoding has. Our plans and bwrap's separate their words by NULs, and would take what follows one for a word of its own.
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
