"""Opens image archives in place: OCI layouts as tar or folder, `docker save` archives in both formats.

    with open_archive(path) as archive:
        archive.images                     every image, under its names
        archive.image("demo:1.0")          the image with that reference

A tar is walked once, header by header; the blobs of its images are ranges of the same file. Only an archive that is
compressed as a whole is decompressed, to a file without a name. If an archive has both formats (docker since 25, and
layertui), the OCI index is used, because it has digests for everything; manifest.json may add names.
"""

import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal, Self, cast

from layertui.core.bounds import check
from layertui.core.errors import (
    Ambiguous,
    Damaged,
    ImageChoice,
    LimitExceeded,
    NotAnImage,
    NotFound,
    Truncated,
    as_storage_error,
)
from layertui.core.fs.atomic import folder_for_spooling
from layertui.core.fs.file_window import Window, window_of
from layertui.core.images.archive.archive_members import ArchiveMembers, FolderMembers, TarMembers
from layertui.core.images.archive.docker_archive import MANIFEST_JSON, docker_images
from layertui.core.images.archive.layout_archive import (
    MANIFEST_DIGEST,
    LayoutBlobs,
    MarkedEntry,
    entries_meant,
    index_entry,
    layout_images,
    platform_choices,
)
from layertui.core.images.archive.unsupported_files import describe_unknown_file, describe_unknown_tar
from layertui.core.images.image import BlobSource, Image
from layertui.core.images.image_choice import choose_image
from layertui.core.images.image_index import INDEX_JSON
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import Digest
from layertui.core.portable import write_out_early
from layertui.core.progress import Progress, quiet
from layertui.core.streams.compress import decompressed, sniff
from layertui.core.streams.tar.header_block import checksum_ok

Form = Literal["docker", "oci", "layout"]
_CHUNK = 1 << 20
_LOOK_AFTER = 64 << 20
_DROP_AFTER, _KEPT_CACHED = (
    16 << 20,
    64 << 20,
)  # bytes: a part is dropped the first time that it is asked for after it was written
_HEAD = 1 << 10
_HEADER = 512  # a file without even one tar header cannot be a tar
_LOOK = 40 << 10  # bytes: includes the one signature that is at 32 KiB


@dataclass(frozen=True)
class Archive:
    """An open archive and its images. Closing it closes the file from which these are read."""

    name: str
    form: Form
    images: tuple[Image, ...]
    warnings: tuple[str, ...]
    _marks: tuple[tuple[str, ...], ...]
    _members: ArchiveMembers = field(repr=False)

    def image(self, ref: str | None = None) -> Image:
        """The image that a reference means: a name, a tag, an ID, `@N` for the Nth; by default the only image.

        Raises NotFound, Ambiguous.
        """
        return choose_image(self.name, self.images, self._marks, ref)

    def holds(self, form: Form) -> bool:
        """Whether it has this format; an archive of docker since 25 has two."""
        both = self.form == "docker" and self._members.size(INDEX_JSON) is not None
        return form == self.form or (form == "oci" and both)

    def platforms(self) -> list[ImageChoice]:
        """The images of those that exist for several platforms, as references to choose from; empty if there are none."""
        return platform_choices(self._members) if self._members.size(INDEX_JSON) is not None else []

    def index_of(self, ref: str | None) -> tuple[Descriptor, BlobSource] | None:
        """The index of several platforms that a reference means, or the only one, and where what it names is read."""
        if self._members.size(INDEX_JSON) is None:
            return None
        found = index_entry(self._members, ref)
        return None if found is None else (found, LayoutBlobs(self._members))

    def close(self) -> None:
        """Close the archive's file; layers of its images that were not opened yet cannot be read any more."""
        self._members.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_archive(
    path: Path,
    ref: str | None = None,
    platform: Platform | None = None,
    *,
    spool: Path | None = None,
    progress: Progress | None = None,
) -> Archive:
    """Open an archive or a layout folder. With a `ref`, only that image of it.

    `spool` is the folder for the decompressed content of an archive that is compressed as a whole. Raises NotAnImage with what
    the file is instead and what to try; NotFound, Ambiguous, Damaged, Truncated, LimitExceeded, StorageError.
    """
    progress = progress or quiet()
    if path.is_dir():
        return _read(FolderMembers(path), "layout", ref, platform, progress)
    with window_of(path) as file:
        if sniff(file.read(_HEAD)) == "none":
            return _open_tar(file, ref, platform, progress)
        file.seek(0)
        with _spooled(cast("BinaryIO", file), file.name, spool, progress) as window:
            return _open_tar(window, ref, platform, progress)


