"""Finds the image of an archive that a reference means."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath

from layertui.core.errors import Ambiguous, ImageChoice, NotFound, UsageError
from layertui.core.images.image import Image
from layertui.core.language.texts import tr
from layertui.core.oci.reference import Reference

_SHOWN = 12


def choose_image(source: str, images: Sequence[Image], marks: Sequence[Sequence[str]], ref: str | None) -> Image:
    """The one image that a reference means. Raises NotFound or Ambiguous, with what there is.

    `marks` are the names in an OCI index for each image, as written: also those that are not references, such as bare tags.
    """
    if ref is None:
        if len(images) == 1:
            return images[0]
        raise _several(source, images, marks) if images else NotFound(tr("{source} holds no image", source=source))
    if re.fullmatch(r"@\d+", ref):
        number = int(ref[1:])
        if number < len(images):
            return images[number]
        raise NotFound(
            tr("{source} has no image {ref}; they are @0 to @{images}", source=source, ref=ref, images=len(images) - 1)
        )
    for fits in _ways(ref):
        found = [(image, own) for image, own in zip(images, marks, strict=True) if fits(image, own)]
        if len({image.digest for image, _ in found}) == 1:
            return found[0][0]
        if found:
            raise _several(source, *zip(*found, strict=True))
    raise NotFound(
        tr("{source} has no image {ref}; it holds {listed}", source=source, ref=ref, listed=_listed(images, marks))
    )


def _ways(ref: str) -> list[Callable[[Image, Sequence[str]], bool]]:
    """What a reference may be, the most specific first."""
    ways: list[Callable[[Image, Sequence[str]], bool]] = [lambda _, marks: ref in marks]
    try:
        name = Reference.parse(ref)
    except UsageError:
        pass
    else:
        ways.append(lambda image, _: any(_same(name, own) for own in image.names) or _by_digest(name, image))
        ways.append(lambda image, _: any(ref == own.tag for own in image.names))
    ways.append(lambda image, _: image.id.is_meant_by(ref) or ref in (image.digest, image.digest.encoded))
    return ways


def _same(wanted: Reference, own: Reference) -> bool:
    return wanted.digest is None and wanted == own


def _by_digest(wanted: Reference, image: Image) -> bool:
    if wanted.digest is None or wanted.digest not in (image.digest, image.id):
        return False
    return any(own.full_name == wanted.full_name and wanted.tag in (None, own.tag) for own in image.names)


def _several(source: str, images: Sequence[Image], marks: Sequence[Sequence[str]]) -> Ambiguous:
    listed = _listed(images, marks)
    message = tr(
        "{name} holds {images} images; choose one: {listed}",
        name=PurePath(source).name or source,
        images=len(images),
        listed=listed,
    )
    owners = Counter(name for image in images for name in set(image.names))
    return Ambiguous(message, [_choice(image, owners) for image in images])


def _choice(image: Image, owners: Mapping[Reference, int]) -> ImageChoice:
    """A reference that means only this image, and how it differs from the others; `owners`: how many images have a name."""
    name = next((str(name) for name in image.names if owners[name] == 1), None)
    title = ", ".join(name.familiar for name in image.names) or "<none>"
    return ImageChoice(name or image.id.encoded, f"{title}  {image.id.short}  {image.platform}")


def _listed(images: Sequence[Image], marks: Sequence[Sequence[str]]) -> str:
    """What can be written for REF: names, else what an index has instead, else IDs."""
    ways = [image.names or own or (image.id.short,) for image, own in zip(images, marks, strict=True)]
    spelled = list(dict.fromkeys(str(way) for some in ways for way in some))
    if len(spelled) < len(images):  # several images have the same name, which cannot choose one
        spelled = [f"{image.id.short} ({image.platform})" for image in images]
    return shown_names(spelled) or "none"


def shown_names(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (tr(" and {more:,} more", more=more) if more > 0 else "")
