"""The changed files as a tree: kind of change, attributes, the layer on each side, and bytes."""

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

from layertui.core.language.texts import tr
from layertui.core.layers.diff.rollup import ROOT
from layertui.tui.common.format import safe
from layertui.tui.widgets.compare.change_choice import ChangeChoice
from layertui.tui.widgets.compare.change_line import (
    Columns,
    change_line,
    folder_line,
    is_folder,
    sides_line,
    titles_line,
)
from layertui.tui.widgets.compare.hunks import HunkList
from layertui.tui.widgets.text.pieces import Pieces

if TYPE_CHECKING:
    from layertui.core.layers.diff.file_changes import FileChange
    from layertui.core.layers.diff.rollup import Rollup
    from layertui.tui.widgets.compare.change_choice import Chosen

OPEN_AT_FIRST = 60
"""The number of rows up to which the tree is unfolded at first."""

MEASURED = 500


class ChangeTreeLine(NamedTuple):
    """One line of the list: a row of the tree, or a chain of folders with only one child each."""

    row: int
    """The last row of the chain."""
    top: int
    """The first row of the chain."""
    depth: int
    """Its indentation."""


class ChangeTree(HunkList):
    """Folders can be folded; choosing a file's row shows its two contents."""

    TITLE_OF_KEYS = tr("Files that differ")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", tr("open"), show=False, tooltip=tr("Compare the contents of the file")),
        Binding("space", "fold", tr("Fold"), show=False),
        Binding("left,h", "close", tr("Fold"), show=False),
        Binding("right,l", "open", tr("Unfold"), show=False),
        Binding("T", "ignore('time')", tr("time"), tooltip=tr("Show or hide files of which only mtime differs")),
        Binding("O", "ignore('owner')", tr("owner"), tooltip=tr("Show or hide files of which only the owner differs")),
        Binding("M", "ignore('mode')", tr("mode"), tooltip=tr("Show or hide files of which only the mode differs")),
    ]

    class Asked(Message):
        """Other changes are requested."""

        def __init__(self, choice: ChangeChoice) -> None:
            super().__init__()
            self.choice = choice

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.chosen: Chosen | None = None
        self.wish: ChangeChoice | None = None
        """The choice that is being computed."""
        self.lines: list[ChangeTreeLine] = []
        self.unfolded: set[int] = set()
        self.names = ("", "")
        self.note = tr("comparing files …")
        self.head_height = 2
        self._longest = 0

    def show(self, chosen: Chosen, names: tuple[str, str]) -> None:
        """Show changes; the cursor stays on its path, or goes to the first that differs; folds made by hand are kept."""
        old = self.rollup
        path = old.path(self.lines[self.cursor].row) if old is not None and self.lines else None
        opened = {old.path(row) for row in self.unfolded} if old is not None else set()
        self.chosen, self.wish, self.names, self.note = chosen, None, names, ""
        tree = chosen.tree
        if len(tree) <= OPEN_AT_FIRST:
            self.unfolded = set(np.flatnonzero(tree.end > np.arange(1, len(tree) + 1)).tolist())
        else:
            self.unfolded = {row for folder in opened if (row := _row_of(tree, folder)) is not None}
        self._lay_out(0)
        row = _row_of(tree, path) if path is not None else None
        if row is not None:
            self._reveal(row)
        elif len(differing := np.flatnonzero(tree.change >= 0)):
            self._reveal(int(differing[0]))

    def say(self, note: str) -> None:
        """Show a line that says why there are no changes."""
        self.chosen, self.wish, self.note, self.unfolded = None, None, safe(note), set()
        self._lay_out(0)

    @property
    def rollup(self) -> Rollup | None:
        """The changes that are shown, folded or not."""
        return self.chosen.tree if self.chosen is not None else None

    @property
    def choice(self) -> ChangeChoice:
        """The requested choice, whether it is shown yet or not: the next request starts from it."""
        if self.wish is not None:
            return self.wish
        return self.chosen.choice if self.chosen is not None else ChangeChoice()

    def action_ignore(self, what: str) -> None:
        """Ignore an attribute, or not."""
        ignoring = self.choice.ignoring
        flipped = replace(ignoring, **{what: not getattr(ignoring, what)})
        self.post_message(self.Asked(replace(self.choice, ignoring=flipped)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disabled if there is nothing to ignore."""
        if action == "ignore":
            return self.chosen is not None
        if action in ("fold", "open", "close"):
            return bool(self.lines)
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        return tr("it is not known yet which files differ") if action == "ignore" else super().why_not(action)

    # -- lines

    def _lay_out(self, cursor: int | None = None) -> None:
        self.lines = list(self._below(self.rollup, ROOT, 0)) if self.rollup is not None else []
        # Of very many lines only the first determine the width of names: measuring all would be noticeably slow.
        names = (cell_len(self._name_of(line)) + 2 * line.depth for line in self.lines[:MEASURED])
        self._longest = max(names, default=0)
        self.hunks = [at for at, line in enumerate(self.lines) if self._change_of(line) >= 0]
        self.show_count(len(self.lines), cursor=cursor)

    def _below(self, tree: Rollup, row: int, depth: int) -> Iterator[ChangeTreeLine]:
        waiting = [ChangeTreeLine(child, child, depth) for child in reversed(tree.children(row).tolist())]
        while waiting:
            line = waiting.pop()
            last = line.row
            while (
                tree.change[last] < 0 and tree.end[last + 1] == tree.end[last]
            ):  # a single child: that is the next row
                last += 1
            yield ChangeTreeLine(last, line.row, line.depth)
            if last in self.unfolded and tree.end[last] > last + 1:
                below = reversed(tree.children(last).tolist())
                waiting += [ChangeTreeLine(child, child, line.depth + 1) for child in below]

    def _foldable(self, line: ChangeTreeLine) -> bool:
        return self.rollup is not None and int(self.rollup.end[line.row]) > line.row + 1

    def _change_of(self, line: ChangeTreeLine) -> int:
        return int(self.rollup.change[line.row]) if self.rollup is not None else -1

    def _name_of(self, line: ChangeTreeLine) -> str:
        tree = self.rollup
        assert tree is not None
        if line.top == line.row:
            return safe(tree.name(line.row))
        name = tree.path(line.row)
        above = int(tree.parent[line.top])
        return safe(name[len(tree.path(above)) + 1 :] if above != ROOT else name[1:])

    def _reveal(self, row: int) -> None:
        """Unfold the folders above a row, and move the cursor to it."""
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
        """Move the cursor to a path, or to the first one below it."""
        if self.rollup is not None and (row := _row_of(self.rollup, path)) is not None:
            self._reveal(row)

    # -- the cursor

    def change_at(self, index: int) -> FileChange | None:
        """The change on one row; None for a folder that only contains changed paths."""
        if self.chosen is None or not 0 <= index < len(self.lines):
            return None
        at = self._change_of(self.lines[index])
        return self.chosen.tree.changes[at] if at >= 0 else None

    def to_copy(self) -> str | None:
        return self.path_at(self.cursor) or None

    def path_at(self, index: int) -> str:
        """The path on a row."""
        return self.rollup.path(self.lines[index].row) if self.rollup is not None and index < len(self.lines) else ""

    def action_hunk(self, by: int) -> None:
        """Go to the next path that differs, or the previous one, in folded folders too."""
        tree = self.rollup
        if tree is None or not self.lines:
            return
        rows = np.flatnonzero(tree.change >= 0)
        row = self.lines[self.cursor].row
        at = int(np.searchsorted(rows, row, side="right" if by > 0 else "left")) + (0 if by > 0 else -1)
        if 0 <= at < len(rows):
            self._reveal(int(rows[at]))

    def action_choose(self) -> None:
        """Fold a folder; choose a file's row."""
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
        """Unfold, or go to the first child."""
        if not self.lines or not self._foldable(self.lines[self.cursor]):
            return
        if self.lines[self.cursor].row in self.unfolded:
            self.cursor += 1
        else:
            self.action_fold()

    def action_close(self) -> None:
        """Fold, or go to the parent folder."""
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

    def draw_head(self, line: int, width: int) -> Pieces:
        """The names of the sides, and the titles of the columns."""
        if not self.lines:
            hidden = self.chosen is not None and self.chosen.hidden
            text = self.note or (tr("all differences are hidden") if hidden else tr("no file differs"))
            return [(f"  {text}", "dim")] if line else []
        columns = Columns(width, self._longest)
        return titles_line(columns) if line else sides_line(columns, self.names)

    def draw_row(self, index: int, width: int) -> Pieces:
        """A changed path with its two sides, or a folder with the changes below it."""
        item, change, tree = self.lines[index], self.change_at(index), self.rollup
        assert tree is not None
        foldable = self._foldable(item)
        arrow = ("▾ " if item.row in self.unfolded else "▸ ") if foldable else "  "
        name = "  " * item.depth + arrow + self._name_of(item) + ("/" if foldable or is_folder(change) else "")
        columns = Columns(width, self._longest)
        if change is None:
            return folder_line(columns, name, tree.weight(item.row))
        return change_line(columns, name, change, tree.weight(item.row) if foldable else None)


def _row_of(tree: Rollup, path: str) -> int | None:
    """The row of a path, or None; searched folder by folder."""
    row: int | None = None
    for name in path.strip("/").split("/"):
        row = tree.child(row, name.encode("utf-8", "surrogateescape"))
        if row is None:
            return None
    return row
