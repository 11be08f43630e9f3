"""Reads an OCI image layout: index.json and blobs/ (image-spec image-layout.md)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from layertui.core.bounds import bounds
from layertui.core.errors import Damaged, ImageChoice, LayertuiError, NotAnImage, NotFound, UsageError
from layertui.core.images.archive.archive_members import ArchiveMembers
from layertui.core.images.archive.docker_archive import config_digest_of, manifest_rows, row_names
from layertui.core.images.image import DocumentBudget, Image, read_image
from layertui.core.images.image_index import INDEX_JSON, choose, manifest_below, name_of, named_entries, platforms_below
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import Digest
from layertui.core.oci.manifest import Index
from layertui.core.oci.media_types import IMAGE_NAME, REF_NAME, is_index
from layertui.core.oci.reference import Reference


def blob_path(digest: Digest) -> str:
    """The path of a blob in a layout."""
    return f"blobs/{digest.algorithm}/{digest.encoded}"


class _NotThere(Damaged):
    """A blob may be missing in a layout (image-spec, image-layout.md); for its reader the image is damaged."""


class LayoutBlobs(NamedTuple):
    """The blobs of a layout, in a tar or a folder."""

    members: ArchiveMembers

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob by its digest. Raises Damaged."""
        try:
            return self.members.open(blob_path(descriptor.digest))
        except Damaged:
            if self.has(descriptor):
                raise
            raise _NotThere(
                tr(
                    "{name} has no blob {digest}; load first what it was saved without, or make it again",
                    name=self.members.name,
                    digest=descriptor.digest,
                )
            ) from None

    def has(self, descriptor: Descriptor) -> bool:
        """Whether the blob is there."""
        return self.members.size(blob_path(descriptor.digest)) is not None


class MarkedEntry(NamedTuple):
    """An image, and the `ref.name` texts that the index has for it, as written."""

    image: Image
    marks: tuple[str, ...] = ()


MANIFEST_DIGEST = re.compile("sha256:[0-9a-f]{64}")
"""A reference to a manifest by digest; the manifest may be in an index for several platforms."""


def entries_meant(members: ArchiveMembers, ref: str) -> Sequence[Descriptor]:
    """The entries of index.json that a reference means, by their names or by the manifest's digest.

    None if only the images themselves can show it: an entry may be an index for several platforms.
    """
    entries = _index(members).manifests
    if MANIFEST_DIGEST.fullmatch(ref):
        blobs, documents = LayoutBlobs(members), DocumentBudget(members.name)
        below = (manifest_below(blobs, blobs.has, entry, Digest(ref), documents) for entry in entries)
        if found := [one for one in below if one is not None]:
            return found
    if any(is_index(entry.media_type) for entry in entries):
        return ()
    found = [entry for entry in entries if entry.annotations.get(REF_NAME) == ref]
    if not found:
        try:
            name = Reference.parse(ref)
        except UsageError:
            return ()
        found = named_entries(entries, name) if name.digest is None else []
    meant = {entry.digest for entry in found}
    return [entry for entry in entries if entry.digest in meant]  # with all their names


def index_entry(members: ArchiveMembers, ref: str | None) -> Descriptor | None:
    """The entry of index.json that is an index for several platforms and that a reference means; without one, the only entry."""
    entries = _index(members).manifests
    if ref is not None:
        named = [entry for entry in entries if ref in (entry.annotations.get(REF_NAME), entry.digest)]
        if not named:
            try:
                named = named_entries(entries, Reference.parse(ref))
            except UsageError:
                return None
        entries = tuple(named)
    found = {entry.digest: entry for entry in entries if is_index(entry.media_type)}
    return next(iter(found.values())) if len(found) == 1 else None


def platform_choices(members: ArchiveMembers) -> list[ImageChoice]:
    """The images for other platforms, too, of which one is opened by default: empty if no image has several platforms."""
    blobs, documents = LayoutBlobs(members), DocumentBudget(members.name)
    choices: list[ImageChoice] = []
    for entry in _index(members).manifests:
        platforms = platforms_below(blobs, blobs.has, entry, documents)
        if len(platforms) > 1:
            name = name_of(entry, [])
            title = name.familiar if name is not None else "<none>"
            choices += [
                ImageChoice(
                    str(one.digest),
                    f"{title}  {one.platform or tr('no platform')}  {one.digest.short}",
                    str(one.platform or ""),
                )
                for one in platforms
            ]
    return choices


