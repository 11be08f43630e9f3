"""Opens the archive that a file is: tar (also compressed), zip, ar, or one compressed file alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from layertui.core.errors import NotFound

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.analysis.file_facts.archive_values import Archive, ArchiveListing
    from layertui.core.progress import Progress


def open_archive(stream: BinaryIO, size: int, *, name: str = "", depth: int = 1, spool: Path | None = None) -> Archive:  # noqa: ARG001
    """The archive in a seekable stream of `size` bytes, which stays open as long as the archive is used, and is used by one thread.

    `depth` is 1 for a file of the image, 2 for one in an archive, and so on; `spool` a folder for content that is unpacked to be
    read at any place. Raises NotFound for what is no archive, Damaged, and LimitExceeded for one that is nested too deeply.
    """
    raise NotFound(f"{name}: is not an archive")


def list_archive(archive: Archive, progress: Progress | None = None) -> ArchiveListing:
    """The entries of an archive as far as they can be read; why there may be more is its `damage`."""
    raise NotImplementedError
