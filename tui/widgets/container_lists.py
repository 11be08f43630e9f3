"""What a container wrote: paths in its own layer, and lines on its output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from layertui.tui.format import safe, when
from layertui.tui.widgets.pieces import Pieces
from layertui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.containers.diff import DiffLine
    from layertui.core.engines.engine import LogLine

KINDS = {"A": ("added", "added"), "C": ("changed", "changed"), "D": ("removed", "deleted")}


class DiffList(RowList):
    """`docker diff`: A, C or D, and the path."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.lines: Sequence[DiffLine] = ()
        self.head_height = 1

    def show(self, lines: Sequence[DiffLine]) -> None:
        """Show these."""
        self.lines = lines
        self.show_count(len(lines))

    def draw_head(self, line: int, width: int) -> Pieces:
        """How much of each."""
        del line, width
        if not self.lines:
            return [("  the writable layer is empty: nothing was written, the image shows through everywhere", "dim")]
        counted = [(kind, sum(1 for row in self.lines if row.kind == kind)) for kind in KINDS]
        return [
            ("  ", ""),
            *[(f"{count} {KINDS[kind][1]}  ", KINDS[kind][0]) for kind, count in counted if count],
            ("since it was created", "dim"),
        ]

    def draw_row(self, index: int, width: int) -> Pieces:
        """One path."""
        del width
        row = self.lines[index]
        word = KINDS[row.kind][0]
        return [(f" {row.kind} ", f"{word} strong"), (safe(row.path), word)]


class LogList(RowList):
    """What the process wrote, with the stream and the time."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.lines: Sequence[LogLine] = ()
        self.head_height = 1

    def show(self, lines: Sequence[LogLine]) -> None:
        """Show these; the cursor stays on the last line if it was there."""
        at_end = self.cursor >= len(self.lines) - 1
        self.lines = lines
        self.show_count(len(lines), cursor=len(lines) - 1 if at_end else None)

    def draw_head(self, line: int, width: int) -> Pieces:
        """The columns, or that there is nothing."""
        del line, width
        if not self.lines:
            return [("  nothing written to stdout or stderr", "dim")]
        return [(f"  {'time (UTC)':<19}  stream  line", "title")]

    def draw_row(self, index: int, width: int) -> Pieces:
        """One line."""
        del width
        row = self.lines[index]
        error = row.stream == "stderr"
        stream = ("stderr", "changed") if error else ("stdout", "dim")
        text = row.text.rstrip(b"\r\n").decode("utf-8", "surrogateescape").expandtabs(8)
        return [
            (f"  {when(row.time)}  ", "dim"),
            (f"{stream[0]}  ", stream[1]),
            (safe(text), "changed" if error else ""),
        ]
