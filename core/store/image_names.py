"""Names in the index: reads, adds and removes names of entries, and finds the image that a user names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from layertui.core.errors import Ambiguous, NotFound, UsageError
from layertui.core.images.image_index import is_image, name_of, named_entries
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DIGEST_WORD, Digest
from layertui.core.oci.manifest import Index
from layertui.core.oci.media_types import IMAGE_NAME, REF_NAME
from layertui.core.oci.reference import Reference


@dataclass(frozen=True, slots=True)
class ListedNames:
    """All index entries of one digest, and all names that they have."""

    descriptor: Descriptor
    names: tuple[Reference, ...]


def listed(index: Index) -> list[ListedNames]:
    """The entries that may be images, grouped by digest, in the order of the index."""
    names: dict[Digest, dict[Reference, None]] = {}
    entries: dict[Digest, Descriptor] = {}
    for entry in filter(is_image, index.manifests):
        entries.setdefault(entry.digest, entry)
        own = names.setdefault(entry.digest, {})
        if (name := name_of(entry, [])) is not None:
            own[name] = None
    return [ListedNames(_nameless(entry), tuple(names[digest])) for digest, entry in entries.items()]


def listed_as(index: Index, digest: Digest) -> ListedNames | None:
    """The entries of one digest; None if there are none."""
    found = listed(replace(index, manifests=tuple(entry for entry in index.manifests if entry.digest == digest)))
    return found[0] if found else None


def named(index: Index, name: Reference) -> ListedNames | None:
    """The first entries that have a name; None if none have it."""
    for entry in named_entries(index.manifests, name):
        if is_image(entry):
            return listed_as(index, entry.digest)
    return None


def with_names(index: Index, descriptor: Descriptor, names: Sequence[Reference]) -> Index:
    """The index with these names for this image only; without a name the image is listed all the same."""
    for name in names:
        index = without_name(index, name, but=descriptor.digest)
    own = [entry for entry in index.manifests if entry.digest == descriptor.digest]
    has = {name_of(entry, []) for entry in own}
    added = [_named(descriptor, name) for name in names if name not in has]
    if not own and not added:
        added = [_nameless(descriptor)]
    kept = [entry for entry in index.manifests if not (added and entry in own and _is_nameless(entry))]
    return replace(index, manifests=(*kept, *added))


def without_name(index: Index, name: Reference, *, but: Digest | None = None) -> Index:
    """The index without a name, or with it for one image only. An image that loses it stays listed, even without a name."""
    kept: list[Descriptor] = []
    having = {id(entry) for entry in named_entries(index.manifests, name)}
    for entry in index.manifests:
        if entry.digest == but or id(entry) not in having:
            kept.append(entry)
        elif sum(other.digest == entry.digest for other in index.manifests) == 1:
            kept.append(_nameless(entry))
    return replace(index, manifests=tuple(kept))


def without_image(index: Index, digest: Digest) -> Index:
    """The index without an image and its names."""
    return replace(index, manifests=tuple(entry for entry in index.manifests if entry.digest != digest))


def with_clear_names(index: Index) -> Index:
    """The index in which each name belongs to one image, the first that has it; invalid names are dropped."""
    owners: dict[str, Digest] = {}
    entries: list[Descriptor] = []
    for entry in index.manifests:
        warnings: list[str] = []
        name = name_of(entry, warnings)
        clear = not warnings and (name is None or owners.setdefault(name.canonical, entry.digest) == entry.digest)
        entries.append(entry if clear else _nameless(entry))
    return replace(index, manifests=tuple(entries))


def exact_name(text: str) -> Reference | None:
    """Parse a name with a tag; None if it cannot be one."""
    try:
        reference = Reference.parse(text)
    except UsageError:
        return None
    return reference if reference.digest is None else None


class NamedImage(Protocol):
    """An image, or its summary, with its identities."""

    @property
    def id(self) -> Digest: ...

    @property
    def digest(self) -> Digest: ...

    @property
    def names(self) -> tuple[Reference, ...]: ...


K = TypeVar("K", bound=NamedImage)


def find_by_digest(images: Sequence[K], text: str) -> K:
    """Find an image by name@digest, ID, manifest digest, or a unique prefix of at least four hex digits.

    Raises NotFound, Ambiguous.
    """
    found = [image for image in images if text == image.id] or _by_name_and_digest(images, text)
    found = found or [image for image in images if image.id.is_meant_by(text)]
    found = found or [image for image in images if image.digest.is_meant_by(text)]
    if not found:
        raise not_found(text)
    if len({image.id for image in found}) > 1:
        fitting = ", ".join(_spelled(image) for image in found)
        raise Ambiguous(
            tr(
                "{text} fits {found} images: {fitting}; write more of the ID",
                text=text,
                found=len(found),
                fitting=fitting,
            )
        )
    return found[0]


def may_be_digest(text: str) -> bool:
    """Whether a user may mean an image by a digest with this word."""
    return "@" in text or DIGEST_WORD.fullmatch(text) is not None


def not_found(text: str) -> NotFound:
    """The error for a name that no image of the store has."""
    return NotFound(tr("no image {text} in the store", text=text), tr("`layertui images` lists the images"))


def _by_name_and_digest(images: Sequence[K], text: str) -> list[K]:
    try:
        wanted = Reference.parse(text)
    except UsageError:
        return []
    if wanted.digest is None:
        return []
    return [
        image
        for image in images
        if wanted.digest in (image.digest, image.id)
        and any(name.full_name == wanted.full_name and wanted.tag in (None, name.tag) for name in image.names)
    ]


def _spelled(image: NamedImage) -> str:
    return image.id.short + (f" ({image.names[0]})" if image.names else "")


def _named(descriptor: Descriptor, name: Reference) -> Descriptor:
    return _nameless(descriptor).with_annotations({IMAGE_NAME: name.canonical, REF_NAME: name.familiar})


def _nameless(entry: Descriptor) -> Descriptor:
    kept = {key: text for key, text in entry.annotations.items() if key not in (IMAGE_NAME, REF_NAME)}
    return replace(entry, annotations=kept)


def _is_nameless(entry: Descriptor) -> bool:
    return IMAGE_NAME not in entry.annotations and REF_NAME not in entry.annotations
