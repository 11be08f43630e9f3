"""Styled text: a line is a list of pieces, each a text and a word for its meaning (``added``, ``dim`` …).

Widgets map the word to a colour; this module knows no colours. All text must already be safe
(`layertui.tui.common.format.safe`).
"""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, chop_cells, set_cell_size

from layertui.core.language.texts import counted
from layertui.tui.common.cells.wide_text import has_wide
from layertui.tui.common.cells.wide_text import wrapped as wrapped_wide

Piece = tuple[str, str]
Pieces = Sequence[Piece]


def fit(text: str, width: int) -> str:
    """Cut or pad to exactly so many cells; a cut shows an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1) + "…"


def fit_left(text: str, width: int) -> str:
    """Like `fit`, but cuts off the beginning: the end of a path is more specific."""
    if cell_len(text) <= width:
        return set_cell_size(text, max(width, 0))
    if width <= 1:
        return "…"[:width]
    begin, room = len(text), width - 1
    while begin and (cells := cell_len(text[begin - 1])) <= room:  # character by character: a path may have 32,768
        begin, room = begin - 1, room - cells
    return set_cell_size("…" + text[begin:], width)


def fit_middle(text: str, width: int) -> str:
    """Like `fit`, but cuts out the middle: of a long name both the beginning and the end matter."""
    if cell_len(text) <= width or width < 3:
        return fit(text, width)
    begin = width // 3
    return set_cell_size(text, begin) + fit_left(text, width - begin)


def right(text: str, width: int) -> str:
    """Right-align, for numbers."""
    missing = width - cell_len(text)
    return " " * missing + text if missing >= 0 else fit(text, width)


def width_of(pieces: Iterable[Piece]) -> int:
    """The width of the pieces in cells."""
    return sum(cell_len(text) for text, _ in pieces)


def crop(pieces: Pieces, width: int) -> list[Piece]:
    """The pieces, cut or padded to exactly so many cells."""
    out: list[Piece] = []
    left = width
    for text, word in pieces:
        cells = cell_len(text)
        if cells > left:
            if left:
                out.append((fit(text, left), word))
            elif out and text.strip():  # the previous piece ends at the edge, and gets the ellipsis
                last, its_word = out[-1]
                out[-1] = (fit(last + text, cell_len(last)), its_word)
            left = 0
            break
        out.append((text, word))
        left -= cells
    if left:
        out.append((" " * left, ""))
    return out


def many(count: int, what: str) -> str:
    """A count with its noun: `1 layer`, `3 layers`."""
    return counted(count, what)


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines, broken at blanks if there are any, otherwise inside a word; one with wide characters also between these."""
    if has_wide(text):
        return wrapped_wide(text, width)
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if cell_len(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        chunks = chop_cells(word, width) if word else [""]
        lines += chunks[:-1]
        line = chunks[-1]
    return [*lines, line]


def advice(text: str, width: int) -> list[list[Piece]]:
    """A text in dim lines, with emphasis on keys and commands in backquotes."""
    lines: list[list[Piece]] = []
    is_key = False
    for line in wrapped(text, max(8, width)):
        pieces: list[Piece] = []
        for number, part in enumerate(line.split("`")):
            is_key = is_key if number == 0 else not is_key
            if part:
                pieces.append((part, "key" if is_key else "dim"))
        lines.append(pieces)
    return lines
