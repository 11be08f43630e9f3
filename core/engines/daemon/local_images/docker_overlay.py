"""Opens an image from the files of Docker Engine's classic store with the driver overlay2, on the same machine.

Below `image/overlay2` of Docker's data folder are the configs by their digest (`imagedb`) and the layers by their ChainID
(`layerdb`: DiffID, tar-split file, and the name of the folder in `overlay2/` that has the files).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from layertui.core.engines.daemon.local_images.split_layers import SplitLayer, read_document, split_image
from layertui.core.errors import DigestMismatch
from layertui.core.language.texts import tr
from layertui.core.oci.digest import ChainID, DiffID, Digest, digest_of
from layertui.core.oci.image_config import ImageConfig

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.images.image import Image
    from layertui.core.oci.reference import Reference

DRIVER = "overlay2"
_CACHE_ID = re.compile(rb"[0-9a-zA-Z_-]{1,128}")


def docker_overlay_image(
    root: Path, image_id: Digest, names: tuple[Reference, ...], manifest: bytes | None = None
) -> Image | None:
    """The image of this ID below Docker's data folder; None where it is not there, or may not be read.

    `manifest` is one that was made for it before: it spares reading each tar-split file for its size. Raises DigestMismatch where
    the config does not have the digest by which it goes.
    """
    store = root / "image" / DRIVER
    config = read_document(store / "imagedb/content/sha256" / image_id.encoded)
    if config is None:
        return None
    if digest_of(config) != image_id:
        raise DigestMismatch(
            tr(
                "{store}: the config of image {short} has the digest {digest_of}",
                store=store,
                short=image_id.short,
                digest_of=digest_of(config),
            )
        )
    rootfs = ImageConfig.from_bytes(config).rootfs
    layers = [_layer(root, *ids) for ids in zip(rootfs.chain_ids, rootfs.diff_ids, strict=True)]
    found = [layer for layer in layers if layer is not None]
    return split_image(config, found, names, manifest) if len(found) == len(layers) else None


def _layer(root: Path, chain_id: ChainID, diff_id: DiffID) -> SplitLayer | None:
    folder = root / "image" / DRIVER / "layerdb/sha256" / chain_id.encoded
    cache_id = read_document(folder / "cache-id")
    if cache_id is None or not _CACHE_ID.fullmatch(cache_id) or read_document(folder / "diff") != diff_id.encode():
        return None
    layer = SplitLayer(folder / "tar-split.json.gz", root / DRIVER / cache_id.decode() / "diff")
    return layer if layer.is_there else None
