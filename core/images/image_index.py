"""Reads image indexes: the image that an entry means, and its names (image-spec image-index.md, annotations.md).

An entry refers to a manifest, or to another index of the same image for several platforms. Its name is in one of two
annotations: `io.containerd.image.name` always has the full name, `org.opencontainers.image.ref.name` has a full name or
only a tag; a tag alone is not a name.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from layertui.core.errors import Ambiguous, Damaged, ImageChoice, NotFound, UsageError
from layertui.core.images.image import BlobSource, DocumentBudget, read_blob
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import Digest
from layertui.core.oci.manifest import Index
from layertui.core.oci.media_types import DOCKER_CONFIG, IMAGE_NAME, OCI_CONFIG, REF_NAME, is_index, is_manifest
from layertui.core.oci.reference import Reference

# The files at the top of every image layout (image-layout.md).
INDEX_JSON = "index.json"
LAYOUT_FILE = "oci-layout"

DEEPEST = 8  # nesting of indexes
_BARE_TAG = re.compile(r"[A-Za-z0-9_.+@-]*")

Has = Callable[[Descriptor], bool]


def name_of(entry: Descriptor, warnings: list[str]) -> Reference | None:
    """The full name of an index entry, or None; adds a warning if its only name is invalid."""
    mark = entry.annotations.get(REF_NAME, "")
    # A full name in `ref.name` comes first: umoci writes a further tag there and copies the other annotation.
    texts = ["" if is_bare_tag(mark) else mark, entry.annotations.get(IMAGE_NAME, "")]
    invalid: list[str] = []
    for text in filter(None, texts):
        if (name := tag_name(text, invalid)) is not None:
            return name
    warnings += invalid
    return None


def named_entries(entries: Iterable[Descriptor], name: Reference) -> list[Descriptor]:
    """The entries that have a name. Of thousands, most are excluded without parsing their names."""
    word = name.repository.rpartition("/")[2]  # part of every spelling of it
    texts = ((entry, entry.annotations.get(REF_NAME, ""), entry.annotations.get(IMAGE_NAME, "")) for entry in entries)
    return [entry for entry, mark, whole in texts if (word in mark or word in whole) and name_of(entry, []) == name]


def is_bare_tag(text: str) -> bool:
    """Whether a `ref.name` is a tag alone, without a repository, and has only the characters of a tag."""
    return _BARE_TAG.fullmatch(text) is not None


def tag_name(text: str, warnings: list[str]) -> Reference | None:
    """Parse a name from an archive; an invalid one is dropped with a warning, one by digest alone is not a tag."""
    try:
        reference = Reference.parse(text)
    except UsageError as error:
        warnings.append(tr("{error}; the image is loaded without this name", error=error))
        return None
    if reference.tag is None or reference.digest is None:
        return reference if reference.tag else None
    return reference.with_tag(reference.tag)


def choose(
    blobs: BlobSource,
    has: Has,
    entry: Descriptor,
    platform: Platform | None,
    documents: DocumentBudget | None = None,
    *,
    title: str = "",
) -> Descriptor | None:
    """Follow an index entry to the manifest of one image; None if it leads to no image. Errors call it `title`, or by its digest.

    With a platform, the image for it; raises NotFound if there is none. Without one: the host's, else the only one;
    Ambiguous where there are several and none is for the host.
    """
    if is_image(entry) and not is_index(entry.media_type):
        return entry if platform is None or _fits(entry, platform) else None
    if not is_index(entry.media_type):
        return None
    found = list(_manifests(blobs, has, entry, 0, set(), documents))
    if not found:
        return None
    title = title or entry.digest.short
    listed = ", ".join(dict.fromkeys(str(one.platform or tr("no platform")) for one in found))
    if platform is not None:
        fitting = [one for one in found if _fits(one, platform)]
        if not fitting:
            raise NotFound(
                tr(
                    "{title} has no image for {platform}; it has {listed}",
                    title=title,
                    platform=platform,
                    listed=listed,
                )
            )
        return fitting[0]
    host = Platform.host()
    present = [one for one in found if has(one)] or found
    fitting = [one for one in present if _fits(one, host)]
    if fitting:
        return fitting[0]
    if len(present) > 1:
        raise Ambiguous(
            tr(
                "{short} has images for {listed} and none for {host}; choose one with `load --platform`",
                short=title,
                listed=listed,
                host=host,
            ),
            [
                ImageChoice(
                    str(one.digest), f"{one.platform or tr('no platform')}  {one.digest.short}", str(one.platform or "")
                )
                for one in present
            ],
        )
    return present[0]


def platforms_below(
    blobs: BlobSource, has: Has, entry: Descriptor, documents: DocumentBudget | None = None
) -> list[Descriptor]:
    """The available manifests of an image for several platforms, one each; none if the entry is not an index."""
    if not is_index(entry.media_type):
        return []
    return [one for one in _manifests(blobs, has, entry, 0, set(), documents) if has(one)]


def manifest_below(
    blobs: BlobSource, has: Has, entry: Descriptor, digest: Digest, documents: DocumentBudget | None = None
) -> Descriptor | None:
    """The manifest with this digest that an entry is or leads to, with the names of the entry; None if there is none."""
    if not is_index(entry.media_type):
        return entry if entry.digest == digest else None
    found = next((one for one in _manifests(blobs, has, entry, 0, set(), documents) if one.digest == digest), None)
    return None if found is None else replace(found, annotations=entry.annotations)


def is_image(entry: Descriptor) -> bool:
    """Whether an entry may be an image: not an attestation, nor an artifact with a type of its own."""
    # For an image some tools set `artifactType` to the config's media type, as image-spec has it.
    if entry.is_attestation or entry.extra.get("artifactType") not in (None, OCI_CONFIG, DOCKER_CONFIG):
        return False
    if entry.platform is not None and (entry.platform.os, entry.platform.architecture) == ("unknown", "unknown"):
        return False
    return not entry.media_type or is_manifest(entry.media_type) or is_index(entry.media_type)


def _manifests(
    blobs: BlobSource, has: Has, entry: Descriptor, depth: int, seen: set[Digest], documents: DocumentBudget | None
) -> Iterable[Descriptor]:
    """What an index leads to, each index once: a few of them could refer to each other a million times."""
    if depth == DEEPEST:
        raise Damaged(
            tr("indexes lie more than {deepest} deep in each other at {digest}", deepest=DEEPEST, digest=entry.digest)
        )
    if entry.digest in seen or (depth and not has(entry)):
        return
    seen.add(entry.digest)
    for below in Index.from_bytes(read_blob(blobs, entry, tr("the image index"), documents)).manifests:
        if not is_image(below):
            continue
        if is_index(below.media_type):
            yield from _manifests(blobs, has, below, depth + 1, seen, documents)
        else:
            yield below


def _fits(entry: Descriptor, platform: Platform) -> bool:
    return entry.platform is not None and entry.platform.fits(platform)
