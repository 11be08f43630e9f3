"""Finds all blobs that the index, or any digest, refers to: manifests, configs and layers, also in nested indexes."""

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from layertui.core.errors import LayertuiError
from layertui.core.images.image import read_blob
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.oci.manifest import Manifest, parse
from layertui.core.oci.media_types import is_index, is_manifest
from layertui.core.store.blobs import Blobs

_DIGEST = re.compile(rb"sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})")

Trouble = Callable[[Descriptor, LayertuiError], None]


@dataclass(slots=True)
class ReachableBlobs:
    """Everything reached so far, each blob once: the digest that refers to it, and the manifests."""

    found: dict[Digest, Descriptor] = field(default_factory=dict)
    manifests: list[tuple[Descriptor, Manifest]] = field(default_factory=list)
    _followed: set[Digest] = field(default_factory=set)

    def add(self, blobs: Blobs, starts: Iterable[Descriptor], trouble: Trouble) -> None:
        """Follow descriptors; `trouble` is called for manifests that cannot be read."""
        ahead = list(starts)
        while ahead:
            descriptor = ahead.pop()
            self.found.setdefault(descriptor.digest, descriptor)
            if descriptor.digest in self._followed:
                continue
            self._followed.add(descriptor.digest)
            if not _is_ours(descriptor):
                self._add_mentioned(blobs, descriptor)
                continue
            # An index that was copied for one platform may lack the manifests of the others.
            try:
                parsed = parse(read_blob(blobs, descriptor, tr("the manifest")))
            except LayertuiError as error:
                trouble(descriptor, error)
                continue
            if isinstance(parsed, Manifest):
                self.manifests.append((descriptor, parsed))
                # Whatever its media type. A layer of one image may be the manifest of another: it is still a manifest,
                # and what it refers to is needed.
                for part in (parsed.config, *parsed.layers):
                    self.found.setdefault(part.digest, part)
            else:
                ahead += [below for below in parsed.manifests if blobs.has(below.digest)]

    def _add_mentioned(self, blobs: Blobs, descriptor: Descriptor) -> None:
        """A document of another tool with a media type of its own is not interpreted; every blob that it mentions is kept."""
        with suppress(LayertuiError):
            for text in _DIGEST.findall(read_blob(blobs, descriptor, tr("the document"))):
                digest = Digest(text.decode())
                if (size := blobs.size(digest)) is not None:
                    self.found.setdefault(digest, Descriptor("", digest, size))


def _is_ours(descriptor: Descriptor) -> bool:
    return not descriptor.media_type or is_manifest(descriptor.media_type) or is_index(descriptor.media_type)