def layout_images(
    members: ArchiveMembers, platform: Platform | None, warnings: list[str], entries: Sequence[Descriptor] | None = None
) -> Iterator[MarkedEntry]:
    """Read the images that index.json lists, or only these entries of it, in its order.

    Raises NotAnImage, Damaged, LimitExceeded.
    """
    blobs, documents = LayoutBlobs(members), DocumentBudget(members.name)
    also = _names_elsewhere(members, warnings)
    passed: list[str] = []
    others: list[LayertuiError] = []  # for signatures, charts and the like, and for missing blobs
    known: dict[Digest, Image] = {}  # each name of an image has an entry
    if entries is None:
        entries = _index(members).manifests
    for entry in entries if platform is not None else _for_this_machine(entries):
        name = name_of(entry, warnings)
        try:
            chosen = choose(blobs, blobs.has, entry, platform, documents, title=str(name or ""))
            if chosen is None:
                continue
            image = known.get(chosen.digest) or _container_image(blobs, chosen, documents)
        except (NotAnImage, _NotThere) as error:
            others.append(error)
            warnings.append(tr("{short} was skipped: {error}", short=entry.digest.short, error=error))
            continue
        if platform is not None and not image.platform.fits(platform):
            passed.append(str(image.platform))
            continue
        if chosen.digest not in known:
            known[chosen.digest] = image
            _warn_of_gaps(image, blobs, warnings)
        names = (*(() if name is None else (name,)), *also.get(image.id.encoded, ()))
        mark = entry.annotations.get(REF_NAME)
        yield MarkedEntry(replace(image, names=tuple(dict.fromkeys(names))), () if mark is None else (mark,))
    if others and not known and not passed:
        raise others[0]
    if passed and platform is not None:
        warnings.append(
            tr(
                "{passed} images are not for {platform} and were skipped: {passed2}",
                passed=len(passed),
                platform=platform,
                passed2=", ".join(passed),
            )
        )


def _container_image(blobs: LayoutBlobs, entry: Descriptor, documents: DocumentBudget) -> Image:
    """Read an image. Raises NotAnImage for something else with an image's media type, such as a signature."""
    image = read_image(blobs, entry, documents=documents)
    kinds = {layer.media_type for layer in image.manifest.layers}
    if kinds and all(kind.endswith("json") for kind in kinds):
        raise NotAnImage(tr("it holds {kinds}, so it is no container image", kinds=", ".join(sorted(kinds))))
    return image


def _index(members: ArchiveMembers) -> Index:
    size = members.size(INDEX_JSON)
    if size is None:
        raise NotFound(tr("{name} has no {index_json}", name=members.name, index_json=INDEX_JSON))
    with members.open(INDEX_JSON) as raw:
        return _parsed_index(raw.read(min(size, bounds().json + 1)))


@lru_cache(maxsize=1)
def _parsed_index(content: bytes) -> Index:
    """Parse an index.json, or return the last one, if it is the same: a search opens a layout again for each of its images."""
    return Index.from_bytes(content)


def entries_here(members: ArchiveMembers) -> list[Descriptor]:
    """The entries of index.json of which one is an image for this machine, as far as their platforms tell."""
    return _for_this_machine(_index(members).manifests)


def _for_this_machine(entries: Sequence[Descriptor]) -> list[Descriptor]:
    """Remove entries for other platforms whose name also has an entry for this machine.

    Some tools list the manifests of one image for several platforms in index.json itself, each under the same name. As in an
    index for several platforms, the host's is chosen if there is one.
    """
    host = Platform.host()
    foreign = [entry.platform is not None and not entry.platform.fits(host) for entry in entries]
    here = {
        _named(entry) for entry, other in zip(entries, foreign, strict=True) if entry.platform is not None and not other
    }
    here.discard(("", ""))
    return [entry for entry, other in zip(entries, foreign, strict=True) if not (other and _named(entry) in here)]


def _named(entry: Descriptor) -> tuple[str, str]:
    return entry.annotations.get(REF_NAME, ""), entry.annotations.get(IMAGE_NAME, "")


def _names_elsewhere(members: ArchiveMembers, warnings: list[str]) -> dict[str, tuple[Reference, ...]]:
    """The names in manifest.json, by the hex digits of the config's digest."""
    named: dict[str, tuple[Reference, ...]] = {}
    for row in manifest_rows(members):
        if (digits := config_digest_of(row)) is not None:
            named[digits] = (*named.get(digits, ()), *row_names(row, warnings))
    return named


def _warn_of_gaps(image: Image, blobs: LayoutBlobs, warnings: list[str]) -> None:
    warnings += [
        tr(
            "layer {number} of image {short} is not in it: no blob {digest}",
            number=layer.number,
            short=image.id.short,
            digest=layer.digest,
        )
        for layer in image.layers
        if not blobs.has(layer.descriptor)
    ]
