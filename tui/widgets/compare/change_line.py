"""One line of the changed files: a path with both sides, or a folder with the changes below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from layertui.core.language.texts import tr
from layertui.tui.common.format import count_text, field_words, mode_text, mtime_text, octal, safe, size, size_change
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit, right

if TYPE_CHECKING:
    from layertui.core.layers.diff.file_changes import FileChange
    from layertui.core.layers.diff.rollup import BytePair
    from layertui.core.layers.table.entry import Entry

WITH_MODES = 110
"""The width in cells from which the modes of both sides are shown."""

WORDS = {"added": "added", "modified": "changed", "removed": "removed"}
LETTERS = {"added": "A", "modified": "M", "removed": "D"}


@dataclass(frozen=True, slots=True)
class Columns:
    """The widths of the columns in a given width, and the length of the longest name."""

    width: int
    longest: int

    @property
    def modes(self) -> bool:
        """Whether modes are shown."""
        return self.width >= WITH_MODES

    @property
    def side(self) -> int:
        """The width of one side's column."""
        return 20 if self.modes else 14

    @property
    def name(self) -> int:
        """The width of the name column: what the names need, so that the figures are near them, but leaving room for these."""
        return max(24, min(self.longest + 8, self.width - 2 * self.side - 12 - (24 if self.modes else 12)))


_KINDS = {
    "dir": tr("dir"),
    "symlink": tr("symlink"),
    "char": tr("char"),
    "block": tr("block"),
    "fifo": tr("fifo"),
    "socket": tr("socket"),
}
"""Kinds in at most eight columns."""


def sides_line(columns: Columns, names: tuple[str, str]) -> Pieces:
    """The names of the two sides, above their columns."""
    left = columns.name + columns.side
    a = right(names[0], left) if cell_len(names[0]) <= left - 3 else "   " + fit(names[0], left - 3)
    b = names[1].rjust(
        columns.side - cell_len(names[1]) + len(names[1])
    )  # a long name extends over the columns after it
    return [(a, "removed strong"), ("  ", ""), (fit(b, columns.width - left - 2), "added strong")]


def titles_line(columns: Columns) -> Pieces:
    side = (fit(tr("mode"), 4) + "  " if columns.modes else "") + f"{right(tr('size'), 8)} {right(tr('layer'), 5)}"
    sides = f"{right(side, columns.side)}  {right(side, columns.side)}"
    return [
        (fit("   " + tr("path"), columns.name), "title"),
        (f"{sides} {right(tr('change'), 9)}  {tr('differs in')}", "title"),
    ]


def change_line(columns: Columns, name: str, change: FileChange, below: BytePair | None) -> Pieces:
    """A changed path; `below`: the changes below it, if it is a folder."""
    word = WORDS[change.kind]
    mark = "T" if "type" in change.fields else LETTERS[change.kind]
    difference = below.difference if below is not None else _size_of(change.b) - _size_of(change.a)
    pieces: list[Piece] = [
        *_name_pieces(columns, mark, name, word),
        (right(_side(change.a, columns), columns.side), "dim"),
        ("  ", ""),
        (right(_side(change.b, columns), columns.side), ""),
        (right(size_change(difference) if difference else "", 10), word),
    ]
    if change.kind == "modified":
        # A changed content nearly always changes the size: both sizes are shown already.
        fields = [field for field in change.fields if field != "size" or "content" not in change.fields]
        pieces.append(("  " + ", ".join(field_words(fields)), "changed"))
    elif below is not None:
        pieces += [(" ", ""), *_counts(below)]
    return pieces


def folder_line(columns: Columns, name: str, below: BytePair) -> Pieces:
    """A folder that is the same on both sides, with the changes below it."""
    counts = _counts(below)
    difference = size_change(below.difference) if below.difference else ""
    return [
        *_name_pieces(columns, " ", name, ""),
        (" " * (2 * columns.side + 2), ""),
        (right(difference, 10), "dim"),
        (" ", ""),
        *counts,
    ]


def _name_pieces(columns: Columns, mark: str, name: str, word: str) -> list[Piece]:
    return [(f" {mark} ", f"{word} strong"), (fit(name, columns.name - 3), word or "base")]


def _counts(below: BytePair) -> list[Piece]:
    found = (("+", below.added, "added"), ("~", below.modified, "changed"), ("-", below.removed, "removed"))
    return [(f" {glyph}{count_text(number)}", word) for glyph, number, word in found if number]


def is_folder(change: FileChange | None) -> bool:
    """Whether a change is of a folder, on either side."""
    entry = (change.b or change.a) if change is not None else None
    return entry is not None and entry.kind.word == "dir"


def _size_of(entry: Entry | None) -> int:
    return entry.size if entry is not None and entry.kind.word == "file" else 0


def _side(entry: Entry | None, columns: Columns) -> str:
    """Mode if there is room, size and layer of one side."""
    if entry is None:
        return ""
    figure = size(entry.size) if entry.kind.word == "file" else _KINDS.get(entry.kind.word, entry.kind.word)
    text = f"{right(figure, 8)} {entry.layer or '':>5}"
    return f"{octal(entry.mode)}  {text}" if columns.modes else text


def entry_lines(entry: Entry | None) -> list[Pieces]:
    """All that is known of one side's path."""
    if entry is None:
        return [[(tr("not there"), "dim")]]
    rows = [
        (tr("mode"), f"{mode_text(entry.kind, entry.mode)}  {octal(entry.mode)}"),
        (
            tr("owner"),
            f"{entry.uid}:{entry.gid}" + (f"  {safe(entry.uname)}:{safe(entry.gname)}" if entry.uname else ""),
        ),
        (tr("size"), tr("{size} bytes", size=count_text(entry.size)) if entry.kind.word == "file" else entry.kind.word),
        (tr("time"), mtime_text(entry.mtime)),
        (tr("layer"), str(entry.layer)),
    ]
    if entry.link is not None:
        rows.append((tr("link"), safe(entry.link)))
    if entry.xattrs:
        rows.append(("xattrs", ", ".join(safe(name) for name in entry.xattrs)))
    return [[(fit(name, 8), "dim"), (value, "")] for name, value in rows]
