"""Two texts line by line: side by side where there is room, one under the other where there is not."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from layertui.tui.widgets.pieces import Pieces, fit
from layertui.tui.widgets.row_list import RowList

TWO_COLUMNS = 96
LINE_LIMIT = 6000
"""Beyond so many lines a side, lines are paired by their number: aligning would take seconds."""


@dataclass(frozen=True, slots=True)
class LinePair:
    """A line of the left and one of the right, either of which may be missing; numbers count from 1."""

    left: int | None
    right: int | None
    same: bool


def pairs_of(left: Sequence[str], right: Sequence[str]) -> list[LinePair]:
    """The lines of two texts put beside each other."""
    if len(left) > LINE_LIMIT or len(right) > LINE_LIMIT:
        length = max(len(left), len(right))
        return [_pair(left, right, i, i) for i in range(length)]
    pairs: list[LinePair] = []
    for op, a, a_end, b, b_end in difflib.SequenceMatcher(None, left, right).get_opcodes():
        if op == "equal":
            pairs += [LinePair(a + i + 1, b + i + 1, same=True) for i in range(a_end - a)]
            continue
        both = min(a_end - a, b_end - b)
        pairs += [LinePair(a + i + 1, b + i + 1, same=False) for i in range(both)]
        pairs += [LinePair(i + 1, None, same=False) for i in range(a + both, a_end)]
        pairs += [LinePair(None, i + 1, same=False) for i in range(b + both, b_end)]
    return pairs


def _pair(left: Sequence[str], right: Sequence[str], a: int, b: int) -> LinePair:
    has_left, has_right = a < len(left), b < len(right)
    same = has_left and has_right and left[a] == right[b]
    return LinePair(a + 1 if has_left else None, b + 1 if has_right else None, same=same)


class ContentDiff(RowList):
    """The two texts; both sides scroll together, and aside with the arrow keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "aside(-8)", "Left", show=False),
        Binding("right,l", "aside(8)", "Right", show=False),
        Binding("n", "next_difference(1)", "next difference"),
        Binding("N", "next_difference(-1)", "previous difference"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.left: Sequence[str] = ()
        self.right: Sequence[str] = ()
        self.pairs: Sequence[LinePair] = ()
        self.names = ("", "")
        self.shift = 0
        self._rows: list[tuple[LinePair, str]] = []
        self.head_height = 1

    def show(
        self, left: Sequence[str], right: Sequence[str], pairs: Sequence[LinePair], names: tuple[str, str]
    ) -> None:
        """Show two texts whose lines `pairs` puts beside each other."""
        self.left, self.right, self.pairs, self.names = left, right, pairs, names
        self.shift = 0
        self._lay_out()
        self.cursor = next((i for i, (pair, _) in enumerate(self._rows) if not pair.same), 0)

    @property
    def columns(self) -> bool:
        """Whether each side has a column of its own."""
        return self.size.width >= TWO_COLUMNS

    def _lay_out(self) -> None:
        self._rows = []
        for pair in self.pairs:
            if self.columns or pair.same:
                self._rows.append((pair, ""))
                continue
            if pair.left is not None:
                self._rows.append((pair, "a"))
            if pair.right is not None:
                self._rows.append((pair, "b"))
        self.show_count(len(self._rows))

    def on_resize(self, event: events.Resize) -> None:
        """One column or two."""
        self._lay_out()
        super().on_resize(event)

    def action_aside(self, cells: int) -> None:
        """Scroll both sides aside."""
        self.shift = max(0, self.shift + cells)
        self.refresh()

    def action_next_difference(self, step: int) -> None:
        """To the first line of the next or previous place that differs."""
        at = self.cursor
        while 0 <= at < self.count and not self._rows[at][0].same:
            at += step
        while 0 <= at < self.count and self._rows[at][0].same:
            at += step
        if 0 <= at < self.count:
            self.cursor = at

    def draw_head(self, line: int, width: int) -> Pieces:
        """The two names."""
        del line
        a, b = self.names
        if not self.columns:
            return [(" - ", "removed"), (a, "removed strong"), ("   + ", "added"), (b, "added strong")]
        half = (width - 3) // 2
        return [(fit(f"      {a}", half), "removed strong"), ("   ", ""), (fit(f"      {b}", half), "added strong")]

    def draw_row(self, index: int, width: int) -> Pieces:
        """One line, or two beside each other."""
        pair, side = self._rows[index]
        if side or not self.columns:
            left = side == "a"
            number = pair.left if left else pair.right
            text = self._text(self.left if left else self.right, number)
            glyph, word = (" ", "") if pair.same else ("-", "removed") if left else ("+", "added")
            return [(f" {glyph} ", f"{word} strong"), (f"{number or '':>4}  ", "dim"), (text, word)]
        half = (width - 3) // 2
        glyph = "=" if pair.same else "-" if pair.right is None else "+" if pair.left is None else "~"
        left_word = "" if pair.same else "removed" if pair.right is None else "changed"
        right_word = "" if pair.same else "added" if pair.left is None else "changed"
        return [
            (f"{pair.left or '':>4}  ", "dim"),
            (fit(self._text(self.left, pair.left), half - 6), left_word),
            (f" {glyph} ", "dim" if pair.same else f"{right_word} strong"),
            (f"{pair.right or '':>4}  ", "dim"),
            (fit(self._text(self.right, pair.right), half - 6), right_word),
        ]

    def _text(self, lines: Sequence[str], number: int | None) -> str:
        return lines[number - 1][self.shift :] if number is not None else ""
