"""Finds the entries of a View that match a pattern: by array operations for plain text, otherwise by a walk over names.

Call it in a job's thread.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from layertui.core.language.texts import tr
from layertui.core.layers.table.layer_table import OPAQUE
from layertui.tui.widgets.text.text_match import Pattern

if TYPE_CHECKING:
    from layertui.core.analysis.files_by_size import FilesBySize
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.progress import Progress

Column = np.ndarray[Any, Any]

CHUNK = 2_000  # names or paths between two checks for cancellation; each may have thousands of bytes


def mask_of(view: View, pattern: Pattern | None, *, only_changes: bool, progress: Progress) -> Column | None:
    """The entries that match; None for all."""
    mask: Column | None = None
    if only_changes:
        mask = changed(view)
    if pattern is not None:
        fits = matches(view, pattern, progress)
        mask = fits if mask is None else mask & fits
    return mask


def everything(view: View) -> Column:
    """A mask of all entries, so that all folders are unfolded."""
    return np.ones(len(view), bool)


def changed(view: View) -> Column:
    """The entries that the layer changed; a folder that it makes opaque is changed even if its attributes are the same."""
    mask: Column = np.asarray(view.change) != 0
    if view.is_alone:
        mask |= (np.asarray(view.stack.flags)[np.asarray(view.own)] & OPAQUE) != 0
    return mask


def matches(view: View, pattern: Pattern, progress: Progress) -> Column:
    """Whether each entry's name, or its path for a pattern with a slash, matches."""
    if not pattern.whole_path:
        fits: Column = _names_that_fit(view.stack, pattern, progress)[view.path_ids]
        return fits
    if pattern.kind == "text":
        return _paths_with(view, pattern, progress)
    return _paths_that_fit(view, pattern, progress)


def files_that_fit(files: FilesBySize, pattern: Pattern, progress: Progress) -> FilesBySize:
    """Those of a flat list of files whose name, or path for a pattern with a slash, matches."""
    if not pattern.whole_path:
        path_ids = files.stored.path_ids[files.order]
        return files.only(_names_that_fit(files.stored.stack, pattern, progress)[path_ids])
    fits = np.zeros(len(files), bool)
    progress.begin(tr("looking through paths"), total=len(files), unit="paths")
    for start in range(0, len(files), CHUNK):
        paths = files.paths(start, start + CHUNK)
        some = [path.encode("utf-8", "surrogateescape") for path in paths]
        fits[[start + at for at in pattern.fitting(some)]] = True
        progress.advance(len(paths))
    return files.only(fits)


def _names_that_fit(stack: Timeline, pattern: Pattern, progress: Progress) -> Column:
    """For each path of the stack, from the names in its tables: of a name that several paths have, each table tests it once."""
    progress.begin(tr("looking through names"), total=sum(len(layer.table) for layer in stack.layers), unit="names")
    if pattern.kind == "text":
        return _by_path_id(
            stack, [_with_text(layer.table, _text(pattern.text, pattern), progress) for layer in stack.layers]
        )
    return _by_path_id(stack, [_walked(layer.table, pattern, progress) for layer in stack.layers])


def _by_path_id(stack: Timeline, found: list[Column]) -> Column:
    first = np.asarray(stack.start)[:-1]
    starts = np.cumsum([0, *(len(column) for column in found)])
    flat = np.concatenate(found) if found else np.zeros(0, bool)
    result: Column = flat[starts[np.asarray(stack.layer)[first] - 1] + np.asarray(stack.row)[first]]
    return result


def _text(text: str, pattern: Pattern, *, begins: bool = False, ends: bool = False) -> re.Pattern[bytes]:
    """A pattern that finds text in names separated by slashes, once in each; at its beginning or end if requested."""
    # The slash after a name is the one before the next, so no match may consume it.
    before, after = b"/" if begins else b"", b"(?=/)" if ends else b""
    return re.compile(before + re.escape(text.encode("utf-8", "surrogateescape")) + after + b"[^/]*", pattern.flags)


def _walked(table: LayerTable, pattern: Pattern, progress: Progress) -> Column:
    """Test each name: for anything but plain text."""
    found = np.zeros(len(table), bool)
    for start in range(0, len(table), CHUNK):
        names = table.names_of(np.arange(start, min(start + CHUNK, len(table))))
        found[[start + at for at in pattern.fitting(names)]] = True
        progress.advance(len(names))
    return found


def _with_text(table: LayerTable, source: re.Pattern[bytes], progress: Progress) -> Column:
    """Search all names at once, with a slash, which no name has, before each and after the last."""
    ends = np.asarray(table.name_ends).astype(np.int64)
    found = np.zeros(len(ends), bool)
    begins = np.fromiter((match.end() - 1 for match in source.finditer(_parted(table, ends))), np.int64)
    if len(begins):
        # A match may begin at a slash; its last character is always in the name.
        rows = np.searchsorted(ends + np.arange(1, len(ends) + 1), begins, "left")
        found[np.minimum(rows, len(ends) - 1)] = True
    progress.advance(len(ends))
    return found


def _parted(table: LayerTable, ends: Column) -> bytes:
    """The names, with a slash before each and after the last."""
    out = np.full(len(table.names) + len(ends) + 1, ord("/"), np.uint8)
    inside = np.ones(len(out), bool)  # no index per byte: that would take eight times as much memory as the names
    inside[0] = False
    inside[ends + np.arange(1, len(ends) + 1)] = False
    out[inside] = np.asarray(table.names).view(np.uint8)
    return out.tobytes()


def _paths_with(view: View, pattern: Pattern, progress: Progress) -> Column:
    """Text with slashes: the last part begins a name, the first one ends a folder's name, those between are whole names."""
    parts = pattern.text.split("/")
    stack, path_ids = view.stack, np.asarray(view.path_ids)

    def named(number: int) -> Column:
        source = _text(parts[number], pattern, begins=number > 0, ends=number < len(parts) - 1)
        fits: Column = _by_path_id(stack, [_with_text(layer.table, source, progress) for layer in stack.layers])[
            path_ids
        ]
        return fits

    mask = named(len(parts) - 1) if parts[-1] else np.ones(len(view), bool)
    parent: Column = np.asarray(view.parent)
    above = parent
    for number in reversed(range(len(parts) - 1)):
        inside = above >= 0
        if number == 0 and not parts[0]:
            return mask & ~inside
        mask = mask & inside
        mask[inside] &= named(number)[above[inside]]
        above = np.where(inside, parent[np.maximum(above, 0)], -1)
    return mask


def _paths_that_fit(view: View, pattern: Pattern, progress: Progress) -> Column:
    found = np.zeros(len(view), bool)
    progress.begin(tr("looking through paths"), total=len(view), unit="paths")
    keys = view.keys()
    paths = (b"/" + key.replace(b"\0", b"/") for key in keys)
    start = 0
    while some := list(islice(paths, CHUNK)):
        found[[start + at for at in pattern.fitting(some)]] = True
        start += len(some)
        progress.advance(len(some))
    return found
