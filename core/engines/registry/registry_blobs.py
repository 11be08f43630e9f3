"""RegistryBlobs: manifests, configs and layers of one repository, each fetched when it is read."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.engines.registry.blob_reader import BlobReader
from layertui.core.engines.registry.blob_stream import BlobStream
from layertui.core.engines.registry.kept_blobs import KeptBlob
from layertui.core.errors import Damaged, DigestMismatch, LimitExceeded
from layertui.core.language.texts import tr
from layertui.core.layers.cache.layer_blob import BY_DIGEST
from layertui.core.layers.toc.layer_toc import LayerToc
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Sum
from layertui.core.oci.manifest import parse
from layertui.core.oci.media_types import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, is_index, is_manifest

if TYPE_CHECKING:
    from layertui.core.engines.registry.kept_blobs import KeptBlobs
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.layers.toc.layer_toc import OpenRange
    from layertui.core.oci.digest import Digest
    from layertui.core.progress import Progress

ACCEPTED = f"{OCI_INDEX}, {OCI_MANIFEST}, {DOCKER_LIST}, {DOCKER_MANIFEST}"


class RegistryBlobs:
    """See BlobSource and RemoteBlobs in `core/images/image.py`."""

    def __init__(self, client: RegistryClient, repository: str, kept: KeptBlobs) -> None:
        self.client, self.repository, self._kept = client, repository, kept
        self._manifests: dict[Digest, bytes] = {}
        self._contents: dict[Digest, LayerToc | None] = {}

    def manifest(self, reference: str | Digest, progress: Progress | None = None) -> Descriptor:
        """Fetch a manifest or an index by tag or digest: its media type, digest and size. Raises as `fetch_manifest` does."""
        descriptor, content = fetch_manifest(self.client, self.repository, reference, progress)
        self._manifests[descriptor.digest] = content
        return descriptor

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """A manifest or index is read here, unverified; a blob when it is read."""
        if is_manifest(descriptor.media_type) or is_index(descriptor.media_type):
            if descriptor.digest not in self._manifests:
                self.manifest(descriptor.digest)
            return io.BytesIO(self._manifests[descriptor.digest])
        # What a table of contents says is not what the digest of the layer says: tables made of it go by both.
        toc = self.contents(descriptor)
        source = f"{BY_DIGEST}{descriptor.digest}{'' if toc is None else f' {toc.digest}'}"
        if (kept := self._kept.find(descriptor)) is not None:
            kept.blob_source = source
            kept.name = tr("registry {host}", host=self.client.host)
            return cast("BinaryIO", kept)
        return cast("BinaryIO", BlobReader(self.client, self.repository, descriptor, self._kept, source))

    def contents(self, descriptor: Descriptor) -> LayerToc | None:
        """The table of contents of a layer that says by its annotations that it has one."""
        if descriptor.digest not in self._contents:
            open_range = partial(BlobStream, self.client, self.repository, descriptor)
            self._contents[descriptor.digest] = LayerToc.of(
                descriptor.annotations, descriptor.size, cast("OpenRange", open_range)
            )
        return self._contents[descriptor.digest]

    def is_remote(self, descriptor: Descriptor) -> bool:
        """Whether the blob has to be brought before it can be read."""
        with self.open(descriptor) as found:
            return not isinstance(found, KeptBlob)


def fetch_manifest(
    client: RegistryClient, repository: str, reference: str | Digest, progress: Progress | None = None
) -> tuple[Descriptor, bytes]:
    """A manifest or an index by tag or digest, as it was sent, with its digest verified.

    Raises NotFound, DigestMismatch, Damaged and NotAnImage for what is neither, and what `RegistryClient.request` raises.
    """
    answer = client.request(
        "GET",
        f"/v2/{repository}/manifests/{reference}",
        scope=f"repository:{repository}:pull",
        headers={"accept": ACCEPTED},
        progress=progress,
    )
    content = answer.body
    wanted = str(reference) if ":" in reference else ""
    said = answer.headers.get("docker-content-digest", "")
    total = Sum(_algorithm(client, wanted or said))
    total.update(content)
    digest = total.digest()
    for expected, by in ((wanted, tr("asked for")), (said, tr("its header says"))):
        if expected and expected != digest:
            raise DigestMismatch(
                tr(
                    "registry {host}: the manifest of {repository} has digest {digest}, {by} {expected}",
                    host=client.host,
                    repository=repository,
                    digest=digest,
                    by=by,
                    expected=expected[:100],
                )
            )
    try:
        # What it says itself counts: a registry may call it by another type.
        media_type = parse(content).media_type
    except (Damaged, LimitExceeded) as error:
        raise type(error)(
            tr(
                "registry {host}: the manifest of {repository}{mark}{reference} cannot be used: {error};"
                " push the image again, or check the address",
                host=client.host,
                repository=repository,
                mark="@" if wanted else ":",
                reference=reference,
                error=error,
            )
        ) from error
    return Descriptor(media_type, digest, len(content)), content


def _algorithm(client: RegistryClient, digest: str) -> str:
    algorithm = digest.partition(":")[0] or "sha256"
    if algorithm not in ("sha256", "sha384", "sha512"):
        raise Damaged(
            tr(
                "registry {host}: gives a digest of the algorithm {algorithm!r}, which cannot be verified",
                host=client.host,
                algorithm=algorithm[:20],
            )
        )
    return algorithm
