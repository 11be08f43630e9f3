"""Texts: whether content is one, in which encoding, how its lines end, and the interpreter of a script."""

from __future__ import annotations

import codecs
import re

from layertui.core.analysis.file_facts.fact_values import TextFacts
from layertui.core.analysis.file_facts.file_kinds import kind_of
from layertui.core.language.texts import tr

_MARKS = (
    (codecs.BOM_UTF8, tr("UTF-8 with BOM")),
    (codecs.BOM_UTF32_LE, "UTF-32LE"),  # before that of UTF-16, with which it begins
    (codecs.BOM_UTF32_BE, "UTF-32BE"),
    (codecs.BOM_UTF16_LE, "UTF-16LE"),
    (codecs.BOM_UTF16_BE, "UTF-16BE"),
)
_WIDE = ("UTF-16", "UTF-32")  # whose texts are full of NULs
_CODECS = {"ASCII": "ascii", "UTF-8": "utf-8", "UTF-8 with BOM": "utf-8-sig", "8-bit": "latin-1"}
# These take the mark away.
_CODECS |= {"UTF-16LE": "utf-16", "UTF-16BE": "utf-16", "UTF-32LE": "utf-32", "UTF-32BE": "utf-32"}
_LOOK_AT = 4096  # characters, for how many are control characters
_LINE_END = re.compile(r"\r\n|\n|\r")
_END_NAMES = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}


def text_of(content: bytes, *, cut: bool = False) -> str | None:
    """The content as text; None if it is not UTF-8 text (a NUL, invalid UTF-8, or mostly control characters).

    With `cut` it is the beginning of a longer one, and its last character may be incomplete.
    """
    if b"\x00" in content or kind_of(content[:64]) is not None:
        return None
    try:
        text = _whole(content, "utf-8", cut=cut)
    except UnicodeDecodeError:
        return None
    return text if _is_readable(text) else None


def decoded_text(content: bytes, *, cut: bool = False) -> tuple[str, TextFacts] | None:
    """As `text_of`, also for UTF-16 and UTF-32 with a byte order mark, and for 8-bit encodings, read as Latin-1."""
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "")
    if not encoding.startswith(_WIDE) and (b"\x00" in content or kind_of(content[:64]) is not None):
        return None
    if not encoding:
        encoding = "ASCII" if content.isascii() else "UTF-8"
    try:
        text = _whole(content, _CODECS[encoding], cut=cut)
    except UnicodeDecodeError:
        if encoding != "UTF-8":
            return None
        encoding, text = "8-bit", content.decode("latin-1")
    if not _is_readable(text):
        return None
    return text, TextFacts(encoding, _line_ends(text, cut=cut), _interpreter(text))


def _whole(content: bytes, codec: str, *, cut: bool) -> str:
    """The text, without an incomplete last character if it is `cut`."""
    return codecs.getincrementaldecoder(codec)().decode(content, final=not cut)


def _is_readable(text: str) -> bool:
    look_at = text[:_LOOK_AT]
    controls = sum(1 for char in look_at if char < " " and char not in "\t\n\r\x0c\x1b")
    return controls * 20 <= len(look_at)


def _line_ends(text: str, *, cut: bool) -> str:
    if cut and text.endswith("\r"):  # half of a line end, perhaps
        text = text[:-1]
    ends = {match[0] for match in _LINE_END.finditer(text)}
    return "mixed" if len(ends) > 1 else "".join(_END_NAMES[end] for end in ends)


def _interpreter(text: str) -> str:
    first = text.partition("\n")[0] if text.startswith("#!") else ""
    return first[2:].strip()
