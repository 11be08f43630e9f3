"""Two Subjects held against each other, and the outcome in one sentence."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from layertui.core.errors import Damaged
from layertui.core.inspector.answers import FileCounts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.images.compare import Comparison
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.catalog import Catalog
    from layertui.core.layers.changes import Changes
    from layertui.core.layers.columns import Column
    from layertui.core.layers.view import View
    from layertui.core.streams.progress import Progress


def file_changes(a: View, b: View, same_layers: Iterable[tuple[int, int]], progress: Progress) -> Changes:
    """What differs between two views, contents included."""
    from layertui.core.layers.changes import changes
    from layertui.core.layers.contents import same_contents

    def same(left: Column, right: Column) -> Column:
        return same_contents(a.stack, left, b.stack, right, progress)

    return changes(a, b, same_layers=same_layers, same_contents=same)


def same_layers(catalog: Catalog, a: Subject, b: Subject, progress: Progress) -> list[tuple[int, int]]:
    """The numbers of layers that are in both images: one DiffID, and it is true.

    Where nobody has summed the bytes of a layer yet, that is done now: it is read once, and never again. To hold its files
    against the other side's would take reading both.
    """
    pairs = [(one, other) for one in a.image.layers for other in b.image.layers if one.diff_id == other.diff_id]
    doubtful = [layer for pair in pairs if not catalog.is_same(*pair) for layer in pair]
    with suppress(Damaged):  # then files tell
        catalog.verify(doubtful, progress)
    return [(one.number, other.number) for one, other in pairs if catalog.is_same(one, other)]


def told(view: View, subject: Subject) -> View:
    """What a Subject that is some layers says of paths: what these layers did, not the folders on the way there."""
    from layertui.core.layers.entry import Change
    from layertui.core.layers.view import View

    if subject.span is None:
        return view
    did = view.change != Change.UNCHANGED
    return View(view.stack, view.upto, view.shown[did], view.change[did])


def count(files: Changes) -> FileCounts:
    """How many paths were added, removed and modified."""
    from layertui.core.layers.entry import Change

    return FileCounts(*(int((files.kind == kind).sum()) for kind in (Change.ADDED, Change.REMOVED, Change.MODIFIED)))


def is_same(comparison: Comparison, files: FileCounts | None, *, history: bool, config: bool) -> bool:
    """Whether nothing differs in what was asked for; files were asked for where they are counted."""
    return (
        not (history and not comparison.same_history)
        and not (config and not comparison.same_config)
        and files in (None, FileCounts())
    )


def verdict(comparison: Comparison, files: FileCounts | None, *, history: bool, config: bool) -> str:
    """The outcome as one sentence."""
    if is_same(comparison, files, history=history, config=config):
        return "nothing differs"
    parts = []
    if history:
        parts.append(_of_history(comparison))
    if files is not None:
        parts.append("files: " + _counted(files.added, "added", files.removed, "removed", files.modified, "modified"))
    if config:
        fields = len(comparison.config)
        parts.append(
            f"config: {fields} field{'s' * (fields != 1)} differ{'s' * (fields == 1)}" if fields else "config: the same"
        )
    return "; ".join(parts)


def _of_history(comparison: Comparison) -> str:
    layers = comparison.base.layers
    base = f"the lowest {layers} layer{'s' * (layers != 1)} shared" if layers else "no shared base"
    ops = [pair.op for pair in comparison.history]
    parted = _counted(
        ops.count("only_a"), "only in A", ops.count("only_b"), "only in B", ops.count("changed"), "changed"
    )
    return f"{base}; steps: {parted}"


def _counted(*numbers_and_words: int | str) -> str:
    """`3 added, 1 removed`, without what is zero."""
    pairs = zip(numbers_and_words[::2], numbers_and_words[1::2], strict=True)
    return ", ".join(f"{number} {word}" for number, word in pairs if number) or "the same"
