"""The lines of two histories side by side, in two columns or in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from layertui.core.language.texts import tr
from layertui.tui.common.format import short_age, size, size_change
from layertui.tui.widgets.compare.history_rows import (
    Row,
    WritableLayerRow,
    command_of,
    marked_words,
    number_of,
    size_of,
)
from layertui.tui.widgets.text.pieces import Piece, Pieces, crop, fit, many, right, width_of

if TYPE_CHECKING:
    from layertui.core.images.compare.compare_images import Comparison, StepPair
    from layertui.core.images.history_steps import Step

GLYPHS = {"same": "=", "changed": "~", "only_a": "-", "only_b": "+"}
WORDS = {"same": "dim", "changed": "changed", "only_a": "removed", "only_b": "added"}

TWO_COLUMNS = 96  # width in cells from which each side has a column of its own
WITH_TIMES = 150  # width in cells from which each side shows the age of a step, and the bytes up to it

CHANGE = 11
"""The cells of the column with the difference."""


def head(names: tuple[str, str], line: int, width: int) -> Pieces:
    """Two lines: the names of the sides, and the titles of the columns."""
    a, b = names
    if width >= TWO_COLUMNS:
        half = _half(width)
        if line == 0:
            return [(fit(" " + a, half), "removed strong"), (" ⇄ ", "dim"), (fit(" " + b, half), "added strong")]
        more = f" {right(tr('total'), 8)}  {fit(tr('age'), 3)} " if width >= WITH_TIMES else ""
        titles = fit(f"{right(tr('layer'), 5)} {right(tr('size'), 8)}{more}  {tr('step')}", half)
        return [(titles, "title"), ("   ", ""), (titles, "title"), (right(tr("change"), CHANGE), "title")]
    if line == 0:
        return [(" - ", "removed"), (a, "removed strong"), ("   + ", "added"), (b, "added strong")]
    return [
        (fit(f"     {'-':>3} {'+':>3} {right(tr('size'), 7)} {right(tr('change'), 8)}  {tr('step')}", width), "title")
    ]


def own_line(own: WritableLayerRow, names: tuple[str, str], width: int) -> Pieces:
    """A container's writable layer, drawn separately: it is not part of the history."""
    right_side = own.side == "b"
    text = tr("writable layer of {names}", names=names[1 if right_side else 0])
    change = size_change(own.size if right_side else -own.size)
    if width < TWO_COLUMNS:
        numbers = f"{'' if right_side else own.number:>3} {own.number if right_side else '':>3}"
        return [
            (" ✎", "own strong"),
            (f"   {numbers} {size(own.size):>7} {right(change, 8)}  ", "own"),
            (text, "own strong"),
        ]
    half = _half(width)
    side: list[Piece] = [(f"{'✎':>5} {size(own.size):>8}  ", "own"), (text, "own strong")]
    empty, filled = [(" " * half, "")], crop(side, half)
    glyph = (" + " if right_side else " - ", "own strong")
    both = [*(empty if right_side else filled), glyph, *(filled if right_side else empty)]
    return [*both, (right(change, CHANGE), "own")]


def base_line(comparison: Comparison, width: int, *, unfolded: bool) -> Pieces:
    """The shared base, in one row."""
    base = comparison.base
    arrow = "▾" if unfolded else "▸"
    text = tr(
        " {arrow} shared base: {layers}, {steps}, {size}",
        arrow=arrow,
        layers=many(base.layers, "layer"),
        steps=many(base.steps, "step"),
        size=size(base.size),
    )
    if width < TWO_COLUMNS:
        return [(" =", "base"), (fit(text, width - 2), "base")]
    half = _half(width)
    tail = tr("ChainID {short} ", short=base.chain_id.short) if base.chain_id is not None else ""
    left = fit(text, half - cell_len(tail)) + tail if cell_len(text) + cell_len(tail) < half else fit(text, half)
    first = comparison.first_difference
    difference = (
        []
        if first is None
        else [("▲ ", "changed strong"), (tr("first difference: step {first}", first=first + 1), "changed")]
    )
    return [(left, "base"), (" = ", "base"), *crop([(" ", ""), *difference], half)]


