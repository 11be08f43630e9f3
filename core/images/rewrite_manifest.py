"""An image's manifest in OCI's terms, its layers under the descriptors that they have after they were stored or packed anew."""

from collections.abc import Mapping
from dataclasses import replace

from layertui.core.images.image import Image, read_blob
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.oci.media_types import OCI_MANIFEST, oci_equivalent


def rewritten_manifest(image: Image, final: Mapping[Digest, Descriptor]) -> bytes:
    """The manifest with the descriptors of ``final``, by the digests of before; its own bytes where nothing in it has to change.

    Raises what reading the manifest's blob raises.
    """
    before = image.manifest
    config = replace(before.config, media_type=oci_equivalent(before.config.media_type))
    layers = tuple(final_descriptor(layer, final) for layer in before.layers)
    if (before.media_type, before.config, before.layers) == (OCI_MANIFEST, config, layers):
        return read_blob(image.blobs, image.descriptor, "the manifest")
    return replace(before, media_type=OCI_MANIFEST, config=config, layers=layers).to_bytes()


def final_descriptor(layer: Descriptor, final: Mapping[Digest, Descriptor]) -> Descriptor:
    """The descriptor that a layer has in the end: its own, as OCI names its type, where nothing was done with it."""
    after = final.get(layer.digest)
    if after is None or after.digest == layer.digest:
        return replace(layer, media_type=oci_equivalent(layer.media_type))
    return replace(after, annotations=layer.annotations)
