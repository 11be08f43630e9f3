"""Prepares the content of a file for display: highlighted text, or hex, and the kind of file.

`preview_of` is pure and slow (it may parse source code): call it in a job's thread. The view that shows the result
draws only the visible lines.
"""

from __future__ import annotations

from typing import NamedTuple

from rich.style import Style
from rich.text import Span, Text

from layertui.core.analysis.file_facts.file_kinds import kind_of
from layertui.core.language.texts import tr
from layertui.tui.common.format import safe, size

READ_LIMIT = 512 * 1024
"""The number of bytes that a preview reads."""

COLOUR_LIMIT = 96 * 1024
"""Bytes up to which a text is highlighted: parsing more would take longer than reading it."""

HEX_WIDTH = 16


class Preview(NamedTuple):
    """The beginning of a file, ready to be drawn."""

    path: str
    what: str
    """The kind of file, in a few words."""
    size: int
    lines: tuple[Text, ...] | None
    """Its text, line by line; None if it is not a text."""
    content: bytes = b""
    """The bytes to show as hex, if it is not a text."""
    shown: int = 0
    """The number of bytes shown."""

    @property
    def height(self) -> int:
        """The number of lines to show."""
        if self.lines is not None:
            return len(self.lines)
        return -(-len(self.content) // HEX_WIDTH)


def preview_of(path: str, content: bytes, whole: int, *, theme: str = "ansi_dark", colours: bool = True) -> Preview:
    """The preview of a file of `whole` bytes that begins with `content`."""
    cut = len(content) < whole
    if not whole:
        return Preview(path, tr("empty file"), 0, ())
    from layertui.core.analysis.file_facts.text_content import text_of  # late: the first frame shows no file

    text = text_of(content, cut=cut)
    if text is None:
        what = kind_of(content) or tr("binary")
        return Preview(path, what, whole, None, content, len(content))
    lines = _lines(path, text, theme, colours=colours and len(text) <= COLOUR_LIMIT)
    return Preview(path, tr("text"), whole, tuple(lines), b"", len(content))


def plain_lines(text: str) -> list[str]:
    """The lines of a text, safe to show: no tabs, no control characters."""
    text = text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")
    return [safe(line.expandtabs(4)) for line in text.removesuffix("\n").split("\n")]


def coloured_lines(path: str, content: bytes, theme: str) -> list[Text]:
    """The lines of a whole text, highlighted."""
    return _lines(path, content.decode("utf-8", "surrogateescape"), theme, colours=True)


def _lines(path: str, text: str, theme: str, *, colours: bool) -> list[Text]:
    # Made safe before it is parsed: escapes become text, and line ends are the only control characters left.
    plain = plain_lines(text)
    if not colours:
        return [Text(line) for line in plain]
    from rich.syntax import Syntax

    lexer = lexer_for(path, plain[0])
    if lexer is None:
        return [Text(line) for line in plain]
    syntax = Syntax("", lexer, theme=theme, background_color="default")
    coloured = syntax.highlight("\n".join(plain))
    # A background, even the "default" one, would hide the pane's own.
    coloured.style = ""
    coloured.spans = [
        Span(start, end, _without_background(style)) for start, end, style in coloured.spans if isinstance(style, Style)
    ]
    return list(coloured.split("\n", allow_blank=True))[: len(plain)]


def _without_background(style: Style) -> Style:
    return Style(color=style.color, bold=style.bold, italic=style.italic, underline=style.underline)


# The first line of a script without a suffix names its interpreter. Pygments' guess would load all lexers.
_INTERPRETERS = {
    "sh": "bash",
    "bash": "bash",
    "dash": "bash",
    "ash": "bash",
    "zsh": "zsh",
    "python": "python",
    "python3": "python",
}
_INTERPRETERS |= {
    "perl": "perl",
    "ruby": "ruby",
    "node": "javascript",
    "lua": "lua",
    "awk": "awk",
    "sed": "sed",
    "php": "php",
    "tclsh": "tcl",
}


def lexer_for(path: str, first_line: str) -> str | None:
    """Pygments' name for such files, by their name or by a script's first line."""
    from pygments.lexers import find_lexer_class_for_filename  # type: ignore[import-untyped]

    if first_line.startswith("#!"):
        words = first_line[2:].split()
        program = words[0].rpartition("/")[2] if words else ""
        if program == "env":
            program = next((word for word in words[1:] if not word.startswith("-")), "")
        if program in _INTERPRETERS:
            return _INTERPRETERS[program]
    found = find_lexer_class_for_filename(path.rpartition("/")[2])
    if found is None or not found.aliases or found.aliases[0] == "text":
        return None
    return str(found.aliases[0])


def hex_line(content: bytes, row: int) -> tuple[str, str, str]:
    """One row of a hex dump: the offset, the bytes, and the bytes as characters."""
    chunk = content[row * HEX_WIDTH : (row + 1) * HEX_WIDTH]
    half = HEX_WIDTH // 2
    digits = f"{chunk[:half].hex(' '):<23}  {chunk[half:].hex(' '):<23}"
    letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in chunk)
    return f"{row * HEX_WIDTH:08x}", digits, letters


def caption(preview: Preview) -> str:
    """The line above a preview: kind and size, and how much is shown."""
    shown = tr(", the first {size} shown", size=size(preview.shown)) if preview.shown < preview.size else ""
    return f"{preview.what}, {size(preview.size)}{shown}"
