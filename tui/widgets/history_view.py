"""Two histories side by side: the shared base as one row, then step beside step.

The newest step is on top and the base at the bottom, as in the layer list and in `docker history`: what parts the two
lies above what they stand on. Where there is room for two columns each side has its own; in a narrow place the two
share the columns and a changed step takes two lines, the left one's first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType

from layertui.tui.format import short_age, size, size_change
from layertui.tui.widgets.history_rows import OwnLayer, Row, command_of, marked_words, number_of, rows_of, size_of
from layertui.tui.widgets.pieces import Piece, Pieces, crop, fit, many, right, width_of
from layertui.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from layertui.core.images.compare import Comparison, StepPair
    from layertui.core.images.history import Step

GLYPHS = {"same": "=", "changed": "~", "only_a": "-", "only_b": "+"}
WORDS = {"same": "dim", "changed": "changed", "only_a": "removed", "only_b": "added"}

TWO_COLUMNS = 96  # cells from which each side gets a column of its own
WITH_TIMES = 150  # cells from which each side shows how old a step is


class HistoryView(RowList):
    """The line-up of two histories."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "choose", "Fold", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  (Textual's own name)
        super().__init__(id=id)
        self.comparison: Comparison | None = None
        self.names = ("", "")
        self.rows: list[Row] = []
        self.own: Sequence[OwnLayer] = ()
        self.unfolded = False
        self.wanted = ""
        self.head_height = 2

    def show(self, comparison: Comparison, names: tuple[str, str], own: Sequence[OwnLayer] = ()) -> None:
        """Show the line-up; `names` are the two subjects' titles, `own` the own layers of those that are containers."""
        self.comparison, self.names, self.own = comparison, names, own
        self.unfolded = comparison.base.steps == len(comparison.history)
        self._rebuild(0)

    def filter(self, text: str) -> None:
        self.wanted = text.casefold()
        self._rebuild(0)

    @property
    def columns(self) -> bool:
        return self.size.width >= TWO_COLUMNS

    def own_at(self, index: int) -> OwnLayer | None:
        """The own layer on a row, if it is one."""
        return self.rows[index].own if 0 <= index < len(self.rows) else None

    def pair_at(self, index: int) -> StepPair | None:
        return self.rows[index].pair if 0 <= index < len(self.rows) else None

    def _rebuild(self, cursor: int | None = None) -> None:
        if self.comparison is None:
            return
        self.rows = rows_of(
            self.comparison, unfolded=self.unfolded, columns=self.columns, wanted=self.wanted, own=self.own
        )
        self.show_count(len(self.rows), cursor=cursor)

    def on_resize(self, event: events.Resize) -> None:
        kept = self.pair_at(self.cursor)
        self._rebuild()
        if kept is not None:
            self.cursor = next((i for i, row in enumerate(self.rows) if row.pair is kept), self.cursor)
        super().on_resize(event)

    def action_choose(self) -> None:
        """Fold or unfold the base; any other row is chosen."""
        if self.count and self.rows[self.cursor].shared and self.rows[self.cursor].pair is None:
            self.unfolded = not self.unfolded
            self._rebuild()
        else:
            super().action_choose()

    # -- drawing

    def draw_head(self, line: int, width: int) -> Pieces:
        a, b = self.names
        if self.columns:
            half = _half(width)
            if line == 0:
                return [(fit(" " + a, half), "removed strong"), (" ⇄ ", "dim"), (fit(" " + b, half), "added strong")]
            age = "age  " if width >= WITH_TIMES else ""
            titles = fit(f"{'layer':>5} {'size':>8}  {age}step", half)
            return [(titles, "title"), ("   ", ""), (titles, "title"), (right("change", 9), "title")]
        if line == 0:
            return [(" - ", "removed"), (a, "removed strong"), ("   + ", "added"), (b, "added strong")]
        return [(fit(f"     {'-':>3} {'+':>3} {'size':>7} {'change':>8}  step", width), "title")]

    def draw_row(self, index: int, width: int) -> Pieces:
        row = self.rows[index]
        if row.own is not None:
            return self._draw_own(row.own, width)
        if row.pair is None:
            return self._draw_base(width)
        return self._draw_wide(row, row.pair, width) if self.columns else _draw_narrow(row, row.pair, width)

    def _draw_own(self, own: OwnLayer, width: int) -> Pieces:
        """A container's own layer, drawn apart: it is no part of any history."""
        right_side = own.side == "b"
        text = f"own layer of {self.names[1 if right_side else 0]}"
        change = right(size_change(own.size if right_side else -own.size), 9 if self.columns else 8)
        if not self.columns:
            numbers = f"{'' if right_side else own.number:>3} {own.number if right_side else '':>3}"
            head = f"   {numbers} {size(own.size):>7} {change}  "
            return [(" ✎", "own strong"), (head, "own"), (text, "own strong")]
        half = _half(width)
        side: list[Piece] = [(f"{'✎':>5} {size(own.size):>8}  ", "own"), (text, "own strong")]
        empty, filled = [(" " * half, "")], crop(side, half)
        glyph = (" + " if right_side else " - ", "own strong")
        return [*(empty if right_side else filled), glyph, *(filled if right_side else empty), (change, "own")]

    def _draw_base(self, width: int) -> Pieces:
        assert self.comparison is not None
        base = self.comparison.base
        arrow = "▼" if self.unfolded else "▶"
        text = f" {arrow} shared base: {many(base.layers, 'layer')}, {many(base.steps, 'step')}, {size(base.size)}"
        chain = base.chain_id
        tail = f"ChainID {chain.short} " if chain is not None else ""
        if not self.columns:
            return [(" =", "base"), (fit(text, width - 2), "base")]
        half = _half(width)
        left = fit(text, half - len(tail)) + tail if len(text) + len(tail) < half else fit(text, half)
        return [(left, "base"), (" = ", "base"), (fit(text, half), "base")]

    def _draw_wide(self, row: Row, pair: StepPair, width: int) -> Pieces:
        half = _half(width)
        word = "dim" if row.shared else WORDS[pair.op]
        left = crop(_side(pair.a, pair.b, pair.op, word, half), half)
        other = crop(_side(pair.b, pair.a, pair.op, word, half), half)
        glyph = (f" {GLYPHS[pair.op]} ", word if pair.op == "same" else f"{word} strong")
        return [*left, glyph, *other, (right(_difference(pair), 9), word)]


