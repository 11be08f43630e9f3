"""Sends an image whose place has no compressed layers to a registry, each layer as gzip, as docker, podman and skopeo send them.

The image keeps its ID, since the config is sent as it is. Its manifest is a new one: at its place there is none, or one of
layers that nobody sends like that. Which blob a layer became is remembered by its DiffID: the next time it is not read.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from layertui.core.images.archive.layer_packing import PackedLayer, pack_layers
from layertui.core.images.blob_tree import BlobTree
from layertui.core.images.image import UnpackedBlobs
from layertui.core.images.rewrite_manifest import rewritten_manifest
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import digest_of
from layertui.core.oci.media_types import OCI_LAYER, OCI_MANIFEST, oci_equivalent
from layertui.core.streams.parallel import parallel_map

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layertui.core.engines.registry.transfer.registry_repository import RegistryRepository
    from layertui.core.engines.registry.transfer.sent_layers import SentLayers
    from layertui.core.images.image import BlobSource, Image, Layer
    from layertui.core.oci.digest import Digest
    from layertui.core.progress import Progress

_AT_ONCE = 6  # requests


def layers_to_compress(image: Image) -> list[Layer]:
    """The layers, each once, that a registry gets compressed although their place has them uncompressed; none if they go as they are.

    A manifest that somebody has written is kept, and so its digest: only what a daemon keeps unpacked, or an archive without
    manifests, has none to keep.
    """
    if not image.manifest_is_made and not isinstance(image.blobs, UnpackedBlobs):
        return []
    return list({layer.digest: layer for layer in image.layers if _is_plain(layer)}.values())


def _is_plain(layer: Layer) -> bool:
    # Podman says that what it has loaded from an archive is gzip, and it is not; the digests show it.
    return layer.digest == layer.diff_id or oci_equivalent(layer.media_type) == OCI_LAYER


class CompressedPush:
    """One repository, and what is known of the layers that are sent there."""

    def __init__(self, repository: RegistryRepository, sent: SentLayers, spool: Path | None) -> None:
        """Layers are compressed to files without a name in `spool`, which has room for all that are sent."""
        self._repository, self._sent, self._spool = repository, sent, spool

    def has(self, layer: Layer, progress: Progress) -> bool:
        """Whether the repository has a layer, as a blob that was sent before. Raises Unauthorized, Unreachable."""
        return any(self._repository.has_blob(one.blob, progress) for one in self._sent.find(layer.diff_id))

    def send(
        self, image: Image, layers: Sequence[Layer], tags: Sequence[str], mount_from: Sequence[str], progress: Progress
    ) -> Digest:
        """Send an image, these layers of it compressed, under these tags or its digest, which is that of its manifest.

        Raises DigestMismatch for a layer without its DiffID, StorageError, and what `RegistryRepository.send` raises.
        """
        progress.begin(tr("asking {place} what it has already", place=self._repository.place), len(layers), "layers")
        found = parallel_map(self._there, layers, progress, "look", at_once=_AT_ONCE)
        final = {layer.digest: blob for layer, blob in zip(layers, found, strict=True) if blob is not None}
        missing = [layer for layer in layers if layer.digest not in final]
        with ExitStack() as spooled:
            packed = pack_layers(
                missing, "gzip", for_docker=False, spooled=spooled, spool=self._spool, progress=progress
            )
            final |= {digest: one.descriptor for digest, one in packed.items()}
            root, tree = _tree(image, final, {one.descriptor.digest: one for one in packed.values()})
            self._repository.send(root, lambda: tree, tags or [root.digest], mount_from, progress)
        for layer in layers:
            self._sent.keep(layer.diff_id, final[layer.digest], self._repository.place)
        return root.digest

    def _there(self, layer: Layer, progress: Progress) -> Descriptor | None:
        """The blob that the repository has of a layer, or has got now from another repository."""
        registry = self._repository.registry
        known = self._sent.find(layer.diff_id)
        progress.advance()
        return next(
            (one.blob for one in known if self._repository.obtain(one.blob, one.repositories(registry), progress)),
            None,
        )


class _Packed(NamedTuple):
    """See BlobSource: compressed layers, and all else of the image as it was."""

    packed: Mapping[Digest, PackedLayer]
    others: BlobSource

    def open(self, descriptor: Descriptor) -> BinaryIO:
        found = self.packed.get(descriptor.digest)
        return self.others.open(descriptor) if found is None else found.open()


def _tree(
    image: Image, final: Mapping[Digest, Descriptor], packed: Mapping[Digest, PackedLayer]
) -> tuple[Descriptor, BlobTree]:
    manifest = rewritten_manifest(image, final)
    root = Descriptor(OCI_MANIFEST, digest_of(manifest), len(manifest))
    layers = (final.get(layer.digest, layer) for layer in image.manifest.layers)
    blobs = {blob.digest: blob for blob in (image.manifest.config, *layers)}
    return root, BlobTree(root, ((root, manifest),), tuple(blobs.values()), _Packed(packed, image.blobs))