def wide_line(comparison: Comparison, row: Row, pair: StepPair, totals: tuple[int, int], width: int) -> Pieces:
    """A step beside a step."""
    half = _half(width)
    glyph, word = _sign(pair, row)
    sides = []
    for step, other, total in ((pair.a, pair.b, totals[0]), (pair.b, pair.a, totals[1])):
        side = _elsewhere(comparison, pair) if step is None else _side(step, other, pair.op, word, half, total)
        sides.append(crop(side, half))
    sign = (f" {glyph} ", word if pair.op == "same" else f"{word} strong")
    return [*sides[0], sign, *sides[1], (right(_change(pair), CHANGE), word)]


def narrow_line(comparison: Comparison, row: Row, pair: StepPair, width: int) -> Pieces:
    """A step, or one side's of two that differ."""
    glyph, word = _sign(pair, row)
    if row.side:
        step, other = (pair.a, pair.b) if row.side == "a" else (pair.b, pair.a)
        mine = row.side == "a"
        numbers = f"{number_of(step) if mine else '':>3} {'' if mine else number_of(step):>3}"
        mark = f" {glyph if mine else ' '} {'-' if mine else '+'}"
        figures = f"{mark} {numbers} {size_of(step):>7} {'' if mine else _change(pair, short=True):>8}  "
        return [(figures, word), *marked_words(command_of(step), command_of(other), word, width - len(figures))]
    step = pair.b if pair.b is not None else pair.a
    numbers = f"{number_of(pair.a):>3} {number_of(pair.b):>3}"
    figures = f" {glyph}   {numbers} {size_of(step):>7} {_change(pair, short=True):>8}  "
    where = [(f"  {text}", "dim") for text, _ in _elsewhere(comparison, pair)[1:]]
    return [(figures, word), (fit(command_of(step), width - len(figures) - width_of(where)), word), *where]


def _half(width: int) -> int:
    return (width - 3 - CHANGE - 1) // 2


def _sign(pair: StepPair, row: Row) -> tuple[str, str]:
    """The glyph between the sides, and the word for the row's colour."""
    if row.shared:
        return GLYPHS[pair.op], "dim"
    if pair.moved is not None:
        return ("↑" if pair.moved > row.index else "↓"), "link"
    if pair.op == "changed" and pair.same_layer:
        return "≡", "link"
    return GLYPHS[pair.op], WORDS[pair.op]


def _change(pair: StepPair, *, short: bool = False) -> str:
    """How the right side differs: in bytes, or only in position or command."""
    if pair.moved is not None:
        return "moved"
    if pair.op == "changed" and pair.same_layer:
        return "= layer" if short else tr("same layer")
    return size_change(pair.difference) if pair.difference else ""


def _elsewhere(comparison: Comparison, pair: StepPair) -> list[Piece]:
    """On the side that lacks a step at this position: where it has the step, if anywhere."""
    if pair.moved is None:
        return []
    other = comparison.history[pair.moved]
    step = other.a if other.a is not None else other.b
    number = number_of(step)
    return [(" " * 6, ""), (tr("moved, layer {number} here", number=number) if number else tr("moved"), "link dim")]


def _side(step: Step, other: Step | None, op: str, word: str, width: int, total: int) -> list[Piece]:
    pieces: list[Piece] = [(f"{number_of(step):>5} {size_of(step):>8}", word)]
    if width >= _half(WITH_TIMES):
        total_text = size(total) if step.layer is not None else ""
        pieces.append((f" {total_text:>8}  {short_age(step.created):<4}", "dim"))
    pieces.append(("  ", ""))
    text = command_of(step)
    if op == "changed" and other is not None:
        pieces += marked_words(text, command_of(other), word, width - width_of(pieces))
    else:
        pieces.append((text, word))
    return pieces
