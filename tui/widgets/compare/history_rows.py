"""The rows of two aligned histories: pairs of steps, the differences of their commands, the details of a step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layertui.core.images.compare.word_diff import differing_words
from layertui.core.language.texts import tr
from layertui.tui.common.format import one_line, safe, size
from layertui.tui.widgets.text.pieces import Piece, Pieces, fit
from layertui.tui.widgets.text.text_match import Pattern

if TYPE_CHECKING:
    from layertui.core.images.compare.compare_images import Comparison, StepPair
    from layertui.core.images.history_steps import Step


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list: a pair of steps, one side of a pair, or the folded base."""

    pair: StepPair | None  # None: the base, or a writable layer
    side: str = ""  # "a" or "b" if the row shows only that side
    shared: bool = False
    own: WritableLayerRow | None = None
    index: int = -1  # of the pair in the history

    @property
    def differs(self) -> bool:
        """Whether the sides differ; for a pair in two rows, true of the first one only."""
        return self.own is not None or (self.pair is not None and self.pair.op != "same" and self.side != "b")


@dataclass(frozen=True, slots=True)
class WritableLayerRow:
    """A container's writable layer: it is above the steps, and no step made it."""

    number: int
    size: int
    side: str
    """"a" or "b"."""


def rows_of(
    comparison: Comparison,
    *,
    unfolded: bool,
    columns: bool,
    wanted: Pattern | None = None,
    own: Sequence[WritableLayerRow] = (),
) -> list[Row]:
    """The rows from the top down; with `wanted` only those whose command matches."""
    shared = comparison.base.steps
    pairs = [(index, pair) for index, pair in enumerate(comparison.history) if _has(pair, wanted)]
    rows = [Row(None, own=layer) for layer in own] if wanted is None else []
    for index, pair in reversed(pairs):
        if index < shared:
            continue
        if pair.op == "changed" and not columns:
            rows += [Row(pair, "a", index=index), Row(pair, "b", index=index)]
        else:
            rows.append(Row(pair, index=index))
    if shared and wanted is None:
        rows.append(Row(None, shared=True))
    if unfolded or wanted is not None:
        rows += [Row(pair, shared=True, index=index) for index, pair in reversed(pairs) if index < shared]
    return rows


def _has(pair: StepPair, wanted: Pattern | None) -> bool:
    if wanted is None:
        return True
    return any(wanted.fits(command_of(step)) for step in (pair.a, pair.b) if step is not None)


def command_of(step: Step | None) -> str:
    """A step's command on one line, or a placeholder."""
    if step is None:
        return ""
    text = one_line(step.command or "")
    if text:
        return text
    comment = one_line(step.comment or "")
    return comment or (tr("no history recorded") if step.created_by is None else tr("no command recorded"))


def marked_words(text: str, other: str, word: str, width: int = 0) -> list[Piece]:
    """A command in pieces: words that the other side lacks are emphasised.

    If the first of them is beyond `width`, the beginning is cut off, so that the difference is visible.
    """
    runs = differing_words(text, other)
    pieces = [(run, word if common else f"{word} strong") for run, common in runs]
    # Runs alternate, so the common text before the first difference is one run.
    first = len(runs[0][0]) if len(runs) > 1 and runs[0][1] else 0
    if width and first > width - 12 and len(text) > width:
        return _without_beginning(pieces, min(first - 12, len(text) - width + 1), word)
    return pieces


def _without_beginning(pieces: list[Piece], skip: int, word: str) -> list[Piece]:
    kept: list[Piece] = [("…", word)]
    for text, words in pieces:
        if skip < len(text):
            kept.append((text[max(0, skip) :], words))
        skip -= len(text)
    return kept


def number_of(step: Step | None) -> str:
    return str(step.number) if step is not None and step.number else ""


def size_of(step: Step | None) -> str:
    if step is None or step.empty_layer:
        return ""
    return size(step.size) if step.size is not None else "?"


def step_lines(step: Step | None, width: int = 0) -> list[Pieces]:
    """Everything that is known of a step, for the details below the histories; the raw command first.

    A digest is complete if it fits into one line.
    """
    if step is None:
        return [[(tr("no such step on this side"), "dim")]]
    lines: list[Pieces] = [[(safe(text), "")] for text in (step.created_by or tr("no command recorded")).splitlines()]
    if step.empty_layer:
        lines.append([(tr("metadata only, made no layer"), "dim")])
    else:
        lines.append([(tr("layer") + " ", "dim"), (number_of(step) or "?", "strong"), ("  ", ""), (size_of(step), "")])
    for name, digest in (("DiffID", step.diff_id), ("ChainID", step.chain_id)):
        if digest is not None:
            whole = str(digest)
            lines.append([(f"{name:<8}", "dim"), (fit(whole, width - 9) if 9 < width < len(whole) + 9 else whole, "")])
    for name, value in ((tr("created"), step.created), (tr("author"), step.author), (tr("comment"), step.comment)):
        if value:
            lines.append([(fit(name, 8), "dim"), (one_line(value), "")])
    return lines
