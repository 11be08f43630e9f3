"""The search for what an imported image was exported from, among the containers and images of an engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.errors import Cancelled, LayertuiError
from layertui.core.inspector.look.import_loss import is_import

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.images.image import Image
    from layertui.core.inspector.inspector import Inspector
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress

CANDIDATES = 30
"""So many containers, the newest first, and so many images are searched for the origin of an import."""
MOST_VIEWED = 10
"""Of so many the files are looked at, which may mean that their layers are read."""
_OF_DAEMON, _BYTES_OF_DAEMON = 32, 1 << 16
"""Paths, and their bytes, that a daemon itself puts into an export at most: `/.dockerenv`, some of `/dev` and `/etc`."""


def origin_of(inspector: Inspector, name: str, progress: Progress) -> str | None:
    """The name, as `open` takes it, of what an imported image was exported from; None where nothing of the engine fits.

    It has nearly the same files and more history; of several, the one that differs least. Containers come first, since an
    export is written of one. Of at most MOST_VIEWED candidates, those of the nearest size, files are looked at. What cannot
    be read is passed over. Raises Cancelled.
    """
    copy = inspector.open(name, progress=progress)
    if not is_import(inspector.history(copy, sizes=False, progress=progress)):
        return None
    files = inspector.view(copy, progress=progress)
    nearest, least = None, 0
    for candidate, original in _nearest(inspector, copy.image, files.total_size, progress):
        try:
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


def _nearest(inspector: Inspector, copy: Image, size: int, progress: Progress) -> list[tuple[str, Subject]]:
    """The candidates whose layers are nearest to the size of the copy's files, by what is known without reading a layer."""
    found: list[tuple[int, str, Subject]] = []
    for name in _candidates(inspector, copy):
        try:
            subject = inspector.open(name, progress=progress)
            if is_import(inspector.history(subject, sizes=False, progress=progress)):
                continue
            distance = _distance(inspector, subject, size)
        except Cancelled:
            raise
        except LayertuiError:
            continue
        if distance is not None:
            found.append((distance, name, subject))
    # Of the same distance, containers stay before images, and newer ones before older ones.
    found.sort(key=lambda one: one[0])
    return [(name, subject) for _, name, subject in found[:MOST_VIEWED]]


def _distance(inspector: Inspector, subject: Subject, size: int) -> int | None:
    """Bytes between the contents of the layers and the files of the copy; None where there are more files than contents.

    Upper layers may hide files of lower ones, so there may be fewer. Where no table of a layer is kept, its stored bytes stand
    for its contents.
    """
    blobs = subject.image.layers
    is_known = inspector.catalog.has_tables(blobs)
    held = sum(inspector.catalog.content_sizes(blobs)) if is_known else sum(blob.size for blob in blobs)
    if subject.container is not None and held < size:
        held += inspector.containers.files.own_size(subject.container.id)
    if is_known and held + _BYTES_OF_DAEMON < size:
        return None
    return abs(held - size)


def _candidates(inspector: Inspector, image: Image) -> Iterator[str]:
    if inspector.engine.containers is not None:
        containers = sorted(inspector.engine.containers.list(), key=lambda one: one.created, reverse=True)
        yield from (f"container:{container.name}" for container in containers[:CANDIDATES])
    others = [other for other in inspector.images.list() if other.id != image.id]
    yield from (str(other.id) for other in others[:CANDIDATES])
