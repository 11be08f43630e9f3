"""Is one side an import of the other's export? Then what was lost on the way is worth more than any list of differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.images.compare.compare_images import Comparison
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.diff.file_changes import Changes

Side = Literal["a", "b"]


@dataclass(frozen=True, slots=True)
class Loss:
    """One thing that the original has and the import has not."""

    what: str
    """`8 history steps`, `CMD`, `ENV PATH` … The name of a variable or a label comes out of an image."""
    meaning: str = ""
    """What that means for who uses the import; empty where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Imported:
    """One side is the other's files in one layer, as `import` makes them of what `export` wrote."""

    copy: Side
    """Which side is the import."""
    lost: tuple[Loss, ...]


def imported(a: Subject, b: Subject, comparison: Comparison, files: Changes) -> Imported | None:
    """Say so where the files are the same, no layer is shared, and one side is a single layer that no command made."""
    from layertui.core.layers.diff.file_changes import ChangeFilter

    if comparison.shared_layers or files.without(ChangeFilter(time=True)):
        return None
    ours = [pair.a for pair in comparison.history if pair.a is not None]
    theirs = [pair.b for pair in comparison.history if pair.b is not None]
    if is_import(theirs) and not is_import(ours):
        return Imported("b", tuple(_lost(a, b, ours)))
    if is_import(ours) and not is_import(theirs):
        return Imported("a", tuple(_lost(b, a, theirs)))
    return None


def is_import(steps: Sequence[Step]) -> bool:
    """Whether these are all the steps of an import: docker names no command there, podman says it in the comment."""
    if len(steps) != 1 or steps[0].layer is None:
        return False
    return not steps[0].created_by or (steps[0].comment or "").lower().startswith("import")


def _lost(original: Subject, copy: Subject, steps: Sequence[Step]) -> Iterator[Loss]:
    from layertui.core.images.compare.compare_configs import config_differences

    if len(steps) > 1:
        yield Loss(f"{len(steps)} history steps", "how it was made is lost")
    layers = sum(step.layer is not None for step in steps)
    if layers > 1:
        yield Loss(f"{layers} layers", "it is stored and transferred as a whole; no layer is shared with other images")
    for one in config_differences(original.image.config, copy.image.config):
        if one.b is None:
            yield Loss(one.name, one.meaning)
