"""Text with characters two cells wide, as Chinese has them: broken into lines between characters, padded by cells."""

from __future__ import annotations

import re
from functools import cache

from rich.cells import cell_len, chop_cells, get_character_cell_size

# A wide character with the punctuation that must not begin or end a line, or a word of narrow ones.
_WIDE = "\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
_CLOSING = "\uff0c\u3002\uff1b\uff1a\u3001\uff01\uff1f\uff09\u300d\u300f\u3011\u300b"  # comma, full stop, semicolon … closing brackets
_OPENING = "\uff08\u300c\u300e\u3010\u300a"


@cache
def _units() -> re.Pattern[str]:
    """What a line can be broken between. Compiled when it is first needed: ranges of this size take longer than all of a help text."""
    return re.compile(rf"[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}]+)[{_CLOSING}]*|\s+")


def has_wide(text: str) -> bool:
    """Whether a character of it takes two cells."""
    return not text.isascii() and any(get_character_cell_size(letter) == 2 for letter in text)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of so many cells, broken at blanks and between wide characters; a long word is cut."""
    lines: list[str] = []
    line = ""
    for unit in _units().findall(text):
        if unit.isspace():
            line += unit if line else ""
            continue
        if cell_len(line + unit) <= width:
            line += unit
            continue
        if line.strip():
            lines.append(line.rstrip())
        *whole, line = chop_cells(unit, width) or [""]
        lines += whole
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def padded(text: str, width: int, *, to_right: bool = False) -> str:
    """A text with blanks up to so many cells."""
    blanks = " " * (width - cell_len(text))
    return blanks + text if to_right else text + blanks
