"""The outcome of a comparison as one sentence, in the words and colours of the screen: left and right, not A and B."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.tui.format import count_text, size_change
from layertui.tui.widgets.config_table import differences_of
from layertui.tui.widgets.pieces import Piece

if TYPE_CHECKING:
    from layertui.core.images.compare import Comparison
    from layertui.core.inspector.answers import Report

NAMED = 3
"""So many fields of the config are named; of more, their number."""


def verdict(report: Report, more: int = 0) -> list[Piece]:
    """Layers shared, files, bytes, config; what is not known yet is left out.

    `more` are bytes that no history speaks of: the right side's own layer less the left one's.
    """
    if report.same and report.files is not None:
        return [("Nothing differs: the same history, files and config.", "good")]
    parts = [_layers(report.comparison), *_files(report), _bytes(report.comparison, more), _config(report.comparison)]
    pieces: list[Piece] = []
    for part in parts:
        if part:
            pieces += [(" · ", "dim"), *part] if pieces else part
    return pieces


def _layers(comparison: Comparison) -> list[Piece]:
    counts = [
        sum(1 for pair in comparison.history if (step := getattr(pair, side)) is not None and step.layer is not None)
        for side in ("a", "b")
    ]
    shared = comparison.base.layers
    if counts[0] == counts[1]:
        of = f"of {counts[0]} layers"
        return [(f"{shared} {of} shared" if shared else f"none {of} shared", "strong")]
    of = f", of {counts[0]} and of {counts[1]}"
    return [(f"{shared} layers shared" if shared else "no layer shared", "strong"), (of, "dim")]


def _files(report: Report) -> list[list[Piece]]:
    counts = report.counts
    if counts is None:
        return []
    if not (counts.added or counts.modified or counts.removed):
        return [[("the same files", "good")]]
    parts: list[Piece] = [("files ", "dim")]
    for number, name, word in (
        (counts.added, "added", "added"),
        (counts.modified, "changed", "changed"),
        (counts.removed, "removed", "removed"),
    ):
        if number:
            parts.append((f"{count_text(number)} {name}  ", word))
    text, word = parts[-1]
    parts[-1] = (text.rstrip(), word)
    return [parts]


def _bytes(comparison: Comparison, more: int) -> list[Piece]:
    difference = more + sum(
        ((pair.b.size or 0) if pair.b is not None else 0) - ((pair.a.size or 0) if pair.a is not None else 0)
        for pair in comparison.history
    )
    return [(size_change(difference), "")] if difference else []


def _config(comparison: Comparison) -> list[Piece]:
    rows = differences_of(comparison.config)
    if not rows:
        return [("the same config", "good")]
    named = ", ".join(row.field for row in rows[:NAMED])
    more = f" and {len(rows) - NAMED} more" if len(rows) > NAMED else ""
    return [(f"{named}{more} differ" + ("s" if len(rows) == 1 else ""), "changed")]
