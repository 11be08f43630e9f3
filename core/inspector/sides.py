"""Two Subjects held against each other, and the outcome in one sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.inspector.answers import FileCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from layertui.core.images.compare import Comparison
    from layertui.core.images.history import Step
    from layertui.core.inspector.answers import Subject
    from layertui.core.layers.changes import FileChange
    from layertui.core.layers.entry import Entry
    from layertui.core.layers.view import View
    from layertui.core.streams.progress import Progress

_CHUNK = 1 << 20


def steps_of(steps: Sequence[Step], subject: Subject) -> tuple[Step, ...]:
    """The steps that made what a Subject shows of its layers; one that made no layer belongs to the layer below it."""
    low, high = subject.span or (1, subject.upto)
    if low == 1 and high is None:
        return tuple(steps)
    kept = []
    layer = 0
    for step in steps:
        layer = step.number or layer
        # What comes before the first layer goes with it.
        if low <= max(layer, 1) and (high is None or layer <= high):
            kept.append(step)
    return tuple(kept)


def file_changes(a: View, b: View, progress: Progress) -> tuple[FileChange, ...]:
    """What differs between two views, contents included."""
    from layertui.core.layers.changes import changes

    return tuple(changes(a, b, same_content=_same_content(a, b, progress)))


def _same_content(a: View, b: View, progress: Progress) -> Callable[[Entry, Entry], bool]:
    # Hundreds of names may lead to one inode (busybox): each pair of contents is read once.
    known: dict[tuple[int, int], bool] = {}

    def same(one: Entry, other: Entry) -> bool:
        pair = int(a.stack.inode[a.stack.at(one)]), int(b.stack.inode[b.stack.at(other)])
        if pair not in known:
            with a.stack.open(one) as left, b.stack.open(other) as right:
                known[pair] = _same_bytes(left, right, progress)
        return known[pair]

    return same


def _same_bytes(left: BinaryIO, right: BinaryIO, progress: Progress) -> bool:
    while True:
        one, other = _filled(left), _filled(right)
        progress.advance(len(one))
        if one != other:
            return False
        if not one:
            return True


def _filled(stream: BinaryIO) -> bytes:
    """A whole chunk, short only at the end: a reader may give less than was asked for."""
    content = stream.read(_CHUNK)
    if len(content) == _CHUNK or not content:
        return content
    parts = [content]
    missing = _CHUNK - len(content)
    while missing and (more := stream.read(missing)):
        parts.append(more)
        missing -= len(more)
    return b"".join(parts)


def count(files: Iterable[FileChange]) -> FileCounts:
    """How many paths were added, removed and modified."""
    totals = {"added": 0, "removed": 0, "modified": 0}
    for change in files:
        totals[change.kind] += 1
    return FileCounts(**totals)


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