def from_stream(
    stream: BinaryIO,
    spool: Path | None = None,
    *,
    ref: str | None = None,
    platform: Platform | None = None,
    progress: Progress | None = None,
    name: str = "stdin",
    drop_cache: bool = False,
) -> Archive:
    """Open an archive from a stream: in place if it is a file, else after copying it to `spool`.

    `name` is its name in messages. `drop_cache` writes a large copy to the disk as it comes and keeps only the latest part in memory,
    for callers that will read little of it. Raises as `open_archive` does.
    """
    progress = progress or quiet()
    with _in_place(stream, name) or _spooled(stream, name, spool, progress, drop_cache=drop_cache) as window:
        return _open_tar(window, ref, platform, progress)


def _in_place(stream: BinaryIO, name: str) -> Window | None:
    """The rest of a stream as a Window, if it is a regular file and not compressed."""
    try:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            return None
        window = Window(stream.fileno(), stream.tell())
    except (OSError, ValueError, AttributeError):
        return None
    window.name = name
    if sniff(window.read(_HEAD)) == "none":
        window.seek(0)
        return window
    window.close()
    return None


def _spooled(
    stream: BinaryIO, name: str, spool: Path | None, progress: Progress, *, drop_cache: bool = False
) -> Window:
    """Write a stream, decompressed, to a temporary file that is deleted when it is closed."""
    import tempfile  # late: most archives are opened in place

    progress.begin(tr("reading {name}", name=name))
    written = dropped = 0
    folder = folder_for_spooling(spool)
    with as_storage_error(folder), tempfile.TemporaryFile(dir=folder) as out:
        with decompressed(stream) as plain:
            while chunk := plain.read(_CHUNK):
                if not written and not _begins_as_tar(chunk):
                    raise _no_archive(name, chunk)
                if written % _LOOK_AFTER == 0:
                    _leave_room(out.fileno(), name, written)
                check("unpacked", written, tr("{name} holds more than {written:,} bytes", name=name, written=written))
                written += out.write(chunk)  # all of it: the file is buffered
                if drop_cache and written - dropped >= _DROP_AFTER:
                    dropped = _drop_written(out.fileno(), written)
                progress.advance(len(chunk))
        out.flush()
        window = Window(out.fileno())
    window.name = name
    return window


def _drop_written(fd: int, written: int) -> int:
    """Start writing the latest part of a file to the disk, and drop what has been written from the page cache; returns `written`."""
    start = max(0, written - _KEPT_CACHED)
    with suppress(OSError):
        write_out_early(fd, start, written - start)
    return written


def _leave_room(fd: int, name: str, written: int) -> None:
    """Stop before a decompression bomb fills the disk."""
    disk = os.fstatvfs(fd)
    if written and disk.f_bavail < disk.f_blocks // 50:
        raise LimitExceeded(
            tr(
                "{name} decompresses to more than {written:,} bytes and fills the disk; free some space, or decompress it elsewhere",
                name=name,
                written=written,
            )
        )


def _open_tar(tar: Window, ref: str | None, platform: Platform | None, progress: Progress) -> Archive:
    own = tar.window(0, tar.size)
    try:
        return _read(_members(own, progress), None, ref, platform, progress)
    except BaseException:
        own.close()
        raise


def _members(tar: Window, progress: Progress) -> TarMembers:
    try:
        return TarMembers(tar, progress)
    except Truncated as error:
        if tar.size < _HEADER:
            tar.seek(0)
            raise _no_archive(tar.name, tar.read(_HEADER)) from error
        reason = str(error).removeprefix(f"{tar.name}: ")
        raise Truncated(tr("{name} is cut off: {reason}; fetch it again", name=tar.name, reason=reason)) from error
    except Damaged as error:
        tar.seek(0)
        head = tar.read(_LOOK)
        if head[257:262] == b"ustar":
            raise Damaged(tr("{name} is damaged: {error}; fetch it again", name=tar.name, error=error)) from error
        raise _no_archive(tar.name, head) from error


