"""Images brought in: what a file holds, load, import."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.errors import Conflict, LayertuiError, NotAnImage, UsageError, as_storage_error
from layertui.core.images.archive.archive import Archive, from_stream
from layertui.core.inspector.images.image_destination import names_for, sink_of
from layertui.core.inspector.inspector_answers import Findings, Loaded, Moved
from layertui.core.inspector.names.file_input import is_open_pipe, opened, require_stream
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Platform
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.engines.engine import Engine
    from layertui.core.engines.image_protocols import ImageSink
    from layertui.core.images.image import Image
    from layertui.core.inspector.subject import Subject
    from layertui.core.progress import Progress


def look_into(engine: Engine, path: Path, spool: Path | None, platform: str | None, progress: Progress) -> Findings:
    """What is in a file, and which tags a load of it, or of its images for a platform, would move."""
    wanted = Platform.parse(platform) if platform else None
    try:
        archive = opened(path, spool, platform=wanted, progress=progress)
    except NotAnImage:
        if path.is_dir() or not _is_tar(path):
            raise
        return Findings(path, "tar")
    with archive:
        return Findings(
            path,
            archive.form,
            archive.images,
            len({diff_id for image in archive.images for diff_id in image.diff_ids}),
            tuple(_moves(engine, archive)),
            archive.warnings,
            tuple(dict.fromkeys(choice.platform for choice in archive.platforms() if choice.platform)),
        )


def _is_tar(path: Path) -> bool:
    """Whether a file begins as a tar, compressed or not."""
    from layertui.core.streams.compress import decompressed
    from layertui.core.streams.tar.tar_contents import walk

    try:
        with open(path, "rb") as raw, decompressed(raw) as plain:
            return next(iter(walk(plain)), None) is not None
    except (LayertuiError, OSError):
        return False


def _moves(engine: Engine, archive: Archive) -> Iterator[Moved]:
    """Tags of the engine's images that the archive has for others."""
    known = {name: image.id for image in engine.images.list() for name in image.names}
    for image in archive.images:
        for name in image.names:
            was = known.get(name)
            if was is not None and was != image.id:
                yield Moved(name, was, image.id)


def load(
    engine: Engine,
    source: Path | BinaryIO,
    spool: Path | None,
    *,
    clobber: bool,
    platform: str | None,
    progress: Progress,
) -> list[Loaded]:
    """Every image of an archive into the engine, or those for a platform. Raises Conflict, NotAnImage."""
    sink = sink_of(engine)
    wanted = Platform.parse(platform) if platform else None
    with _opened(source, spool, wanted, progress) as archive:
        if not archive.images:
            raise NotAnImage(tr("{name} holds no image", name=archive.name))
        if not clobber:
            # Before the first one is in, so that a refusal changes nothing.
            for moved in _moves(engine, archive):
                raise Conflict(
                    tr(
                        "{familiar} is image {short} already, and {name} has it for"
                        " {short2}; give the old one another tag first, or load without --no-clobber",
                        familiar=moved.name.familiar,
                        short=moved.was.short,
                        name=archive.name,
                        short2=moved.now.short,
                    )
                )
        return [_put(sink, image, archive, clobber=clobber, progress=progress) for image in archive.images]


def _put(sink: ImageSink, image: Image, archive: Archive, *, clobber: bool, progress: Progress) -> Loaded:
    put = sink.put(image, image.names, progress, clobber=clobber)
    moved = tuple(Moved(name, was, image.id) for name, was in put.moved)
    warnings = archive.warnings if image is archive.images[0] else ()
    return Loaded(put.image, image.names, moved, warnings)


@contextmanager
def _opened(
    source: Path | BinaryIO, spool: Path | None, platform: Platform | None, progress: Progress
) -> Iterator[Archive]:
    if isinstance(source, Path):
        archive = opened(source, spool, platform=platform, progress=progress)
    else:
        require_stream(source)
        archive = from_stream(source, spool, platform=platform, progress=progress)
    with archive:
        yield archive


def import_(
    engine: Engine,
    source: Path | BinaryIO,
    ref: str | None,
    *,
    message: str | None,
    changes: Sequence[str],
    platform: str | None,
    progress: Progress,
) -> Image:
    """A tar of files as an image of one layer. LayertuiError where the engine cannot make one."""
    from layertui.core.engines.image_protocols import TarImport

    names = names_for(ref)
    wanted = Platform.parse(platform) if platform else None
    sink = sink_of(engine)
    if not isinstance(sink, TarImport):
        raise LayertuiError(tr("the engine {name} makes no images of tars; the embedded one does", name=engine.name))
    with _tar(source) as stream:
        progress.begin(
            tr("importing {source}", source=source if isinstance(source, Path) else tr("stdin")), _size(source)
        )
        return sink.import_tar(stream, names, progress, message=message, changes=changes, platform=wanted)


def with_config_of(engine: Engine, copy: Subject, original: Subject, ref: str | None, progress: Progress) -> Image:
    """An image with the layers and the history of the one and the config of the other. Raises UsageError."""
    from layertui.core.images.build_image import configured

    if copy.container is not None or copy.span or copy.upto:
        raise UsageError(tr("{name}: a config is put on a whole image; commit a container first", name=copy.name))
    names = names_for(ref)
    draft = configured(copy.image, original.image.config)
    return sink_of(engine).put(draft.image(copy.image.blobs, names), names, progress).image


@contextmanager
def _tar(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    if not isinstance(source, Path):
        require_stream(source)
        yield source
        return
    is_open_pipe(source)
    with as_storage_error(source):
        stream = open(source, "rb", buffering=0)
    with stream:
        yield cast("BinaryIO", stream)


def _size(source: Path | BinaryIO) -> int | None:
    return source.stat().st_size if isinstance(source, Path) else None


def demo(engine: Engine, progress: Progress) -> list[Image]:
    """The demo images, made unless they are there; a name that the user has given to another image stays where it is."""
    from layertui.core.images.demo.demo_images import NAMES, demo_images

    known = {name: image.id for image in engine.images.list() for name in image.names}
    wanted = [Reference.parse(name) for name in NAMES]
    if not all(name in known for name in wanted):
        progress.begin(tr("making the demo images"), unit="images")
        for image in demo_images():
            names = [name for name in image.names if known.get(name, image.id) == image.id]
            if names:
                sink_of(engine).put(image, names, progress)
            progress.advance()
    return [engine.images.open(name.familiar, None, progress).named(name) for name in wanted]
