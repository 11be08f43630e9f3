"""Two Subjects compared: their steps, the layers that both have, and the files that differ."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from layertui.core.errors import Damaged
from layertui.core.inspector.inspector_answers import FileCounts, Report
from layertui.core.inspector.look.import_loss import imported
from layertui.core.inspector.subject import layer_count
from layertui.core.layers.cache.layer_blob import is_recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from layertui.core.images.history_steps import Step
    from layertui.core.images.image import Layer
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.layers.diff.file_changes import Changes
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.columns import Column
    from layertui.core.oci.digest import DiffID, Digest
    from layertui.core.progress import Progress


class ComparedSide(NamedTuple):
    """One of the two, with what is known of it."""

    subject: Subject
    steps: tuple[Step, ...]
    own_size: int
    """Bytes in its writable layer, if it is a container whose writable layer is part of what is compared."""
    view: Callable[[], View]
    """Gives its files; called only where they are compared."""


def compared(
    a: ComparedSide,
    b: ComparedSide,
    catalog: Catalog,
    *,
    history: bool,
    files: bool,
    config: bool,
    packages: bool,
    progress: Progress,
) -> Report:
    """Two Subjects side by side; `history`, `files`, `config` and `packages` say what is compared."""
    from layertui.core.images.compare.compare_images import compare

    comparison = compare(a.subject.image, b.subject.image, a.steps, b.steps)
    report = Report(a.subject, b.subject, comparison, history=history, config=config, own=(a.own_size, b.own_size))
    if not files:
        return report
    left, right = (changed_paths(side.view(), side.subject) for side in (a, b))
    found = file_changes(left, right, same_layers(catalog, a.subject, b.subject, progress), progress)
    import_found = imported(a.subject, b.subject, comparison, found)
    report = replace(report, files=found, counts=count(found), imported=import_found)
    if packages:
        from layertui.core.analysis.packages.package_changes import package_changes

        report = replace(report, packages=package_changes(found, progress))
    return report


def writable_layer_is_seen(side: Subject) -> bool:
    """Whether the layers that a container's Subject names include its own."""
    highest = side.span[1] if side.span else side.upto
    return highest is None or highest >= layer_count(side)


def file_changes(a: View, b: View, same_layers: Iterable[tuple[int, int]], progress: Progress) -> Changes:
    """What differs between two views, contents included."""
    from layertui.core.layers.diff.file_changes import changes
    from layertui.core.layers.diff.same_contents import same_contents

    def same(left: Column, right: Column) -> Column:
        return same_contents(a.stack, left, b.stack, right, progress)

    return changes(a, b, same_layers=same_layers, same_contents=same)


def same_layers(catalog: Catalog, a: Subject, b: Subject, progress: Progress) -> list[tuple[int, int]]:
    """The numbers of layers that are in both images: one DiffID, and it is true.

    If the bytes of a layer have not been hashed yet, that is done now: it is read once, and never again. To hold its files
    against the other side's would take reading both.
    """
    pairs = [(one, other) for one in a.image.layers for other in b.image.layers if one.diff_id == other.diff_id]
    # An image may have one layer a thousand times.
    once = {_blobs_of(*pair): pair for pair in pairs}
    doubtful = [
        layer for pair in once.values() if not catalog.is_same(*pair) for layer in pair if not is_recorded(layer)
    ]
    with suppress(Damaged):  # then the files are compared
        catalog.verify(doubtful, progress)
    same = {blobs for blobs, pair in once.items() if catalog.is_same(*pair)}
    return [(one.number, other.number) for one, other in pairs if _blobs_of(one, other) in same]


def _blobs_of(one: Layer, other: Layer) -> tuple[Digest, Digest, DiffID]:
    return one.digest, other.digest, one.diff_id


def changed_paths(view: View, subject: Subject) -> View:
    """The view without paths that the layers of a Subject `@M..N` did not change, which are only folders on the way."""
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.entry import Change

    if subject.span is None:
        return view
    did = view.change != Change.UNCHANGED
    return View(view.stack, view.upto, view.shown[did], view.change[did])


def count(files: Changes) -> FileCounts:
    """How many paths were added, removed and modified, and how many of these in what is not content alone."""
    from layertui.core.layers.table.entry import Change

    added, removed, modified = (
        int((files.kind == kind).sum()) for kind in (Change.ADDED, Change.REMOVED, Change.MODIFIED)
    )
    return FileCounts(added, removed, modified, *files.but_content())
