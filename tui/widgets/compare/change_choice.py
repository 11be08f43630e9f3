"""Which of the changed paths are shown: ignored attributes, the filter, the selected layers.

Slow for a million paths: call it in a job's thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.layers.diff.file_changes import BUT_CONTENT, ChangeFilter
from layertui.core.layers.diff.rollup import Rollup
from layertui.tui.widgets.text.text_match import Pattern

if TYPE_CHECKING:
    from layertui.core.layers.diff.file_changes import Changes
    from layertui.core.layers.diff.rollup import FolderBytes
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

TICK = 4096


@dataclass(frozen=True, slots=True)
class OfLayer:
    """What one layer of a side did: the paths that it adds, and the tops of what it removes."""

    number: int
    removed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ChangeChoice:
    """Which changes to show."""

    ignoring: ChangeFilter = BUT_CONTENT
    text: str = ""
    layers: tuple[OfLayer | None, OfLayer | None] | None = None
    """The layers of the left and the right side; None for all."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The changes to show, as a tree, and how many are ignored."""

    choice: ChangeChoice
    tree: Rollup
    hidden: int
    bars: list[FolderBytes]


def choose(changes: Changes, choice: ChangeChoice, progress: Progress) -> Chosen:
    """The changes that match the choice."""
    wanted = changes
    if choice.layers is not None:
        wanted = wanted.only(_of_layers(wanted, choice.layers))
    if (pattern := Pattern.of(choice.text)) is not None:
        wanted = wanted.only(_fitting(wanted, pattern, progress))
    kept = wanted.without(choice.ignoring)
    tree = Rollup(kept)
    return Chosen(choice, tree, len(wanted) - len(kept), tree.heaviest())


def choose_first(changes: Changes, progress: Progress) -> Chosen:
    """Contents only; but if no content differs, everything: otherwise the list would claim that nothing differs."""
    chosen = choose(changes, ChangeChoice(), progress)
    return chosen if len(chosen.tree) or not len(changes) else choose(changes, ChangeChoice(ChangeFilter()), progress)


def _fitting(changes: Changes, pattern: Pattern, progress: Progress) -> Column:
    lineup = changes.lineup
    fits = np.zeros(len(changes), bool)
    for at, path in enumerate(changes.paths.tolist()):
        if at % TICK == 0:
            progress.advance(0)
        text = lineup.text(path)
        fits[at] = pattern.fits(text if pattern.whole_path or pattern.kind == "text" else text.rpartition("/")[2])
    return fits


def _of_layers(changes: Changes, layers: tuple[OfLayer | None, OfLayer | None]) -> Column:
    lineup = changes.lineup
    wanted = np.zeros(len(changes), bool)
    for of, view, rows in zip(layers, (lineup.a, lineup.b), (changes.left, changes.right), strict=True):
        if of is not None:
            wanted |= _brought(view, rows, of.number) | _removed(changes, rows, of.removed)
    return wanted


def _brought(view: View, rows: Column, number: int) -> Column:
    there = rows >= 0
    found = np.zeros(len(rows), bool)
    found[there] = view.stack.layer[view.shown[rows[there]]] == number
    return found


def _removed(changes: Changes, rows: Column, tops: frozenset[str]) -> Column:
    """The changes whose path a side lacks because a layer of it removed it or a folder above."""
    found = np.zeros(len(rows), bool)
    for at in np.flatnonzero(rows < 0).tolist() if tops else ():
        path = changes.lineup.text(int(changes.paths[at]))
        while path and not found[at]:
            found[at] = path in tops
            path = path.rpartition("/")[0]
    return found
