"""Two texts line by line: side by side where there is room, one under the other where there is not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from layertui.tui.widgets.hunks import HunkList, ground
from layertui.tui.widgets.line_pairs import LinePair, LineUp
from layertui.tui.widgets.pieces import Piece, Pieces, crop, fit, many
from layertui.tui.widgets.word_marks import shifted, word_spans

TWO_COLUMNS = 96

AROUND = 3
"""So many equal lines stay on each side of a difference when the others are folded away."""

Row = tuple[LinePair, str]
"""A pair, and of which side alone the row shows the line: `a`, `b`, or of both."""


class ContentDiff(HunkList):
    """The two texts; both sides scroll together, and aside with the arrow keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "aside(-8)", "Left", show=False, tooltip="Scroll both sides to the left"),
        Binding("right,l", "aside(8)", "Right", show=False, tooltip="Scroll both sides to the right, along long lines"),
        Binding("z", "fold", "fold", tooltip="Fold away what is the same on both sides, or show it"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.left: Sequence[str] = ()
        self.right: Sequence[str] = ()
        self.pairs: Sequence[LinePair] = ()
        self.names = ("", "")
        self.shift = 0
        self.folded = False
        self._rows: list[Row | int] = []
        """A number stands for so many equal lines that are folded away."""
        self._longest = 0
        self._digits = 4
        self.head_height = 1

    def show(self, left: Sequence[str], right: Sequence[str], lined_up: LineUp, names: tuple[str, str]) -> None:
        """Show two texts that are lined up."""
        self.left, self.right, self.pairs, self.names = left, right, lined_up.pairs, names
        self.shift = 0
        self._longest = max(map(len, (*left, *right)), default=0)
        self._digits = len(str(max(len(left), len(right), 1)))
        self._lay_out()
        self.cursor = 0
        if self.hunks:
            self.go_to(self.hunks[0])

    @property
    def columns(self) -> bool:
        """Whether each side has a column of its own."""
        return self.size.width >= TWO_COLUMNS

    # -- which rows there are

    def _lay_out(self) -> None:
        rows: list[Row | int] = []
        at = 0
        while at < len(self.pairs):
            end = at
            while end < len(self.pairs) and self.pairs[end].same:
                end += 1
            rows += self._equal(at, end)
            at = end
            while at < len(self.pairs) and not self.pairs[at].same:
                rows += self._differing(self.pairs[at])
                at += 1
        self._rows = rows
        self.show_hunks(at for at, row in enumerate(rows) if not isinstance(row, int) and not row[0].same)
        self.show_count(len(rows))

    def _equal(self, first: int, end: int) -> list[Row | int]:
        head = AROUND if first else 0
        tail = AROUND if end < len(self.pairs) else 0
        hidden = end - first - head - tail
        if not self.folded or hidden < 2:
            return [(pair, "") for pair in self.pairs[first:end]]
        before, after = self.pairs[first : first + head], self.pairs[end - tail : end]
        return [*((pair, "") for pair in before), hidden, *((pair, "") for pair in after)]

    def _differing(self, pair: LinePair) -> list[Row | int]:
        if self.columns:
            return [(pair, "")]
        return [(pair, side) for side, number in (("a", pair.left), ("b", pair.right)) if number is not None]

    def on_resize(self, event: events.Resize) -> None:
        """One column or two."""
        self._lay_out()
        super().on_resize(event)

    def action_fold(self) -> None:
        """Fold away what is the same, or show it; the cursor stays on its line."""
        kept = self._rows[self.cursor] if self.cursor < len(self._rows) else None
        self.folded = not self.folded
        self._lay_out()
        if kept in self._rows:
            self.go_to(self._rows.index(kept))

    def action_choose(self) -> None:
        """What is folded away comes back."""
        if self.folded and self.count and isinstance(self._rows[self.cursor], int):
            self.action_fold()

    def action_aside(self, cells: int) -> None:
        """Scroll both sides aside, as far as the longest line goes."""
        self.shift = max(0, min(self.shift + cells, self._longest - 8))
        self.refresh()

    # -- drawing

    def draw_head(self, line: int, width: int) -> Pieces:
        """The two names."""
        del line
        a, b = self.names
        if not self.columns:
            return [(" - ", "removed"), (a, "removed strong"), ("   + ", "added"), (b, "added strong")]
        half = (width - 3) // 2
        gutter = " " * (self._digits + 2)
        return [(fit(gutter + a, half), "removed strong"), ("   ", ""), (fit(gutter + b, half), "added strong")]

    def draw_row(self, index: int, width: int) -> Pieces:
        """One line, or two beside each other."""
        row = self._rows[index]
        if isinstance(row, int):
            return [(f"{'⋯':>{self._digits}}  {many(row, 'line')} the same", "dim")]
        pair, side = row
        if side or not self.columns:
            left = side != "b"
            number = pair.left if left else pair.right
            glyph, word = (" ", "") if pair.same else ("-", "removed") if left else ("+", "added")
            head: list[Piece] = [(f" {glyph} ", f"{word} strong"), (f"{number or '':>{self._digits}}  ", "dim")]
            return [*head, *self._text(pair, left=left, width=width - self._digits - 5)]
        half = (width - 3) // 2
        glyph, word = ("=", "dim") if pair.same else ("~", "changed strong")
        glyph, word = ("-", "removed strong") if pair.right is None else (glyph, word)
        glyph, word = ("+", "added strong") if pair.left is None else (glyph, word)
        return [*self._half(pair, half, left=True), (f" {glyph} ", word), *self._half(pair, half, left=False)]

    def _half(self, pair: LinePair, width: int, *, left: bool) -> list[Piece]:
        number = pair.left if left else pair.right
        gutter: Piece = (f"{number or '':>{self._digits}}  ", "dim")
        return [gutter, *self._text(pair, left=left, width=width - self._digits - 2)]

    def _text(self, pair: LinePair, *, left: bool, width: int) -> list[Piece]:
        """One side's line, as wide as its column."""
        number, other = (pair.left, pair.right) if left else (pair.right, pair.left)
        if number is None:
            return [(" " * width, "")]
        line = (self.left if left else self.right)[number - 1]
        if pair.same:
            return crop([(line[self.shift :], "")], width)
        mark, word = ("was", "was-line") if left else ("now", "now-line")
        if other is None:
            pieces: list[Piece] = [(line, "")]
        else:
            against = (self.right if left else self.left)[other - 1]
            pieces = [(text, mark if differs else "") for text, differs in word_spans(line, against)]
        return ground(crop(shifted(pieces, self.shift), width), width, word)
