"""What each layer of a Subject adds and hides; and the bytes behind a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.errors import NotFound
from layertui.core.inspector.inspector_answers import LayerSummary, WriteEffect
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from layertui.core.engines.file_protocols import Sight
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.stack.layer_counts import LayerCounts
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress

# What a path that has no bytes to read is.
_NO_FILE = {
    Kind.DIR: tr("is a directory"),
    Kind.CHAR: tr("is a device"),
    Kind.BLOCK: tr("is a device"),
    Kind.FIFO: tr("is a fifo"),
    Kind.WHITEOUT: tr("was removed in this layer"),
    Kind.SYMLINK: tr("is a link that leads nowhere"),
}


def layer_summaries(subject: Subject, counted: Sequence[LayerCounts], steps: Iterable[Step]) -> list[LayerSummary]:
    """The layers that a Subject shows, the lowest first; `counted` is of all its layers."""
    by_number = {step.number: step for step in steps if step.number is not None}
    low, high = subject.span or (1, subject.upto or len(counted))
    found = []
    for number, did in enumerate(counted, 1):
        if not low <= number <= high:
            continue
        image_layers = subject.image.layers
        layer = image_layers[number - 1] if number <= len(image_layers) else None
        step = by_number.get(number)
        found.append(
            LayerSummary(
                number=number,
                layer=layer,
                writable=layer is None,
                size=did.size,
                stored_size=layer.size if layer else None,
                entries=did.entries,
                added=did.added,
                modified=did.modified,
                removed=did.removed,
                created_by=step.created_by if step else None,
                command=step.command if step else None,
            )
        )
    return found


def content(view: View, path: str, progress: Progress | None = None) -> BinaryIO:
    """The bytes of the file that a path leads to, links followed inside the image. Raises NotFound."""
    entry = view.resolve(path)
    if entry.kind is not Kind.FILE:
        raise NotFound(f"{path}: {_NO_FILE.get(entry.kind, 'is not a file')}")
    if path.endswith("/"):
        raise NotFound(tr("{path}: is a file, not a directory", path=path))
    if progress is not None:
        view.stack.bring([entry.layer], progress)
    return view.stack.open(entry)


def write_effect(view: View, path: str, own: int) -> WriteEffect:
    """What a write to a path of a container would do; `own` is the number of its writable layer."""
    try:
        entry = view.resolve(path)
    except NotFound:
        return WriteEffect(path, exists=False)
    if entry.kind is Kind.DIR:
        return WriteEffect(entry.path, exists=True, layer=entry.layer, is_folder=True)
    return WriteEffect(entry.path, exists=True, layer=entry.layer, copied_up=entry.layer != own)


def write_effect_in_mount(sight: Sight, path: str, mounted: str) -> WriteEffect:
    """The same of a path that lies in what is mounted there."""
    try:
        entry = sight.resolve(path)
    except NotFound:
        return WriteEffect(path, exists=False, mounted=mounted)
    return WriteEffect(entry.path, exists=True, is_folder=entry.kind is Kind.DIR, mounted=mounted)
