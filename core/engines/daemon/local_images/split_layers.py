"""SplitLayers: the blobs of an image whose layers a daemon keeps unpacked, each with a tar-split file."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.bounds import bounds
from layertui.core.engines.daemon.local_images.tar_split import TarSplit, read_tar_split
from layertui.core.engines.daemon.local_images.unpacked_tar import UnpackedTar
from layertui.core.errors import Damaged, as_storage_error
from layertui.core.fs.file_window import files_only, window_of
from layertui.core.images.image import Image, image_of
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import DiffID, Digest, digest_of
from layertui.core.oci.image_config import ImageConfig
from layertui.core.oci.manifest import Manifest
from layertui.core.oci.media_types import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from layertui.core.oci.reference import Reference

_HELD = 64 << 20  # bytes of tar-split files that are kept in memory once they were parsed


@dataclass(frozen=True, slots=True)
class SplitLayer:
    """Where one layer lies."""

    tar_split: Path
    folder: Path

    @property
    def is_there(self) -> bool:
        """Whether both are there, as far as this user may know: `Path.is_file` would raise PermissionError."""
        return os.path.isfile(self.tar_split) and os.path.isdir(self.folder)


class SplitLayers:
    """See BlobSource and UnpackedBlobs: documents from memory, layers as the tars that they were."""

    is_unpacked = True

    def __init__(self, layers: Mapping[DiffID, SplitLayer], documents: Mapping[Digest, bytes]) -> None:
        self._layers, self._documents = layers, dict(documents)
        self._parsed: OrderedDict[str, TarSplit] = OrderedDict()
        self._lock = Lock()

    def open(self, descriptor: Descriptor) -> BinaryIO:
        if (document := self._documents.get(descriptor.digest)) is not None:
            return io.BytesIO(document)
        layer = self._layers.get(DiffID(descriptor.digest))
        if layer is None:
            raise Damaged(tr("the image has no blob {digest}", digest=descriptor.digest))
        source = self._source(layer)
        trusted = is_ours(layer.tar_split) and is_ours(layer.tar_split.parent) and is_ours(layer.folder.parent)
        return cast("BinaryIO", UnpackedTar(lambda: self._split(layer), layer.folder, None if trusted else source))

    def size(self, diff_id: DiffID) -> int:
        """Bytes of a layer's tar. Raises Damaged, StorageError."""
        return self._split(self._layers[diff_id]).size

    def keep(self, document: bytes, media_type: str) -> Descriptor:
        """Keep a manifest or a config in memory, and give its descriptor."""
        descriptor = Descriptor(media_type, digest_of(document), len(document))
        self._documents[descriptor.digest] = document
        return descriptor

    @staticmethod
    def _source(layer: SplitLayer) -> str:
        """A text that is another one once the tar-split file, or the folder itself, is replaced."""
        with as_storage_error(layer.folder):
            file, folder = os.stat(layer.tar_split), os.stat(layer.folder)
        times = f"{file.st_mtime_ns}.{file.st_ctime_ns}"
        return f"split:{file.st_dev}:{file.st_ino}:{file.st_size}:{times}:{folder.st_dev}:{folder.st_ino}"

    def _split(self, layer: SplitLayer) -> TarSplit:
        """What the tar-split file of a layer says, parsed once as long as it is in use."""
        source = self._source(layer)
        with self._lock:
            if (known := self._parsed.get(source)) is not None:
                self._parsed.move_to_end(source)
                return known
        with window_of(layer.tar_split) as raw:
            split = read_tar_split(cast("BinaryIO", raw))
        with self._lock:
            self._parsed[source] = split
            held = sum(len(one.segments) for one in self._parsed.values())
            while held > _HELD and len(self._parsed) > 1:
                held -= len(self._parsed.popitem(last=False)[1].segments)
        return split


def is_ours(path: Path) -> bool:
    """Whether only root, or we, could have written what lies there. A daemon has verified it when it stored it, as our store does."""
    with as_storage_error(path):
        status = os.stat(path)
    return status.st_uid in (0, os.geteuid()) and not status.st_mode & 0o022


def split_image(
    config: bytes,
    layers: Sequence[SplitLayer],
    names: tuple[Reference, ...],
    manifest: bytes | None = None,
    sizes: Sequence[int] | None = None,
) -> Image:
    """An image of a config and where each of its layers lies, lowest first.

    `manifest` is the one that the daemon keeps; it is used where it names the layers as they are given here, uncompressed.
    Otherwise one is made, in OCI's media types. `sizes` are the bytes of the layers' tars, where they are known. Raises Damaged.
    """
    parsed = ImageConfig.from_bytes(config)
    diff_ids = parsed.rootfs.diff_ids
    if len(layers) != len(diff_ids):
        raise Damaged(
            tr(
                "image {short} has {layers:,} layers, but its config lists {diff_ids:,}",
                short=digest_of(config).short,
                layers=len(layers),
                diff_ids=len(diff_ids),
            )
        )
    blobs = SplitLayers(dict(zip(diff_ids, layers, strict=True)), {digest_of(config): config})
    if manifest is not None:
        kept = Manifest.from_bytes(manifest)
        if tuple(layer.digest for layer in kept.layers) == diff_ids and kept.config.digest == digest_of(config):
            return image_of(blobs, blobs.keep(manifest, kept.media_type), kept, names)
    sizes = sizes if sizes is not None else [blobs.size(diff_id) for diff_id in diff_ids]
    made = Manifest(
        Descriptor(OCI_CONFIG, digest_of(config), len(config)),
        tuple(Descriptor(OCI_LAYER, Digest(diff_id), size) for diff_id, size in zip(diff_ids, sizes, strict=True)),
    )
    image = image_of(blobs, blobs.keep(made.to_bytes(), OCI_MANIFEST), made, names)
    return replace(image, manifest_is_made=True)


def read_document(path: Path) -> bytes | None:
    """A small file of a daemon; None where it is not there or cannot be read. Damaged where it is too large for a document.

    The folder may be another user's: no pipe is waited for, and no device read.
    """
    most = bounds().documents
    try:
        with open(path, "rb", opener=files_only) as file:
            content = file.read(min(os.fstat(file.fileno()).st_size, most) + 1)
    except OSError:
        return None
    if len(content) > most:
        raise Damaged(tr("{path} is too large to be a document", path=path))
    return content
