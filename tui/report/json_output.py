"""Writes the answers of commands to stdout, as text or as one JSON document.

All output of commands passes through `Output`, which handles encoding, refuses NaN in JSON, and reports a full disk
behind stdout. Text should already have passed `format.safe`; anything that has not is escaped here.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, Protocol

from layertui.core.language.texts import is_english
from layertui.core.unsafe_text import UNSAFE

# Output is collected to about this many characters before it is written.
GATHER = 1 << 16
# Rows, and characters, of a table that are held at a time, to find out how wide its columns are.
_BLOCK_ROWS, _BLOCK_CHARACTERS = 1 << 16, 16 << 20
_LONGEST_PADDED = 1 << 15  # characters of a cell for which others are padded, as docker pads them all
_GAP = 3 * " "


class Output:
    """The stdout of a command."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw = raw

    @classmethod
    def stdout(cls) -> Output:
        """The process's own stdout. Raises OSError if it is closed."""
        if sys.stdout is None:
            raise OSError(9, "closed")
        return cls(sys.stdout.buffer)

    def line(self, text: str = "") -> None:
        """One line of text."""
        self.raw.write(text.encode("utf-8", "backslashreplace") + b"\n")

    def lines(self, texts: Iterable[str]) -> None:
        """Many lines of text, written in large chunks."""
        self.pieces(text + "\n" for text in texts)

    def pieces(self, texts: Iterable[str]) -> None:
        """Text as it is, collected into large writes."""
        gathered: list[str] = []
        length = 0
        for text in texts:
            gathered.append(text)
            length += len(text)
            if length >= GATHER:
                self.raw.write("".join(gathered).encode("utf-8", "backslashreplace"))
                gathered.clear()
                length = 0
        self.raw.write("".join(gathered).encode("utf-8", "backslashreplace"))

    def document(self, value: Any) -> None:
        """One JSON document."""
        self.raw.write(json_bytes(value) + b"\n")

    def array(self, rows: Iterable[str]) -> None:
        """A JSON array of rows that are JSON already, one per line."""
        self.pieces(_array(rows))

    def table(self, headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Columns as docker prints them: with headers, at least ten wide and three blanks apart."""
        self.lines(docker_table(headers, rows))


def _array(rows: Iterable[str]) -> Iterator[str]:
    first = True
    for row in rows:
        yield "[" + row if first else ",\n" + row
        first = False
    yield "[]\n" if first else "]\n"


def json_bytes(value: Any, *, indent: int | None = None) -> bytes:
    """A value as JSON; NaN and Infinity become null, bytes that are not UTF-8 surrogate escapes; control characters are escaped."""
    import orjson

    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2 if indent else None)
    except TypeError:
        # orjson refuses lone surrogates, integers over 64 bits and subclasses of str.
        separators = (",", ": " if indent else ":")
        text = json.dumps(
            _plain(value), ensure_ascii=True, allow_nan=False, indent=indent, separators=separators
        ).encode("ascii")
    if text.isascii() and b"\x7f" not in text:
        return text
    # JSON allows DEL, C1 and invisible characters unescaped; a terminal would interpret them.
    return UNSAFE.sub(_escaped, text.decode()).encode()


def _escaped(match: re.Match[str]) -> str:
    """Escape in JSON's form what `format.safe` escapes; line ends here are the JSON's own."""
    char = match.group()
    return char if char == "\n" else r"\u007f" if char == "\x7f" else json.dumps(char)[1:-1]


def _plain(value: Any) -> Any:
    """The value with only types that the standard library's JSON supports."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def docker_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of a table in docker's layout: no padding after the last column.

    Millions of rows are written as they come, and may then be wider than those before: columns are as wide as in the rows so far. No
    cell is padded for one that is longer than `_LONGEST_PADDED`.
    """
    widths = [0] * (len(headers) - 1)
    for block in _blocks(headers, rows):
        for column, width in enumerate(widths):
            longest = max(len(row[column]) for row in block)
            widths[column] = max(10 - len(_GAP), width, min(longest, _LONGEST_PADDED))
        for row in block:
            yield "".join(cell.ljust(width) + _GAP for cell, width in zip(row, widths, strict=False)) + row[-1]


def _blocks(first: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """The rows, some ten thousand or some megabytes at a time."""
    block, length = [first], 0
    for row in rows:
        block.append(row)
        length += sum(map(len, row))
        if len(block) > _BLOCK_ROWS or length > _BLOCK_CHARACTERS:
            yield block
            block, length = [], 0
    if block:
        yield block


class _Pad(Protocol):
    def __call__(self, text: str, width: int, *, to_right: bool) -> str:
        """The text with blanks up to a width."""


def _measures() -> tuple[Callable[[str], int], _Pad]:
    """How wide a text is, and how it is padded: by characters, which are cells in English; otherwise by cells."""
    if is_english():
        return len, lambda text, width, *, to_right: text.rjust(width) if to_right else text.ljust(width)
    from rich.cells import cell_len

    from layertui.tui.common.cells.wide_text import padded

    return cell_len, padded


def aligned(aligns: str, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Lines of columns two blanks apart, numbers right-aligned."""
    table = list(rows)
    cells_of, pad = _measures()
    widths = [max((cells_of(row[column]) for row in table), default=0) for column in range(len(aligns))]
    for row in table:
        cells = (
            pad(cell, width, to_right=align == "r") for cell, width, align in zip(row, widths, aligns, strict=True)
        )
        yield "  ".join(cells).rstrip()
