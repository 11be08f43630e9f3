"""Images taken out: which names a `save` means, and the archive that is written of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from layertui.core.engines.transports import TRANSPORTS
from layertui.core.errors import LayertuiError, NotFound, StorageError, UsageError
from layertui.core.inspector.names.spelling import read_spelling
from layertui.core.language.texts import tr
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from layertui.core.images.image import Image
    from layertui.core.progress import Progress

Chosen = tuple["Image", tuple[Reference, ...]]
Names = Sequence[Reference]


def chosen(names: Sequence[str], open_image: Callable[[str], Image], listed: Callable[[str], Names]) -> list[Chosen]:
    """The images that names mean, each with the names it is saved under; one image once, whatever it was called.

    `open_image` opens a name in any spelling; `listed` gives the names of all images of the engine behind a prefix, of the default
    engine for an empty one.
    """
    found: dict[str, Chosen] = {}
    for name in names:
        for image, references in _meant(name, open_image, listed):
            before = found[image.digest][1] if image.digest in found else ()
            found[image.digest] = (image, tuple(dict.fromkeys((*before, *references))))
    return list(found.values())


def _meant(name: str, open_image: Callable[[str], Image], listed: Callable[[str], Names]) -> Iterator[Chosen]:
    """A bare repository means all its tags; an ID means no tag; an archive's image keeps its names."""
    spelling = read_spelling(name)
    if spelling.span or spelling.upto:
        raise UsageError(tr("{name}: whole images are saved, not some of their layers", name=name))
    if spelling.transport == "container":
        raise UsageError(tr("{name}: a container is exported, or committed to an image that can be saved", name=name))
    in_engine = spelling.transport == "name" or (
        spelling.transport in TRANSPORTS and TRANSPORTS[spelling.transport].kind == "engine"
    )
    repository = _bare_repository(spelling.rest) if in_engine else None
    if repository is not None:
        prefix = "" if spelling.transport == "name" else f"{spelling.transport}:"
        tagged = [own for own in listed(prefix) if own.full_name == repository.full_name]
        for own in tagged:
            yield open_image(prefix + own.familiar), (own,)
        if tagged:
            return
    image = open_image(name)
    if in_engine and not Path(spelling.rest).exists():
        yield image, _own_name(image, spelling.rest)
    else:
        yield image, image.names


def _bare_repository(text: str) -> Reference | None:
    try:
        name = Reference.parse(text, default_tag=None)
    except LayertuiError:
        return None
    return name if name.tag is None and name.digest is None else None


def _own_name(image: Image, text: str) -> tuple[Reference, ...]:
    """The one name of the image that was written; none where it was found by ID or digest."""
    try:
        name = Reference.parse(text)
    except LayertuiError:
        return ()
    return (name,) if name in image.names else ()


def save(
    images: Sequence[Chosen],
    out: Path | BinaryIO,
    *,
    form: str,
    compress: str | None,
    without: Sequence[Image],
    spool: Path | None,
    progress: Progress,
) -> None:
    """Write an archive; on an error no half file is left."""
    from layertui.core.images.archive.save_archive import save as write_archive

    left_out = frozenset(diff_id for image in without for diff_id in image.diff_ids)
    with written(out) as stream:
        write_archive(images, stream, form=form, compress=compress, without=left_out, spool=spool, progress=progress)


@contextmanager
def written(out: Path | BinaryIO) -> Iterator[BinaryIO]:
    """A stream as it is; a path as a file that is there whole or not at all. Raises NotFound, StorageError."""
    if not isinstance(out, Path):
        yield out
        return
    from layertui.core.fs.atomic import write_out

    if out.is_dir():
        raise StorageError(tr("{out}: is a folder; name a file in it", out=out))
    if not out.parent.is_dir():
        raise NotFound(tr("{parent}: no such folder", parent=out.parent))
    with write_out(out) as stream:
        yield stream
