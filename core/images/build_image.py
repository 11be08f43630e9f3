"""Makes new images: an image with one more layer or another config, or an image of one flat tar.

Nothing is written here. The result is a draft; `draft.image(blobs)` returns the image, with manifest and config in
memory and its layers in `blobs`, ready to be put into a store.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from layertui.core.errors import Damaged
from layertui.core.images.image import BlobSource, Image, make_image
from layertui.core.language.texts import tr
from layertui.core.oci.config_change import apply_changes
from layertui.core.oci.descriptor import Descriptor, Platform
from layertui.core.oci.digest import DiffID, Digest, digest_of
from layertui.core.oci.image_config import ExecConfig, HistoryEntry, ImageConfig, RootFS
from layertui.core.oci.manifest import Manifest
from layertui.core.oci.media_types import OCI_CONFIG, OCI_MANIFEST, oci_equivalent
from layertui.core.oci.reference import Reference
from layertui.core.oci.timestamps import now

# What the classic builder recorded of its own container: not true of an image made from it.
_OF_THE_BUILDER = frozenset({"container", "container_config", "docker_version", "id", "parent", "throwaway"})


@dataclass(frozen=True, slots=True)
class BuiltBlob:
    """Blobs in memory, in front of another source if there is one."""

    made: Mapping[Digest, bytes]
    beneath: BlobSource | None = None

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob by its digest. Raises Damaged."""
        content = self.made.get(descriptor.digest)
        if content is not None:
            return io.BytesIO(content)
        if self.beneath is None:
            raise Damaged(tr("blob {digest} is not there", digest=descriptor.digest))
        return self.beneath.open(descriptor)


@dataclass(frozen=True, slots=True)
class ImageDraft:
    """An image before it has a manifest."""

    config: ImageConfig
    layers: tuple[Descriptor, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)

    def image(self, blobs: BlobSource, names: tuple[Reference, ...] = ()) -> Image:
        """The image of this draft; its layers are read from `blobs`."""
        config = self.config.to_bytes()
        config_descriptor = Descriptor(OCI_CONFIG, digest_of(config), len(config))
        manifest = Manifest(config_descriptor, self.layers, annotations=self.annotations).to_bytes()
        descriptor = Descriptor(OCI_MANIFEST, digest_of(manifest), len(manifest))
        made = BuiltBlob({config_descriptor.digest: config, descriptor.digest: manifest}, blobs)
        return make_image(made, descriptor, manifest, names)


def from_tar(
    layer: Descriptor,
    diff_id: DiffID,
    *,
    message: str | None = None,
    changes: Sequence[str] = (),
    platform: Platform | None = None,
    created: str | None = None,
) -> ImageDraft:
    """An image of one tar, as `import` makes it: one layer, one history step, an empty config with the changes applied.

    Raises UsageError.
    """
    platform = platform or Platform.host()
    created = created or now()
    config = ImageConfig(
        architecture=platform.architecture,
        os=platform.os,
        variant=platform.variant,
        created=created,
        config=apply_changes(ExecConfig(), changes),
        rootfs=RootFS((diff_id,)),
        history=(HistoryEntry(created=created, comment="Imported from -" if message is None else message),),
    )
    return ImageDraft(config, (layer,))


def with_layer(
    image: Image,
    layer: Descriptor | None,
    diff_id: DiffID | None,
    entry: HistoryEntry,
    changes: Sequence[str] = (),
) -> ImageDraft:
    """An image with one more layer, as `commit` makes it. Without a layer the step is recorded with `empty_layer`."""
    created = entry.created or now()
    grown = () if layer is None or diff_id is None else ((layer, diff_id),)
    config = replace(
        image.config,
        created=created,
        author=entry.author or image.config.author,
        config=apply_changes(image.config.config, changes),
        rootfs=RootFS((*image.diff_ids, *(own for _, own in grown))),
        history=(*image.config.history, replace(entry, created=created, empty_layer=not grown)),
        extra={key: value for key, value in image.config.extra.items() if key not in _OF_THE_BUILDER},
    )
    return ImageDraft(config, (*map(_as_oci, image.manifest.layers), *(own for own, _ in grown)))


def configured(image: Image, like: ImageConfig) -> ImageDraft:
    """An image with the config of another one: its settings, platform and author."""
    config = replace(
        image.config,
        architecture=like.architecture,
        os=like.os,
        variant=like.variant,
        author=like.author,
        created=now(),
        config=like.config,
        extra={key: value for key, value in like.extra.items() if key not in _OF_THE_BUILDER},
    )
    return ImageDraft(config, tuple(map(_as_oci, image.manifest.layers)))


def _as_oci(layer: Descriptor) -> Descriptor:
    return replace(layer, media_type=oci_equivalent(layer.media_type))
