"""Is one side an import of the other's export? Then what was lost on the way is worth more than any list of differences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.inspector.inspector_answers import Imported, Loss
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.images.compare.compare_images import Comparison
    from layertui.core.images.history_steps import Step
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.diff.file_changes import Changes

_MOST_CHANGED = 0.1
"""Of all paths. A container that is exported has files of its own, and Docker's exports have `/.dockerenv` and files of `/dev`."""


def imported(a: Subject, b: Subject, comparison: Comparison, files: Changes) -> Imported | None:
    """Say so where nearly all files are the same, no layer is shared, and one side is a single layer that no command made."""
    from layertui.core.layers.diff.file_changes import ChangeFilter

    changed = len(files.without(ChangeFilter(time=True)))
    if comparison.shared_layers or changed > _MOST_CHANGED * min(len(files.lineup.a), len(files.lineup.b)):
        return None
    ours = [pair.a for pair in comparison.history if pair.a is not None]
    theirs = [pair.b for pair in comparison.history if pair.b is not None]
    if is_import(theirs) and not is_import(ours):
        return Imported("b", tuple(_lost(a, b, ours)), changed)
    if is_import(ours) and not is_import(theirs):
        return Imported("a", tuple(_lost(b, a, theirs)), changed)
    return None


def is_import(steps: Sequence[Step]) -> bool:
    """Whether these are all the steps of an import: docker names no command there, podman says it in the comment."""
    if len(steps) != 1 or steps[0].layer is None:
        return False
    return not steps[0].created_by or (steps[0].comment or "").lower().startswith("import")


def _lost(original: Subject, copy: Subject, steps: Sequence[Step]) -> Iterator[Loss]:
    from layertui.core.images.compare.compare_configs import config_differences

    if len(steps) > 1:
        yield Loss(tr("{steps} history steps", steps=len(steps)), tr("how it was made is lost"))
    layers = sum(step.layer is not None for step in steps)
    if layers > 1:
        yield Loss(
            tr("{layers:,} layers", layers=layers),
            tr("it is stored and transferred as a whole; no layer is shared with other images"),
        )
    for one in config_differences(original.image.config, copy.image.config):
        if one.b is None:
            yield Loss(one.name, one.meaning)
