"""Adds an image to the store: several layers at a time, each written, hashed and verified in one pass."""

import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import BinaryIO, cast

from layertui.core.errors import Damaged, DigestMismatch
from layertui.core.images.image import Downloads, Image, Layer
from layertui.core.images.rewrite_manifest import rewritten_manifest
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest
from layertui.core.oci.media_types import OCI_MANIFEST
from layertui.core.progress import Progress, quiet
from layertui.core.store.blobs import Blobs, ReceivedBlob, require_digest
from layertui.core.store.temporary_blob import ContinuedDownload, TemporaryBlob, leave_unfinished
from layertui.core.streams.parallel import AT_ONCE, parallel_map

_DOWNLOADS = 3  # at once, as docker: while one waits for the network, others are hashed


def receive_image(
    blobs: Blobs, image: Image, images: Sequence[Image], progress: Progress
) -> tuple[Descriptor, list[ReceivedBlob]]:
    """Receive the blobs of an image that the store lacks. Returns its manifest here, and the blobs to be named.

    `images` are those in the store: their layers have been verified. A manifest with OCI media types is kept byte for byte; one
    with Docker's, or with layers in a compression that OCI has no type for, is rewritten. The config never changes, so the
    image ID stays. Raises Damaged, DigestMismatch, Truncated, NotAnImage, UnsafePath, LimitExceeded, StorageError, Cancelled.
    """
    received: dict[Digest, ReceivedBlob] = {}
    small: list[ReceivedBlob] = []
    try:
        here, missing = _sort_out(blobs, image, images, progress)
        progress.begin(tr("loading {title}", title=_title(image)), sum(layer.size for layer in missing))
        _receive_layers(blobs, image, missing, received, progress)
        final = here | {digest: one.descriptor for digest, one in received.items()}
        small.append(blobs.receive(io.BytesIO(image.config_bytes), quiet(), image.manifest.config))
        manifest = rewritten_manifest(image, final)
        small.append(blobs.receive(io.BytesIO(manifest), quiet()))
    except BaseException:
        blobs.drop_all(small)
        _let_go(blobs, image, received.values())
        raise
    descriptor = replace(small[-1].descriptor, media_type=OCI_MANIFEST, platform=image.descriptor.platform)
    return descriptor, [*received.values(), *small]


def _sort_out(
    blobs: Blobs, image: Image, images: Sequence[Image], progress: Progress
) -> tuple[dict[Digest, Descriptor], list[Layer]]:
    """Divide the layers into those that are here and those to be received, the largest first.

    A blob that is here counts only if it is known to be the layer with this DiffID: otherwise an archive could pass off another
    blob of the store as a layer.
    """
    known = {layer.diff_id: layer.descriptor for other in images for layer in other.layers}
    proven = {(layer.digest, layer.diff_id) for other in images for layer in other.layers} | blobs.proven
    here: dict[Digest, Descriptor] = {}
    missing: dict[Digest, Layer] = {}
    for layer in image.layers:
        if blobs.size(layer.digest) == layer.size:
            if (layer.digest, layer.diff_id) not in proven and layer.digest != layer.diff_id:
                progress.begin(
                    tr("summing layer {number} of {title}", number=layer.number, title=_title(image)), layer.size
                )
                _prove_diff_id(layer, image, blobs.diff_id(layer.descriptor, progress))
            here[layer.digest] = layer.descriptor
        elif layer.diff_id in known and not _is_there(layer) and blobs.has(known[layer.diff_id].digest):
            here[layer.digest] = known[layer.diff_id]
        else:
            missing.setdefault(layer.digest, layer)
    return here, sorted(missing.values(), key=lambda layer: -layer.size)


def _is_there(layer: Layer) -> bool:
    try:
        layer.open_at().close()
    except Damaged:
        return False
    return True


def _receive_layers(
    blobs: Blobs, image: Image, layers: Sequence[Layer], received: dict[Digest, ReceivedBlob], progress: Progress
) -> None:
    is_download = isinstance(image.blobs, Downloads)
    if not is_download:
        # All are looked for before the first is written: what is not there should not be found out a gigabyte later.
        for layer in layers:
            layer.open_at().close()

    def receive(layer: Layer, shared: Progress) -> None:
        title = tr("layer {number} of {title}", number=layer.number, title=_title(image))
        # The hash computed on writing is sha256: a digest of another algorithm is verified by the reader.
        if layer.digest.algorithm != "sha256" or not is_download:
            with layer.open() if layer.digest.algorithm != "sha256" else layer.open_at() as stream:
                one = blobs.receive_layer(stream, shared, title)
        else:
            temporary = TemporaryBlob(blobs.temporary, layer.digest)
            with ContinuedDownload(temporary, layer.size, layer.open_at) as stream:
                one = blobs.receive_layer(cast("BinaryIO", stream), shared, title, temporary)
        try:
            _prove(layer, image, one)
        except BaseException:
            blobs.drop_all([one])
            raise
        received[layer.digest] = one

    parallel_map(receive, layers, progress, "layer", at_once=_DOWNLOADS if is_download else AT_ONCE)


def _let_go(blobs: Blobs, image: Image, received: Iterable[ReceivedBlob]) -> None:
    """Throw away layers of an image that did not come to its end; those that were downloaded stay, for the next download."""
    if not isinstance(image.blobs, Downloads):
        blobs.drop_all(received)
        return
    for one in received:
        if one.as_it_came:
            leave_unfinished(one.path, one.descriptor.digest)
        else:
            blobs.drop_all([one])


def _prove(layer: Layer, image: Image, one: ReceivedBlob) -> None:
    assert one.diff_id is not None
    # A layer that was decompressed is verified by its DiffID.
    if one.as_it_came and layer.digest.algorithm == "sha256":
        require_digest(
            layer.descriptor, one.descriptor, tr("layer {number} of {title}", number=layer.number, title=_title(image))
        )
    _prove_diff_id(layer, image, one.diff_id)


def _prove_diff_id(layer: Layer, image: Image, found: DiffID) -> None:
    if found != layer.diff_id:
        raise DigestMismatch(
            tr(
                "layer {number} of {title} has the DiffID {found}, but the config lists {diff_id}",
                number=layer.number,
                title=_title(image),
                found=found,
                diff_id=layer.diff_id,
            )
        )


def _title(image: Image) -> str:
    return image.names[0].familiar if image.names else image.id.short
