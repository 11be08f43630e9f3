"""Media types of OCI and of Docker, and which of them are equivalent (image-spec media-types.md)."""

from __future__ import annotations

from layertui.core.errors import UsageError
from layertui.core.language.texts import tr

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP = OCI_LAYER + "+gzip"
OCI_LAYER_ZSTD = OCI_LAYER + "+zstd"
OCI_FOREIGN_LAYER = "application/vnd.oci.image.layer.nondistributable.v1.tar"
OCI_FOREIGN_LAYER_GZIP = OCI_FOREIGN_LAYER + "+gzip"

DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_LAYER_TAR = "application/vnd.docker.image.rootfs.diff.tar"
DOCKER_LAYER_ZSTD = "application/vnd.docker.image.rootfs.diff.tar.zstd"
DOCKER_FOREIGN_LAYER = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

# Annotations of descriptors and manifests (image-spec annotations.md, and
# what docker and containerd add to an archive's index).
REF_NAME = "org.opencontainers.image.ref.name"
IMAGE_NAME = "io.containerd.image.name"
CREATED = "org.opencontainers.image.created"
REFERENCE_TYPE = "vnd.docker.reference.type"

_OCI_FOR_DOCKER = {
    DOCKER_MANIFEST: OCI_MANIFEST,
    DOCKER_LIST: OCI_INDEX,
    DOCKER_CONFIG: OCI_CONFIG,
    DOCKER_LAYER: OCI_LAYER_GZIP,
    DOCKER_LAYER_TAR: OCI_LAYER,
    DOCKER_LAYER_ZSTD: OCI_LAYER_ZSTD,
    DOCKER_FOREIGN_LAYER: OCI_FOREIGN_LAYER_GZIP,
}
_LAYER_FOR_COMPRESSION = {"none": OCI_LAYER, "gzip": OCI_LAYER_GZIP, "zstd": OCI_LAYER_ZSTD}


def oci_equivalent(media_type: str) -> str:
    """The equivalent OCI media type; unknown ones are returned unchanged."""
    return _OCI_FOR_DOCKER.get(media_type, media_type)


def is_index(media_type: str) -> bool:
    return oci_equivalent(media_type) == OCI_INDEX


def is_manifest(media_type: str) -> bool:
    return oci_equivalent(media_type) == OCI_MANIFEST


def layer_media_type(compression: str) -> str:
    """The OCI media type of a layer stored with ``none``, ``gzip`` or ``zstd``. Raises UsageError for others."""
    try:
        return _LAYER_FOR_COMPRESSION[compression]
    except KeyError:
        raise UsageError(
            tr("{compression!r} is an unknown compression; use none, gzip or zstd", compression=compression)
        ) from None
