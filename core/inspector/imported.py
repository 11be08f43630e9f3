"""Is one side an import of the other's export? Then what was lost on the way is worth more than any list of differences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from layertui.core.errors import Cancelled, LayertuiError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.images.compare.compare_images import Comparison
    from layertui.core.images.history_steps import Step
    from layertui.core.images.image import Image
    from layertui.core.inspector.looking import Looking
    from layertui.core.inspector.subject import Subject
    from layertui.core.layers.diff.file_changes import Changes
    from layertui.core.progress import Progress

Side = Literal["a", "b"]

CANDIDATES = 30
"""So many containers, the newest first, and so many images are looked through for the origin of an import."""


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
    from layertui.core.layers.diff.file_changes import Ignoring

    if comparison.shared_layers or files.without(Ignoring(time=True)):
        return None
    ours = [pair.a for pair in comparison.history if pair.a is not None]
    theirs = [pair.b for pair in comparison.history if pair.b is not None]
    if _by_import(theirs) and not _by_import(ours):
        return Imported("b", tuple(_lost(a, b, ours)))
    if _by_import(ours) and not _by_import(theirs):
        return Imported("a", tuple(_lost(b, a, theirs)))
    return None


def _by_import(steps: Sequence[Step]) -> bool:
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


def origin_of(inspector: Looking, name: str, progress: Progress) -> str | None:
    """The name, as `open` takes it, of what an imported image was exported from; None where nothing of the engine fits.

    It has the same files and more history. Containers come first, since an export is written of one. What cannot be read
    is passed over. Raises Cancelled.
    """
    copy = inspector.open(name, progress=progress)
    if not _by_import(inspector.history(copy, sizes=False, progress=progress)):
        return None
    files = inspector.view(copy, progress=progress)
    for candidate in _candidates(inspector, copy.image):
        try:
            original = inspector.open(candidate, progress=progress)
            view = inspector.view(original, progress=progress)
            if len(view) != len(files) or view.total_size != files.total_size:
                continue  # cheap, and enough for nearly all; comparing takes longer
            report = inspector.compare(original, copy, progress=progress)
        except Cancelled:
            raise
        except LayertuiError:
            continue
        if report.imported is not None and report.imported.copy == "b":
            return candidate
    return None


def _candidates(inspector: Looking, image: Image) -> Iterator[str]:
    if inspector.engine.containers is not None:
        containers = sorted(inspector.engine.containers.list(), key=lambda one: one.created, reverse=True)
        yield from (f"container:{container.name}" for container in containers[:CANDIDATES])
    others = [other for other in inspector.images() if other.id != image.id]
    yield from (str(other.id) for other in others[:CANDIDATES])