def _half(width: int) -> int:
    return (width - 3 - 10) // 2


def _difference(pair: StepPair) -> str:
    """The right size less the left one; nothing where they are equal."""
    before = (pair.a.size or 0) if pair.a is not None else 0
    after = (pair.b.size or 0) if pair.b is not None else 0
    return size_change(after - before) if after != before else ""


def _side(step: Step | None, other: Step | None, op: str, word: str, width: int) -> list[Piece]:
    if step is None:
        return []
    pieces: list[Piece] = [(f"{number_of(step):>5} {size_of(step):>8}  ", word)]
    if width >= _half(WITH_TIMES):
        pieces.append((f"{short_age(step.created):<5}", "dim"))
    text = command_of(step)
    if op == "changed" and other is not None:
        pieces += marked_words(text, command_of(other), word, width - width_of(pieces))
    else:
        pieces.append((text, word))
    return pieces


def _draw_narrow(row: Row, pair: StepPair, width: int) -> Pieces:
    word = "dim" if row.shared else WORDS[pair.op]
    glyph = GLYPHS[pair.op]
    if row.side:
        step, other = (pair.a, pair.b) if row.side == "a" else (pair.b, pair.a)
        mine = row.side == "a"
        numbers = f"{number_of(step) if mine else '':>3} {'' if mine else number_of(step):>3}"
        head = f" {glyph if mine else ' '} {'-' if mine else '+'} {numbers} {size_of(step):>7} {'' if mine else _difference(pair):>8}  "
        return [(head, word), *marked_words(command_of(step), command_of(other), word, width - len(head))]
    step = pair.b if pair.b is not None else pair.a
    head = f" {glyph}   {number_of(pair.a):>3} {number_of(pair.b):>3} {size_of(step):>7} {_difference(pair):>8}  "
    return [(head, word), (command_of(step), word)]
