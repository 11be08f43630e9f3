"""Two texts line by line: side by side on a wide screen, one above the other on a narrow one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import ClassVar, Literal, NamedTuple

from textual import events
from textual.binding import Binding, BindingType

from layertui.core.language.texts import tr
from layertui.tui.widgets.compare.hunks import HunkList, ground
from layertui.tui.widgets.compare.line_pairs import Block, LineUp
from layertui.tui.widgets.compare.word_marks import shifted, word_spans
from layertui.tui.widgets.text.pieces import Piece, Pieces, crop, fit, many

TWO_COLUMNS = 96

AROUND = 3
"""The number of equal lines that stay visible on each side of a difference when others are folded."""


class Segment(NamedTuple):
    """Consecutive rows: of a block, from one of its lines on."""

    first: int
    """The number of the first row."""
    kind: Literal["both", "a", "b", "fold"]
    """Whether the rows show both sides or one; or one row replaces folded equal lines."""
    block: Block
    start: int
    many: int
    """The number of lines."""


class Pair(NamedTuple):
    """A line of the left and one of the right, counted from 0; either may be None."""

    left: int | None
    right: int | None
    same: bool


class ContentDiff(HunkList):
    """The two texts; both sides scroll together, also horizontally with the arrow keys."""

    TITLE_OF_KEYS = tr("Two texts")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "scroll_sideways(-8)", tr("Left"), show=False, tooltip=tr("Scroll both sides to the left")),
        Binding(
            "right,l",
            "scroll_sideways(8)",
            tr("Right"),
            show=False,
            tooltip=tr("Scroll both sides to the right, along long lines"),
        ),
        Binding("z", "fold", tr("fold"), tooltip=tr("Fold or unfold lines that are the same")),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.left: Sequence[str] = ()
        self.right: Sequence[str] = ()
        self._blocks: Sequence[Block] = ()
        self.names = ("", "")
        self.shift = 0
        self.folded = False
        self._segments: list[Segment] = []
        self._longest = 0
        self._digits = 4
        self.head_height = 1

    def show(self, left: Sequence[str], right: Sequence[str], lined_up: LineUp, names: tuple[str, str]) -> None:
        """Show two aligned texts."""
        self.left, self.right, self.names = left, right, names
        self._blocks = lined_up.blocks
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

    # -- rows

    def _lay_out(self) -> None:
        self._segments, starts = [], []
        for number, block in enumerate(self._blocks):
            if block.same:
                last = number == len(self._blocks) - 1
                self._add_equal(block, head=AROUND if number else 0, tail=0 if last else AROUND)
                continue
            starts.append(self._end)
            if self.columns:
                self._add("both", block, 0, block.rows)
            else:
                self._add("a", block, 0, block.a_end - block.a)
                self._add("b", block, 0, block.b_end - block.b)
        self.hunks = starts
        self.show_count(self._end)

    @property
    def _end(self) -> int:
        """The number of the next row."""
        last = self._segments[-1] if self._segments else None
        return 0 if last is None else last.first + (1 if last.kind == "fold" else last.many)

    def _add(self, kind: Literal["both", "a", "b", "fold"], block: Block, start: int, many: int) -> None:
        if many:
            self._segments.append(Segment(self._end, kind, block, start, many))

    def _add_equal(self, block: Block, head: int, tail: int) -> None:
        hidden = block.rows - head - tail
        if not self.folded or hidden < 2:
            self._add("both", block, 0, block.rows)
            return
        self._add("both", block, 0, head)
        self._add("fold", block, head, hidden)
        self._add("both", block, head + hidden, tail)

    def _segment(self, row: int) -> Segment:
        return self._segments[bisect_right(self._segments, row, key=attrgetter("first")) - 1]

    def on_resize(self, event: events.Resize) -> None:
        self._lay_out()
        super().on_resize(event)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "fold" and not self.count:
            return False
        if action == "choose" and not self._on_a_fold:
            return False
        return super().check_action(action, parameters)

    def why_not(self, action: str) -> str:
        return tr("only folded lines open") if action == "choose" and self.count else super().why_not(action)

    @property
    def _on_a_fold(self) -> bool:
        return bool(self.count) and self._segment(self.cursor).kind == "fold"

    def action_fold(self) -> None:
        """Fold equal lines, or unfold them; the cursor stays on its line."""
        at = self._segment(self.cursor)
        line = at.start + self.cursor - at.first
        self.folded = not self.folded
        self._lay_out()
        self.go_to(next(self._rows_of(at.block, at.kind, line), 0))

    def _rows_of(self, block: Block, kind: str, line: int) -> Iterator[int]:
        for segment in self._segments:
            if segment.block is not block or not segment.start <= line < segment.start + segment.many:
                continue
            if segment.kind in (kind, "both", "fold"):
                yield segment.first + (0 if segment.kind == "fold" else line - segment.start)

    def action_choose(self) -> None:
        """Unfold the lines under the cursor."""
        if self._on_a_fold:
            self.action_fold()

    def to_copy(self) -> str | None:
        """The line of the second side, or of the first if that has none."""
        if not self.count:
            return None
        segment = self._segment(self.cursor)
        block, at = segment.block, segment.start + self.cursor - segment.first
        if segment.kind != "a" and block.b + at < block.b_end:
            return self.right[block.b + at]
        return self.left[block.a + at]

    def action_scroll_sideways(self, cells: int) -> None:
        """Scroll both sides horizontally, up to the end of the longest line."""
        self.shift = max(0, min(self.shift + cells, self._longest - 8))
        self.refresh()

    # -- drawing

    def draw_head(self, line: int, width: int) -> Pieces:
        a, b = self.names
        if not self.columns:
            return [(" - ", "removed"), (a, "removed strong"), ("   + ", "added"), (b, "added strong")]
        half = (width - 3) // 2
        gutter = " " * (self._digits + 2)
        return [(fit(gutter + a, half), "removed strong"), ("   ", ""), (fit(gutter + b, half), "added strong")]

    def draw_row(self, index: int, width: int) -> Pieces:
        """One line, or two side by side."""
        segment = self._segment(index)
        if segment.kind == "fold":
            return [(f"{'⋯':>{self._digits}}  " + tr("{lines} the same", lines=many(segment.many, "line")), "dim")]
        block, at = segment.block, segment.start + index - segment.first
        left = block.a + at if block.a + at < block.a_end else None
        right = block.b + at if block.b + at < block.b_end else None
        pair = Pair(left, right, block.same)
        if not self.columns:
            return self._draw_one(pair, left=segment.kind != "b", width=width)
        half = (width - 3) // 2
        glyph, word = ("=", "dim") if pair.same else ("~", "changed strong")
        glyph, word = ("-", "removed strong") if right is None else (glyph, word)
        glyph, word = ("+", "added strong") if left is None else (glyph, word)
        return [*self._half(pair, half, left=True), (f" {glyph} ", word), *self._half(pair, half, left=False)]

    def _draw_one(self, pair: Pair, *, left: bool, width: int) -> Pieces:
        """One side's line, with a sign for the side."""
        number = pair.left if left else pair.right
        assert number is not None
        glyph, word = (" ", "") if pair.same else ("-", "removed") if left else ("+", "added")
        head: list[Piece] = [(f" {glyph} ", f"{word} strong"), (f"{number + 1:>{self._digits}}  ", "dim")]
        return [*head, *self._text(pair, left=left, width=width - self._digits - 5)]

    def _half(self, pair: Pair, width: int, *, left: bool) -> list[Piece]:
        number = pair.left if left else pair.right
        gutter: Piece = (f"{'' if number is None else number + 1:>{self._digits}}  ", "dim")
        return [gutter, *self._text(pair, left=left, width=width - self._digits - 2)]

    def _text(self, pair: Pair, *, left: bool, width: int) -> list[Piece]:
        """One side's line, as wide as its column."""
        number, other = (pair.left, pair.right) if left else (pair.right, pair.left)
        if number is None:
            return [(" " * width, "")]
        line = (self.left if left else self.right)[number]
        if pair.same:
            return crop([(line[self.shift :], "")], width)
        mark, word = ("was", "was-line") if left else ("now", "now-line")
        if other is None:
            pieces: list[Piece] = [(line, "")]
        else:
            against = (self.right if left else self.left)[other]
            pieces = [(text, mark if differs else "") for text, differs in word_spans(line, against)]
        return ground(crop(shifted(pieces, self.shift), width), width, word)
