"""KeptDocuments: manifests and configs of a daemon's images, kept in the cache so that an image opens again without being streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from layertui.core.errors import LayertuiError
from layertui.core.images.image import image_of, read_blob
from layertui.core.language.texts import tr
from layertui.core.layers.cache.cache_files import Cache
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest, digest_of
from layertui.core.oci.image_config import ImageConfig
from layertui.core.oci.manifest import Manifest

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.images.image import BlobSource, Image
    from layertui.core.oci.descriptor import Platform

_KIND = "documents"
_LENGTH = 8


class Documents(NamedTuple):
    """The manifest and the config of one image, as they are written."""

    manifest: bytes
    config: bytes

    @property
    def image_id(self) -> Digest:
        """The digest of the config."""
        return digest_of(self.config)

    @property
    def diff_ids(self) -> tuple[DiffID, ...]:
        """The DiffIDs that the config lists."""
        return ImageConfig.from_bytes(self.config).rootfs.diff_ids

    def by_digest(self) -> dict[Digest, bytes]:
        """Both by their digests."""
        return {digest_of(self.manifest): self.manifest, self.image_id: self.config}

    def image(self, blobs: BlobSource) -> Image:
        """The image of these documents, which `blobs` has too. Raises Damaged."""
        manifest = Manifest.from_bytes(self.manifest)
        descriptor = Descriptor(manifest.media_type, digest_of(self.manifest), len(self.manifest))
        return image_of(blobs, descriptor, manifest)


class KeptDocuments:
    """By the ID that the daemon has for an image, and the platform that was asked for."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` is that of the cache; None keeps nothing."""
        self._cache = Cache(folder)

    def find(self, engine_id: Digest, platform: Platform | None = None) -> Documents | None:
        """What was kept, where it is whole."""
        content = self._cache.note(_key(engine_id, platform), _KIND)
        if content is None or len(content) < _LENGTH:
            return None
        end = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
        found = Documents(content[_LENGTH:end], content[end:])
        try:
            named = Manifest.from_bytes(found.manifest).config.digest
        except LayertuiError:
            return None
        return found if named == found.image_id else None

    def keep_image(self, engine_id: Digest, image: Image, platform: Platform | None = None) -> None:
        """Keep the documents of an image that was opened."""
        self.keep(engine_id, read_blob(image.blobs, image.descriptor, tr("the manifest")), image.config_bytes, platform)

    def keep(self, engine_id: Digest, manifest: bytes, config: bytes, platform: Platform | None = None) -> None:
        """Keep the documents of an image."""
        length = len(manifest).to_bytes(_LENGTH, "little")
        self._cache.keep_note(_key(engine_id, platform), _KIND, length + manifest + config)


def _key(engine_id: Digest, platform: Platform | None) -> str:
    return f"daemon image {engine_id} {platform or ''}"  # the name of a file, so the same in every language
