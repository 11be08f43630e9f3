"""Draws one row of a file, as text or as hex; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from layertui.core.analysis.file_pages.page_rows import HEX_WIDTH
from layertui.tui.common.format import safe

if TYPE_CHECKING:
    from layertui.core.analysis.file_pages.content_search import ContentPattern


def shown(content: bytes) -> str:
    """The bytes of a row as text that is safe to show: control characters escaped, tabs as blanks."""
    return safe(content.decode("utf-8", "surrogateescape").expandtabs(4))


def text_line(content: bytes, coloured: Text | None, pattern: ContentPattern | None, style: str) -> Text:
    """A row as text, with the matches of a search in a style; `coloured` is the same row, highlighted."""
    line = coloured.copy() if coloured is not None else Text(shown(content))
    for match in pattern.all_in(content) if pattern is not None else ():
        line.stylize(style, len(shown(content[: match.start])), len(shown(content[: match.end])))
    return line


def hex_digits(content: bytes) -> tuple[str, str]:
    """The bytes of a row in hex, and as characters."""
    half = HEX_WIDTH // 2
    digits = f"{content[:half].hex(' '):<23}  {content[half:].hex(' '):<23}"
    return digits, "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in content)


def offset_text(offset: int, size: int) -> str:
    """An offset in hex, as wide as all of a file are."""
    return f"{offset:0{max(8, len(f'{size:x}'))}x}"
