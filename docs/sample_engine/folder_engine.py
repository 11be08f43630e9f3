"""A folder of image archives as an engine for layertui: what `docker save`, podman, skopeo or layertui wrote there.

It has images and nothing else. `ARCHIVES` says which folder; see docs/adding-an-engine.md, which walks through this file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock

from layertui.core.engines.engine import Engine
from layertui.core.engines.image_values import ImageSummary, summary
from layertui.core.errors import LayertuiError, NotAnImage, NotFound
from layertui.core.images.archive.archive import Archive, open_archive
from layertui.core.images.image import Image
from layertui.core.images.image_choice import choose_image
from layertui.core.layers.cache.catalog import Catalog
from layertui.core.oci.descriptor import Platform
from layertui.core.progress import Progress, quiet
from layertui.core.settings import Settings


def engine(settings: Settings, _catalog: Callable[[], Catalog]) -> Engine:
    """What the entry point names. Nothing is read here: the engine may be listed and never be asked for an image."""
    return Engine(settings.engine, FolderImages(Path(os.environ.get("ARCHIVES", ".")), settings.spool))


class FolderImages:
    """See Images in `layertui/core/engines/image_protocols.py`, which says what each method promises."""

    def __init__(self, folder: Path, spool: Path | None) -> None:
        self._folder, self._spool = folder, spool
        self._archives: dict[tuple[Path, int, int], Archive] = {}
        self._lock = Lock()  # the screen asks from several threads

    def list(self) -> Sequence[ImageSummary]:
        return [summary(image) for image in self._read(quiet())[0]]

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return self._read(quiet())[1]

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        images, _ = self._read(progress)
        image = choose_image(str(self._folder), images, [() for _ in images], name)
        if platform is not None and not image.platform.fits(platform):
            raise NotFound(f"{name} is for {image.platform}; {self._folder} has none for {platform}")
        return image

    def _read(self, progress: Progress) -> tuple[Sequence[Image], int]:
        """The images of all archives, and how many archives cannot be read. Only their manifests and configs are read."""
        images: list[Image] = []
        damaged = 0
        try:
            paths = sorted(self._folder.iterdir())
        except OSError as error:
            raise NotFound(f"{self._folder}: {error.strerror}; ARCHIVES names the folder of archives") from error
        with self._lock:
            for path in paths:
                try:
                    images += self._archive(path, progress).images
                except NotAnImage:
                    continue  # some other file
                except LayertuiError:
                    damaged += 1
        return images, damaged

    def _archive(self, path: Path, progress: Progress) -> Archive:
        """The archive at a path, opened once. It stays open, since the layers of its images are read later."""
        status = path.stat()
        key = path, status.st_mtime_ns, status.st_size
        if key not in self._archives:
            self._archives[key] = open_archive(path, spool=self._spool, progress=progress)
        return self._archives[key]
