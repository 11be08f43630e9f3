"""A file or folder on disk as a place: the images of one archive, opened where it lies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from layertui.core.engines.engine import Engine, ImageSummary, summary
from layertui.core.errors import NotFound
from layertui.core.images.archive.archive import Archive, open_archive
from layertui.core.images.image import Image
from layertui.core.oci.descriptor import Platform
from layertui.core.progress import Progress


def archive_engine(path: Path, spool: Path | None = None, progress: Progress | None = None) -> Engine:
    """An engine that has the archive's images and nothing else."""
    return Engine(str(path), ArchiveImages(open_archive(path, spool=spool, progress=progress)))


class ArchiveImages:
    """The images of an open archive."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def list(self) -> Sequence[ImageSummary]:
        """Every image, untagged ones too."""
        return [summary(image) for image in self._archive.images]

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        """None: an archive with such an image is not opened."""
        del listed
        return 0

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        """The image of a reference, an ID or a unique prefix of one."""
        del progress
        image = self._archive.image(name)
        if platform is not None and not image.platform.fits(platform):
            raise NotFound(f"{name} is for {image.platform}; {self._archive.name} has none for {platform}")
        return image
