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
_OF_DAEMON, _BYTES_OF_DAEMON = 32, 1 << 16
"""Paths, and their bytes, that a daemon itself puts into an export at most: `/.dockerenv`, some of `/dev` and `/etc`."""


def origin_of(inspector: Inspector, name: str, progress: Progress) -> str | None:
    """The name, as `open` takes it, of what an imported image was exported from; None where nothing of the engine fits.

    It has nearly the same files and more history; of several, the one that differs least. Containers come first, since an export is written of one. What cannot be read
    is passed over. Raises Cancelled.
    """
    copy = inspector.open(name, progress=progress)
    if not is_import(inspector.history(copy, sizes=False, progress=progress)):
        return None
    files = inspector.view(copy, progress=progress)
    nearest, least = None, 0
    for candidate in _candidates(inspector, copy.image):
        try:
            original = inspector.open(candidate, progress=progress)
            view = inspector.view(original, progress=progress)
            # Cheap, and enough for nearly all; comparing takes longer.
            if abs(len(view) - len(files)) > _OF_DAEMON or abs(view.total_size - files.total_size) > _BYTES_OF_DAEMON:
                continue
            report = inspector.compare(original, copy, progress=progress)
        except Cancelled:
            raise
        except LayertuiError:
            continue
        if report.imported is not None and report.imported.copy == "b":
            if not report.imported.changed:
                return candidate
            if nearest is None or report.imported.changed < least:
                nearest, least = candidate, report.imported.changed
    return nearest


def _candidates(inspector: Inspector, image: Image) -> Iterator[str]:
    if inspector.engine.containers is not None:
        containers = sorted(inspector.engine.containers.list(), key=lambda one: one.created, reverse=True)
        yield from (f"container:{container.name}" for container in containers[:CANDIDATES])
    others = [other for other in inspector.images.list() if other.id != image.id]
    yield from (str(other.id) for other in others[:CANDIDATES])
