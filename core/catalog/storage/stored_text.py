"""Names of files as text for a column: Parquet's texts are UTF-8, and names in layers are any bytes.

A byte that is no UTF-8 becomes the character U+10FF00 plus the byte. These are private characters; where a name really has one of
them, its four bytes become such characters one by one. So every name comes back as it was, and `?` in a glob matches one byte.
"""

from __future__ import annotations

import re

from layertui.core.errors import Damaged
from layertui.core.language.texts import tr

_BASE = 0x10FF00
_LONE = re.compile("[\udc80-\udcff\U0010ff80-\U0010ffff]")
_STORED = re.compile("[\U0010ff80-\U0010ffff]+")


def stored(text: str) -> str:
    """A text with surrogate escapes as one that is valid UTF-8."""
    return text if text.isascii() else _LONE.sub(_escaped, text)


def unstored(text: str) -> str:
    """The text, with surrogate escapes, that `stored` was given. Raises Damaged for NULL: the rows may be anybody's."""
    try:
        return text if text.isascii() else _STORED.sub(_unescaped, text)
    except AttributeError:
        raise Damaged(tr("the catalog has no text where one has to be")) from None


def _escaped(found: re.Match[str]) -> str:
    return "".join(chr(_BASE + byte) for byte in found[0].encode("utf-8", "surrogateescape"))


def _unescaped(found: re.Match[str]) -> str:
    return bytes(ord(sign) - _BASE for sign in found[0]).decode("utf-8", "surrogateescape")
