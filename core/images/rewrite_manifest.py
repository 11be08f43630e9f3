"""Rewrites an image's manifest with OCI media types, and with the descriptors of layers that were recompressed."""

from collections.abc import Mapping
from dataclasses import replace

from layertui.core.images.image import Image, read_blob
from layertui.core.language.texts import tr
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.oci.media_types import OCI_MANIFEST, oci_equivalent


def rewritten_manifest(image: Image, final: Mapping[Digest, Descriptor]) -> bytes:
    """The manifest with the descriptors of ``final``, by the previous digests; its own bytes if nothing has to change.

    Raises what reading the manifest's blob raises.
    """
    before = image.manifest
    config = replace(before.config, media_type=oci_equivalent(before.config.media_type))
    layers = tuple(final_descriptor(layer, final) for layer in before.layers)
    if (before.media_type, before.config, before.layers) == (OCI_MANIFEST, config, layers):
        return read_blob(image.blobs, image.descriptor, tr("the manifest"))
    return replace(before, media_type=OCI_MANIFEST, config=config, layers=layers).to_bytes()


def final_descriptor(layer: Descriptor, final: Mapping[Digest, Descriptor]) -> Descriptor:
    """The final descriptor of a layer; its own with OCI's media type if the layer was not changed."""
    after = final.get(layer.digest)
    if after is None or after.digest == layer.digest:
        return replace(layer, media_type=oci_equivalent(layer.media_type))
    return replace(after, annotations=layer.annotations)
