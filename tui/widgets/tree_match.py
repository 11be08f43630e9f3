"""Which entries of a View fit a pattern: array work where the pattern is plain text, a walk over names where it is not.

Call it on a job's thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from layertui.tui.widgets.matching import Pattern

if TYPE_CHECKING:
    from layertui.core.layers.stack import Stack
    from layertui.core.layers.table import LayerTable
    from layertui.core.layers.view import View
    from layertui.core.streams.progress import Progress

Column = np.ndarray[Any, Any]

CHUNK = 20_000


def mask_of(view: View, pattern: Pattern | None, *, only_changes: bool, progress: Progress) -> Column | None:
    """The entries that are to show by themselves; None where all are."""
    mask: Column | None = None
    if only_changes:
        mask = np.asarray(view.change) != 0
    if pattern is not None:
        fits = matches(view, pattern, progress)
        mask = fits if mask is None else mask & fits
    return mask


def matches(view: View, pattern: Pattern, progress: Progress) -> Column:
    """For each entry whether its name, or its path where the pattern has a slash, fits."""
    if not pattern.whole_path:
        return _names_that_fit(view.stack, pattern, progress)[np.asarray(view.places)]
    if pattern.kind == "text":
        return _paths_with(view, pattern, progress)
    return _paths_that_fit(view, pattern, progress)


def _names_that_fit(stack: Stack, pattern: Pattern, progress: Progress) -> Column:
    """For each place of the stack, by the names in its tables: one name may stand in several, so each is asked once."""
    progress.begin("looking through names", total=sum(len(laid.table) for laid in stack.layers), unit="names")
    found = [_in_table(laid.table, pattern, progress) for laid in stack.layers]
    return _by_place(stack, found)


def _by_place(stack: Stack, found: list[Column]) -> Column:
    first = np.asarray(stack.start)[:-1]
    starts = np.cumsum([0, *(len(column) for column in found)])
    flat = np.concatenate(found) if found else np.zeros(0, bool)
    result: Column = flat[starts[np.asarray(stack.layer)[first] - 1] + np.asarray(stack.row)[first]]
    return result


def _in_table(table: LayerTable, pattern: Pattern, progress: Progress) -> Column:
    whole = table.names.tobytes()
    ends = np.asarray(table.name_ends)
    if pattern.kind == "text":
        progress.advance(len(table))
        return _with_text(whole, ends, pattern)
    search = pattern.bytes_expression.search
    found = np.zeros(len(table), bool)
    stops: list[int] = ends.tolist()
    start = 0
    for at, stop in enumerate(stops):
        found[at] = search(whole[start:stop]) is not None
        start = stop
        if at % CHUNK == 0:
            progress.advance(min(CHUNK, len(table) - at))
    return found


def _with_text(whole: bytes, ends: Column, pattern: Pattern) -> Column:
    """Search all names at once, as they lie end to end; what runs over the end of a name is no find."""
    found = np.zeros(len(ends), bool)
    positions = [(match.start(), match.end()) for match in pattern.bytes_expression.finditer(_parted(whole, ends))]
    if positions:
        begins = np.array(positions, np.int64)[:, 0]
        rows = np.searchsorted(ends + np.arange(1, len(ends) + 1), begins, "right")
        found[rows] = True
    return found


def _parted(whole: bytes, ends: Column) -> bytes:
    """The names with a slash, which no name has, behind each."""
    count = len(ends)
    source = np.frombuffer(whole, np.uint8)
    lengths = np.diff(np.concatenate([[0], ends]))
    out = np.full(len(source) + count, ord("/"), np.uint8)
    out[np.arange(len(source)) + np.repeat(np.arange(count), lengths)] = source
    return out.tobytes()


def _paths_with(view: View, pattern: Pattern, progress: Progress) -> Column:
    """Text with slashes: its last part begins a name, those before it are the folders above."""
    parts = pattern.text.split("/")
    last = _part(parts[-1], parts[-1], "^")
    mask = (
        _names_that_fit(view.stack, last, progress)[np.asarray(view.places)] if parts[-1] else np.ones(len(view), bool)
    )
    parent: Column = np.asarray(view.parent)
    above = parent
    for number, part in reversed(list(enumerate(parts[:-1]))):
        inside = above >= 0
        if number == 0 and not part:
            return mask & ~inside
        named = _names_that_fit(view.stack, _part(part, pattern.text, "" if number == 0 else "^", "$"), progress)[
            np.asarray(view.places)
        ]
        mask = mask & inside
        mask[inside] &= named[above[inside]]
        above = np.where(inside, parent[np.maximum(above, 0)], -1)
    return mask


def _part(part: str, whole: str, before: str, after: str = "") -> Pattern:
    import re

    capitals = "" if any(letter.isupper() for letter in whole) else "(?i:"
    source = f"{before}{capitals}{re.escape(part)}{')' if capitals else ''}{after}"
    return _CaseSaid(source, "regex")


class _CaseSaid(Pattern):
    """An expression that says by itself whether case counts."""

    @property
    def _flags(self) -> int:
        return 0


def _paths_that_fit(view: View, pattern: Pattern, progress: Progress) -> Column:
    search = pattern.bytes_expression.search
    found = np.zeros(len(view), bool)
    progress.begin("looking through paths", total=len(view), unit="paths")
    for at, key in enumerate(view.keys()):
        found[at] = search(b"/" + key.replace(b"\0", b"/")) is not None
        if at % CHUNK == 0:
            progress.advance(min(CHUNK, len(view) - at))
    return found