def _begins_as_tar(head: bytes) -> bool:
    """Whether to read on: a stream that is not a tar may have no end."""
    block = head[:_HEADER]
    return len(block) < _HEADER or not block.strip(b"\0") or checksum_ok(block)


def _no_archive(name: str, head: bytes) -> NotAnImage:
    return NotAnImage(
        tr(
            "{name} is {describe_unknown_file}, not an image archive; expected is what `docker save` writes, an OCI layout,"
            " or a tar of files to import",
            name=name,
            describe_unknown_file=describe_unknown_file(head[:_LOOK]),
        )
    )


def _read(
    members: ArchiveMembers, form: Form | None, ref: str | None, platform: Platform | None, progress: Progress
) -> Archive:
    """Read the images; the members are closed where that fails."""
    try:
        warnings: list[str] = []
        merged = _meant(members, ref, platform) if ref is not None else None
        if merged is None:
            merged = _merged(_images(members, platform, warnings, progress))
        images, marks = tuple(one.image for one in merged), tuple(one.marks for one in merged)
        if ref is not None:
            chosen = choose_image(members.name, images, marks, ref)
            images, marks = (chosen,), (marks[images.index(chosen)],)
    except BaseException as error:
        members.close()
        if isinstance(error, Damaged) and members.name not in str(error):
            raise type(error)(f"{members.name}: {error}") from error
        raise
    form = form or ("oci" if members.size(MANIFEST_JSON) is None else "docker")
    return Archive(members.name, form, images, tuple(dict.fromkeys(warnings)), marks, members)


def _meant(members: ArchiveMembers, ref: str, platform: Platform | None) -> list[MarkedEntry] | None:
    """The entries of index.json for this reference: of thousands, only these are read. None if all must be read."""
    if members.size(INDEX_JSON) is None:
        return None
    if members.size(MANIFEST_JSON) is not None and not MANIFEST_DIGEST.fullmatch(
        ref
    ):  # manifest.json may have the name, too
        return None
    with suppress(NotAnImage, NotFound, Ambiguous):
        return _merged(list(layout_images(members, platform, [], entries_meant(members, ref)))) or None
    return None


def _images(
    members: ArchiveMembers, platform: Platform | None, warnings: list[str], progress: Progress
) -> list[MarkedEntry]:
    has_index, has_manifest = members.size(INDEX_JSON) is not None, members.size(MANIFEST_JSON) is not None
    if not has_index and not has_manifest:
        raise _no_image(members)
    found = list(layout_images(members, platform, warnings)) if has_index else []
    if not found and has_manifest:
        found = [MarkedEntry(image) for image in docker_images(members, warnings, progress)]
        found = [one for one in found if platform is None or one.image.platform.fits(platform)]
    if not found and platform is not None:
        raise NotFound(tr("{name} has no image for {platform}", name=members.name, platform=platform))
    return found


def _no_image(members: ArchiveMembers) -> NotAnImage:
    if isinstance(members, TarMembers):
        return NotAnImage(
            tr(
                "{name} is {describe_unknown_tar}",
                name=members.name,
                describe_unknown_tar=describe_unknown_tar(members.paths),
            )
        )
    return NotAnImage(tr("{name} is not an OCI layout (no index.json)", name=members.name))


def _merged(found: Sequence[MarkedEntry]) -> list[MarkedEntry]:
    """One entry for each manifest, with all its names."""
    merged: dict[Digest, MarkedEntry] = {}
    for one in found:
        before = merged.get(one.image.digest)
        if before is None:
            merged[one.image.digest] = one
            continue
        names = dict.fromkeys((*before.image.names, *one.image.names))
        merged[one.image.digest] = MarkedEntry(before.image.named(*names), (*before.marks, *one.marks))
    return list(merged.values())
