"""Texts that are not stored as UTF-8, decoded as a whole: UTF-16 and UTF-32 with a byte order mark, and Latin-1.

Lines are found, searched and highlighted in UTF-8 only, so such a text is read with a copy of it in memory.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from layertui.core.analysis.file_pages.page_source import PagedContent
    from layertui.core.progress import Progress

MOST_BYTES = 32 << 20
"""Bytes of a file up to which it is decoded: as UTF-8 a text can take twice as many."""

_PIECE = 1 << 20


class StoredCodec(NamedTuple):
    """How a text is stored: Python's name of the encoding, and the bytes of the mark at its beginning."""

    name: str
    mark: int = 0


_BY_ENCODING = {
    "UTF-16LE": StoredCodec("utf-16-le", 2),
    "UTF-16BE": StoredCodec("utf-16-be", 2),
    "UTF-32LE": StoredCodec("utf-32-le", 4),
    "UTF-32BE": StoredCodec("utf-32-be", 4),
}


def codec_of(head: bytes, encoding: str) -> StoredCodec | None:
    """How a text that begins with `head` is stored, `encoding` being that of its facts; None for UTF-8.

    UTF-8 with a few invalid bytes stays UTF-8: it is Latin-1 only if most of what is not ASCII is invalid as UTF-8.
    """
    if encoding != "8-bit":
        return _BY_ENCODING.get(encoding)
    text = head.decode("utf-8", "surrogateescape")
    invalid = sum("\udc80" <= char <= "\udcff" for char in text)
    other = sum(char > "\x7f" for char in text) - invalid
    return StoredCodec("latin-1") if invalid > other else None


def utf8_of(source: PagedContent, codec: StoredCodec, progress: Progress) -> bytes:
    """The whole text as UTF-8; what cannot be decoded is U+FFFD. Raises Cancelled, Damaged, OSError."""
    decoder = codecs.getincrementaldecoder(codec.name)("replace")
    pieces: list[bytes] = []
    for start in range(codec.mark, source.size, _PIECE):
        end = min(start + _PIECE, source.size)
        text = decoder.decode(source.read(start, end, progress), final=end == source.size)
        pieces.append(text.encode("utf-8", "surrogatepass"))
    return b"".join(pieces)


def stored_offset(text: bytes, offset: int, codec: StoredCodec) -> int:
    """Where in the file a character is that has an offset in its UTF-8 text."""
    before = text[:offset].decode("utf-8", "replace")
    return codec.mark + len(before.encode(codec.name, "replace"))


def text_offset(stored: bytes, codec: StoredCodec) -> int:
    """The offset in the UTF-8 text after so many stored bytes, which are all before it."""
    before = codecs.getincrementaldecoder(codec.name)("replace").decode(stored[codec.mark :], final=False)
    return len(before.encode("utf-8", "surrogatepass"))
