"""The search for what an imported image was exported from, among the containers and images of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.errors import Cancelled, LayertuiError
from layertui.core.inspector.look.import_loss import is_import

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.images.image import Image
    from layertui.core.inspector.inspector import Inspector
    from layertui.core.progress import Progress

CANDIDATES = 30
"""So many containers, the newest first, and so many images are searched for the origin of an import."""


def origin_of(inspector: Inspector, name: str, progress: Progress) -> str | None:
    """The name, as `open` takes it, of what an imported image was exported from; None where nothing of the engine fits.

    It has the same files and more history. Containers come first, since an export is written of one. What cannot be read
    is passed over. Raises Cancelled.
    """
    copy = inspector.open(name, progress=progress)
    if not is_import(inspector.history(copy, sizes=False, progress=progress)):
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


def _candidates(inspector: Inspector, image: Image) -> Iterator[str]:
    if inspector.engine.containers is not None:
        containers = sorted(inspector.engine.containers.list(), key=lambda one: one.created, reverse=True)
        yield from (f"container:{container.name}" for container in containers[:CANDIDATES])
    others = [other for other in inspector.images.list() if other.id != image.id]
    yield from (str(other.id) for other in others[:CANDIDATES])
