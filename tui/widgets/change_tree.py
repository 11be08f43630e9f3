"""The files that differ, as a tree: which way, in what, from which layer on each side, and by how many bytes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np
from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message

from layertui.core.layers.rollup import ROOT
from layertui.tui.format import count_text, mode_text, mtime_text, octal, safe, size, size_change
from layertui.tui.widgets.change_choice import Choice
from layertui.tui.widgets.hunks import HunkList
from layertui.tui.widgets.pieces import Piece, Pieces, fit, right

if TYPE_CHECKING:
    from layertui.core.layers.changes import FileChange
    from layertui.core.layers.entry import Entry
    from layertui.core.layers.rollup import Rollup, Weight
    from layertui.tui.widgets.change_choice import Chosen

OPEN_AT_FIRST = 60
"""Up to so many rows, the tree is unfolded when it is shown."""

MEASURED = 500

WORDS = {"added": "added", "modified": "changed", "removed": "removed"}
LETTERS = {"added": "A", "modified": "M", "removed": "D"}


class Line(NamedTuple):
    """One line of the list: a row of the tree, or a chain of folders with only one thing in each."""

    row: int
    """Of the chain the last one."""
    top: int
    """Of the chain the first one."""
    depth: int
    """How far it stands in."""


class ChangeTree(HunkList):
    """Folders fold; a file's row is chosen to see its two contents."""

    TITLE_OF_KEYS = "Files that differ"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "fold", "Fold", show=False),
        Binding("left,h", "close", "Fold", show=False),
        Binding("right,l", "open", "Unfold", show=False),
        Binding("T", "ignore('time')", "time", tooltip="Show or hide what differs in its time alone"),
        Binding("O", "ignore('owner')", "owner", tooltip="Show or hide what differs in its owner alone"),
        Binding("M", "ignore('mode')", "mode", tooltip="Show or hide what differs in its mode alone"),
    ]

    class Asked(Message):
        """Other changes are to be shown."""

        def __init__(self, choice: Choice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.chosen: Chosen | None = None
        self.lines: list[Line] = []
        self.unfolded: set[int] = set()
        self.names = ("", "")
        self.note = "comparing files …"
        self.head_height = 2
        self._longest = 0

    def show(self, chosen: Chosen, names: tuple[str, str]) -> None:
        """Show these; the cursor stays on its path, and what was unfolded by hand stays so."""
        old = self.rollup
        path = old.path(self.lines[self.cursor].row) if old is not None and self.lines else None
        opened = {old.path(row) for row in self.unfolded} if old is not None else set()
        self.chosen, self.names, self.note = chosen, names, ""
        tree = chosen.tree
        if len(tree) <= OPEN_AT_FIRST:
            self.unfolded = set(np.flatnonzero(tree.end > np.arange(1, len(tree) + 1)).tolist())
        else:
            self.unfolded = {row for folder in opened if (row := _row_of(tree, folder)) is not None}
        self._lay_out(0)
        if path is not None and (row := _row_of(tree, path)) is not None:
            self._reveal(row)

    def say(self, note: str) -> None:
        """Nothing to show yet, or no longer: a line says why."""
        self.chosen, self.note, self.unfolded = None, note, set()
        self._lay_out(0)

    @property
    def rollup(self) -> Rollup | None:
        """What is shown, folded or not."""
        return self.chosen.tree if self.chosen is not None else None

    @property
    def choice(self) -> Choice:
        """What is asked for."""
        return self.chosen.choice if self.chosen is not None else Choice()

    def action_ignore(self, what: str) -> None:
        """Let it count, or not."""
        ignoring = self.choice.ignoring
        flipped = replace(ignoring, **{what: not getattr(ignoring, what)})
        self.post_message(self.Asked(replace(self.choice, ignoring=flipped)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There must be something to ignore."""
        if action == "ignore":
            return self.chosen is not None
        return super().check_action(action, parameters)

    # -- which lines there are

    def _lay_out(self, cursor: int | None = None) -> None:
        self.lines = list(self._below(self.rollup, ROOT, 0)) if self.rollup is not None else []
        # Of very many lines the first say how wide names are: to look at each would be felt.
        names = (cell_len(self._name_of(line)) + 2 * line.depth for line in self.lines[:MEASURED])
        self._longest = max(names, default=0)
        self.hunks = [at for at, line in enumerate(self.lines) if self._change_of(line) >= 0]
        self.show_count(len(self.lines), cursor=cursor)

    def _below(self, tree: Rollup, row: int, depth: int) -> Iterator[Line]:
        waiting = [Line(child, child, depth) for child in reversed(tree.children(row).tolist())]
        while waiting:
            line = waiting.pop()
            last = line.row
            while (
                tree.change[last] < 0 and tree.end[last + 1] == tree.end[last]
            ):  # one thing in it: that is the next row
                last += 1
            yield Line(last, line.row, line.depth)
            if last in self.unfolded and tree.end[last] > last + 1:
                below = reversed(tree.children(last).tolist())
                waiting += [Line(child, child, line.depth + 1) for child in below]

    def _foldable(self, line: Line) -> bool:
        return self.rollup is not None and int(self.rollup.end[line.row]) > line.row + 1

    def _change_of(self, line: Line) -> int:
        return int(self.rollup.change[line.row]) if self.rollup is not None else -1

    def _name_of(self, line: Line) -> str:
        tree = self.rollup
        assert tree is not None
        if line.top == line.row:
            return safe(tree.name(line.row))
        name = tree.path(line.row)
        above = int(tree.parent[line.top])
        return safe(name[len(tree.path(above)) + 1 :] if above != ROOT else name[1:])

    def _reveal(self, row: int) -> None:
        """Unfold what is above a row, and stand on it."""
        tree = self.rollup
        assert tree is not None
        folded = False
        above = int(tree.parent[row])
        while above != ROOT:
            folded |= above not in self.unfolded
            self.unfolded.add(above)
            above = int(tree.parent[above])
        if folded:
            self._lay_out()
        # Lines are in tree order, and a chain of folders is one line, named for its last row.
        self.go_to(bisect_left(self.lines, row, key=attrgetter("row")))

    def go_to_path(self, path: str) -> None:
        """Stand on a path, or on the first one below it."""
        if self.rollup is not None and (row := _row_of(self.rollup, path)) is not None:
            self._reveal(row)

    # -- the cursor

    def change_at(self, index: int) -> FileChange | None:
        """The change on one row; None on a folder that only holds changed paths."""
        if self.chosen is None or not 0 <= index < len(self.lines):
            return None
        at = self._change_of(self.lines[index])
        return self.chosen.tree.changes[at] if at >= 0 else None

    def path_at(self, index: int) -> str:
        """The path on a row."""
        return self.rollup.path(self.lines[index].row) if self.rollup is not None and index < len(self.lines) else ""

    def action_hunk(self, by: int) -> None:
        """To the next path that differs, or the one before, in folders that are folded too."""
        tree = self.rollup
        if tree is None or not self.lines:
            return
        rows = np.flatnonzero(tree.change >= 0)
        row = self.lines[self.cursor].row
        at = int(np.searchsorted(rows, row, side="right" if by > 0 else "left")) + (0 if by > 0 else -1)
        if 0 <= at < len(rows):
            self._reveal(int(rows[at]))

    def action_choose(self) -> None:
        """Fold a folder; a file's row is chosen."""
        if self.lines and self._foldable(self.lines[self.cursor]):
            self.action_fold()
        else:
            super().action_choose()

    def action_fold(self) -> None:
        """Fold or unfold the row's folder."""
        if self.lines and self._foldable(self.lines[self.cursor]):
            self.unfolded ^= {self.lines[self.cursor].row}
            self._lay_out()

    def action_open(self) -> None:
        """Unfold, or go on into what is unfolded."""
        if not self.lines or not self._foldable(self.lines[self.cursor]):
            return
        if self.lines[self.cursor].row in self.unfolded:
            self.cursor += 1
        else:
            self.action_fold()

    def action_close(self) -> None:
        """Fold, or go up to the folder."""
        if not self.lines:
            return
        line = self.lines[self.cursor]
        if self._foldable(line) and line.row in self.unfolded:
            self.action_fold()
            return
        for index in range(self.cursor - 1, -1, -1):
            if self.lines[index].depth < line.depth:
                self.cursor = index
                return

    # -- drawing

    def _name_width(self, width: int) -> int:
        """The names take what they need, so that the figures stand near them, and leave the figures their room."""
        return max(
            24, min(self._longest + 8, width - 2 * _side_width(width) - 12 - (24 if width >= WITH_MODES else 12))
        )

    def draw_head(self, line: int, width: int) -> Pieces:
        """Whose the columns are, and their names."""
        name, side = self._name_width(width), _side_width(width)
        if not self.lines:
            hidden = self.chosen is not None and self.chosen.hidden
            told = self.note or ("nothing left: see what is hidden" if hidden else "no file differs")
            return [(f"  {told}", "dim")] if line else []
        if line == 0:
            a, b = (fit(f"{text:>{side}}" if len(text) < side else text, side) for text in self.names)
            return [(" " * name, ""), (a, "removed strong"), ("  ", ""), (b, "added strong")]
        columns = ("mode  " if width >= WITH_MODES else "") + f"{'size':>8} {'layer':>5}"
        sides = f"{columns:>{side}}  {columns:>{side}}"
        return [(fit("   path", name), "title"), (f"{sides} {'change':>9}  differs in", "title")]

    def draw_row(self, index: int, width: int) -> Pieces:
        """A changed path with its two sides, or a folder with what changed below it."""
        item = self.lines[index]
        change = self.change_at(index)
        word = WORDS[change.kind] if change is not None else ""
        mark = " " if change is None else "T" if "type" in change.fields else LETTERS[change.kind]
        foldable = self._foldable(item)
        arrow = ("▼ " if item.row in self.unfolded else "▶ ") if foldable else "  "
        name = "  " * item.depth + arrow + self._name_of(item) + ("/" if foldable or _is_folder(change) else "")
        pieces: list[Piece] = [
            (f" {mark} ", f"{word} strong"),
            (fit(name, self._name_width(width) - 3), word or "base"),
        ]
        if change is None:
            return [*pieces, *self._counts(item, width)]
        side = _side_width(width)
        left, other = _side(change.a, width), _side(change.b, width)
        pieces += [(right(left, side), "dim"), ("  ", ""), (right(other, side), "")]
        difference = self._weight(item).difference if foldable else _size_of(change.b) - _size_of(change.a)
        pieces.append((right(size_change(difference) if difference else "", 10), word))
        if change.kind == "modified":
            # Other bytes are nearly always more or fewer, too: both sizes stand there already.
            told = [field for field in change.fields if field != "size" or "content" not in change.fields]
            pieces.append(("  " + " ".join(told), "changed"))
        elif foldable:
            pieces += self._counts(item, width, short=True)
        return pieces

    def _weight(self, line: Line) -> Weight:
        assert self.rollup is not None
        return self.rollup.weight(line.row)

    def _counts(self, line: Line, width: int, *, short: bool = False) -> list[Piece]:
        weight = self._weight(line)
        parts: list[Piece] = []
        for glyph, number, word in (
            ("+", weight.added, "added"),
            ("~", weight.modified, "changed"),
            ("-", weight.removed, "removed"),
        ):
            if number:
                parts.append((f" {glyph}{count_text(number)}", word))
        if short:
            return [(" ", ""), *parts]
        room = 2 * _side_width(width) + 2
        used = sum(len(text) for text, _ in parts)
        difference = size_change(weight.difference) if weight.difference else ""
        return [*parts, (" " * max(0, room - used), ""), (right(difference, 10), "dim")]


WITH_MODES = 110


def _side_width(width: int) -> int:
    return 20 if width >= WITH_MODES else 14


def _is_folder(change: FileChange | None) -> bool:
    entry = (change.b or change.a) if change is not None else None
    return entry is not None and entry.kind.word == "dir"


def _row_of(tree: Rollup, path: str) -> int | None:
    """The row of a path, if it has one; found from folder to folder."""
    row = ROOT
    for name in path.strip("/").split("/"):
        row = next((child for child in tree.children(row).tolist() if tree.name(child) == name), ROOT)
        if row == ROOT:
            return None
    return row


def _size_of(entry: Entry | None) -> int:
    return entry.size if entry is not None and entry.kind.word == "file" else 0


def _side(entry: Entry | None, width: int) -> str:
    """Mode where there is room, size, layer: of one side."""
    if entry is None:
        return ""
    figure = size(entry.size) if entry.kind.word == "file" else entry.kind.word
    text = f"{figure:>8} {entry.layer or '':>5}"
    return f"{octal(entry.mode)}  {text}" if width >= WITH_MODES else text


def entry_lines(entry: Entry | None) -> list[Pieces]:
    """All that is known of one side's path."""
    if entry is None:
        return [[("not there", "dim")]]
    rows = [
        ("mode", f"{mode_text(entry.kind, entry.mode)}  {octal(entry.mode)}"),
        ("owner", f"{entry.uid}:{entry.gid}" + (f"  {safe(entry.uname)}:{safe(entry.gname)}" if entry.uname else "")),
        ("size", f"{count_text(entry.size)} bytes" if entry.kind.word == "file" else entry.kind.word),
        ("time", mtime_text(entry.mtime)),
        ("layer", str(entry.layer)),
    ]
    if entry.link is not None:
        rows.append(("link", safe(entry.link)))
    if entry.xattrs:
        rows.append(("xattrs", ", ".join(safe(name) for name in entry.xattrs)))
    return [[(f"{name:<8}", "dim"), (value, "")] for name, value in rows]
