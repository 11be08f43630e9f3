"""BlobTree: all that a manifest or an index leads to, for copying it as it is: its documents and its blobs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from layertui.core.errors import Damaged
from layertui.core.images.image import DocumentBudget, check_layers, read_blob
from layertui.core.images.image_index import DEEPEST
from layertui.core.language.texts import tr
from layertui.core.oci.manifest import Index, parse

if TYPE_CHECKING:
    from layertui.core.images.image import BlobSource
    from layertui.core.oci.descriptor import Descriptor


@dataclass(frozen=True)
class BlobTree:
    """What a destination takes in this order: the blobs, then the documents, then the root's name."""

    root: Descriptor
    documents: tuple[tuple[Descriptor, bytes], ...]
    """Manifests and indexes as written, each after those that it names; the root is the last."""
    blobs: tuple[Descriptor, ...]
    """Configs and layers, each once."""
    source: BlobSource

    @property
    def size(self) -> int:
        """Bytes of all blobs together."""
        return sum(blob.size for blob in self.blobs)


def read_tree(source: BlobSource, root: Descriptor) -> BlobTree:
    """Read every manifest and index below a descriptor. Raises Damaged, LimitExceeded, NotAnImage, and what the source raises."""
    budget = DocumentBudget(tr("image {short}", short=root.digest.short))
    documents: dict[str, tuple[Descriptor, bytes]] = {}
    blobs: dict[str, Descriptor] = {}

    def add(descriptor: Descriptor, depth: int) -> None:
        if descriptor.digest in documents:
            return
        if depth == DEEPEST:
            raise Damaged(
                tr(
                    "indexes lie more than {deepest} deep in each other at {digest}",
                    deepest=DEEPEST,
                    digest=descriptor.digest,
                )
            )
        content = read_blob(source, descriptor, tr("the manifest"), budget)
        parsed = parse(content)
        if isinstance(parsed, Index):
            for below in parsed.manifests:
                add(below, depth + 1)
        else:
            check_layers(parsed.config.digest, len(parsed.layers))
            for blob in (parsed.config, *parsed.layers):
                if not _is_elsewhere(blob):
                    blobs.setdefault(blob.digest, blob)
        # What it calls itself: a registry and an index must not disagree about that.
        documents[descriptor.digest] = (replace(descriptor, media_type=parsed.media_type), content)

    add(root, 0)
    return BlobTree(root, tuple(documents.values()), tuple(blobs.values()), source)


def _is_elsewhere(blob: Descriptor) -> bool:
    """Whether a layer must not be distributed, and is fetched from an address of its own instead."""
    return bool(blob.extra.get("urls")) and ("foreign" in blob.media_type or "nondistributable" in blob.media_type)
