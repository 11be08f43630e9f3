"""The files that differ, as a tree: which way, in what, from which layer on each side, and by how many bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.binding import Binding, BindingType
from textual.message import Message

from layertui.tui.format import count_text, mode_text, mtime_text, octal, safe, size, size_change
from layertui.tui.widgets.change_runs import (
    LETTERS,
    ChangeRuns,
    Node,
    Sorted,
    matching,
    only_time,
    size_difference,
    sort_out,
)
from layertui.tui.widgets.pieces import Piece, Pieces, fit, right
from layertui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.layers.changes import FileChange
    from layertui.core.layers.entry import Entry

OPEN_AT_FIRST = 60
"""Up to so many changes, the tree is unfolded when it is shown."""

WORDS = {"added": "added", "modified": "changed", "removed": "removed"}


class ChangeTree(RowList):
    """Folders fold; a file's row is chosen to see its two contents."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "fold", "Fold", show=False),
        Binding("left,h", "close", "Fold", show=False),
        Binding("right,l", "open", "Unfold", show=False),
        Binding("T", "times", "time alone", tooltip="Show or hide what differs in its time alone"),
    ]

    class Filtered(Message):
        """What is shown has changed."""

        def __init__(self, tree: ChangeTree, shown: int, hidden: int) -> None:
            super().__init__()
            self.tree = tree
            self.shown = shown
            self.hidden = hidden

        @property
        def control(self) -> ChangeTree:
            """The tree it comes from."""
            return self.tree

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self._all: Sequence[FileChange] = ()
        self._sorted = sort_out(())
        self.runs = ChangeRuns(())
        self.nodes: list[Node] = []
        self.open: set[str] = set()
        self.with_times = False
        self.wanted = ""
        self.names = ("", "")
        self.note = "comparing files …"
        self.head_height = 2
        self._longest = 0

    def show(self, changes: Sorted, names: tuple[str, str] = ("", "")) -> None:
        """Show these. Where nothing but times differ, those: the tree never says that nothing differs where something does."""
        self._sorted, self.names, self.note = changes, names, ""
        self._all, self.with_times = changes.everything, changes.with_times
        self.open.clear()
        self._rebuild()

    def say(self, note: str) -> None:
        """Nothing to show yet, or no longer: a line says why."""
        self._sorted = sort_out(())
        self._all, self.note = (), note
        self._rebuild()

    def filter(self, text: str) -> None:
        """Leave only the paths that have the text."""
        self.wanted = text
        self._rebuild()

    def action_times(self) -> None:
        """Show or hide what differs in its time alone."""
        self.with_times = not self.with_times
        self._rebuild()

    def _rebuild(self) -> None:
        kept = matching(self._all, self.wanted)
        if not self.wanted and self.with_times == self._sorted.with_times:
            self.runs = self._sorted.runs
        else:
            self.runs = ChangeRuns(kept if self.with_times else (one for one in kept if not only_time(one)))
        if len(self.runs) <= OPEN_AT_FIRST:
            self._open_all()
        self._lay_out(0)
        if not self.note:
            self.post_message(self.Filtered(self, len(self.runs), len(kept) - len(self.runs)))

    def _open_all(self) -> None:
        waiting = self.runs.children()
        while waiting:
            node = waiting.pop()
            if node.foldable:
                self.open.add(node.path)
                waiting += self.runs.children(node)

    def _lay_out(self, cursor: int | None = None) -> None:
        rows: list[Node] = []
        waiting = list(reversed(self.runs.children()))
        while waiting:
            node = waiting.pop()
            rows.append(node)
            if node.foldable and node.path in self.open:
                waiting += reversed(self.runs.children(node))
        self.nodes = rows
        self._longest = max((cell_len(safe(node.name)) + 2 * node.depth for node in rows), default=0)
        self.show_count(len(rows), cursor=cursor)

    # -- the cursor

    def change_at(self, index: int) -> FileChange | None:
        """The change on one row; None on a folder that only holds changed paths."""
        return self.nodes[index].change if 0 <= index < len(self.nodes) else None

    def action_choose(self) -> None:
        """Fold a folder; a file's row is chosen."""
        if self.nodes and self.nodes[self.cursor].foldable:
            self.action_fold()
        else:
            super().action_choose()

    def action_fold(self) -> None:
        """Fold or unfold the row's folder."""
        if self.nodes and self.nodes[self.cursor].foldable:
            self.open ^= {self.nodes[self.cursor].path}
            self._lay_out()

    def action_open(self) -> None:
        """Unfold, or go on into what is unfolded."""
        if not self.nodes:
            return
        node = self.nodes[self.cursor]
        if node.foldable and node.path not in self.open:
            self.action_fold()
        elif node.foldable:
            self.cursor += 1

    def action_close(self) -> None:
        """Fold, or go up to the folder."""
        if not self.nodes:
            return
        node = self.nodes[self.cursor]
        if node.foldable and node.path in self.open:
            self.action_fold()
            return
        for index in range(self.cursor - 1, -1, -1):
            if self.nodes[index].depth < node.depth:
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
        if not self.runs.changes:
            return (
                [("  no file differs" if not self._all else "  nothing left: see what is hidden", "dim")]
                if line
                else []
            )
        if line == 0:
            a, b = (fit(f"{text:>{side}}" if len(text) < side else text, side) for text in self.names)
            return [(" " * name, ""), (a, "removed strong"), ("  ", ""), (b, "added strong")]
        columns = ("mode  " if width >= WITH_MODES else "") + f"{'size':>8} {'layer':>5}"
        sides = f"{columns:>{side}}  {columns:>{side}}"
        return [(fit("   path", name), "title"), (f"{sides} {'change':>9}  differs in", "title")]

    def draw_row(self, index: int, width: int) -> Pieces:
        """A changed path with its two sides, or a folder with what changed below it."""
        node = self.nodes[index]
        change = node.change
        word = WORDS[change.kind] if change is not None else ""
        mark = LETTERS[change.kind] if change is not None else " "
        arrow = ("▼ " if node.path in self.open else "▶ ") if node.foldable else "  "
        folder = node.foldable or _is_folder(change)
        name = "  " * node.depth + arrow + safe(node.name) + ("/" if folder else "")
        pieces: list[Piece] = [
            (f" {mark} ", f"{word} strong"),
            (fit(name, self._name_width(width) - 3), word or "base"),
        ]
        if change is None:
            return [*pieces, *self._counts(node, width)]
        side = _side_width(width)
        left, other = _side(change.a, width), _side(change.b, width)
        pieces += [(right(left, side), "dim"), ("  ", ""), (right(other, side), "")]
        difference = size_difference(change)
        pieces.append((right(size_change(difference) if difference else "", 10), word))
        if change.kind == "modified":
            pieces.append(("  " + " ".join(change.fields), "changed"))
        elif node.foldable:
            pieces += self._counts(node, width, short=True)
        return pieces

    def _counts(self, node: Node, width: int, *, short: bool = False) -> list[Piece]:
        added, modified, removed = self.runs.counts(node)
        parts: list[Piece] = []
        for glyph, number, word in (("+", added, "added"), ("~", modified, "changed"), ("-", removed, "removed")):
            if number:
                parts.append((f" {glyph}{count_text(number)}", word))
        if short:
            return [(" ", ""), *parts]
        room = 2 * _side_width(width) + 2
        used = sum(len(text) for text, _ in parts)
        difference = self.runs.difference(node)
        return [*parts, (" " * max(0, room - used), ""), (right(size_change(difference), 10), "dim")]


WITH_MODES = 110


def _side_width(width: int) -> int:
    return 20 if width >= WITH_MODES else 14


def _is_folder(change: FileChange | None) -> bool:
    entry = (change.b or change.a) if change is not None else None
    return entry is not None and entry.kind.word == "dir"


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
