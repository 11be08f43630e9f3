"""RegistryDownloads: the blobs of a repository, each read once from its beginning: for images that are carried elsewhere."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.engines.registry.blob_stream import BlobStream
from layertui.core.fs.reader import SeekableReader
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest, digest_of
from layertui.core.oci.manifest import parse
from layertui.core.oci.media_types import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, is_index, is_manifest
from layertui.core.progress import unseen

if TYPE_CHECKING:
    from layertui.core.engines.registry.registry_answer import RegistryAnswer
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.progress import Progress

MANIFEST_TYPES = f"{OCI_INDEX}, {OCI_MANIFEST}, {DOCKER_LIST}, {DOCKER_MANIFEST}"


class RegistryDownloads:
    """A BlobSource that also has manifests. Nothing is kept, and nothing is verified: who reads does that."""

    def __init__(self, client: RegistryClient, repository: str, progress: Progress) -> None:
        self._client, self._repository, self._progress = client, repository, progress

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob or a manifest. A blob is asked for when it is first read, from where `seek` has gone."""
        if is_manifest(descriptor.media_type) or is_index(descriptor.media_type):
            return io.BytesIO(self._manifest("GET", descriptor.digest).body)
        return cast("BinaryIO", _Download(self._client, self._repository, descriptor, self._progress))

    def root(self, tag: str) -> Descriptor:
        """What a tag or a digest leads to: a manifest or an index. NotFound where there is none."""
        answer = self._manifest("HEAD", tag)
        told, length = answer.headers.get("docker-content-digest"), answer.headers.get("content-length", "")
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        if (
            told is not None
            and length.isascii()
            and length.isdigit()
            and (is_manifest(media_type) or is_index(media_type))
        ):
            return Descriptor(media_type, Digest(told), int(length[:15]))
        body = self._manifest("GET", tag).body
        return Descriptor(parse(body).media_type, digest_of(body), len(body))

    def _manifest(self, method: str, tag: str) -> RegistryAnswer:
        return self._client.request(
            method,
            f"/v2/{self._repository}/manifests/{tag}",
            scope=f"repository:{self._repository}:pull",
            headers={"accept": MANIFEST_TYPES},
            progress=self._progress,
        )


class _Download(SeekableReader):
    """A blob that is read forward; a seek begins a new request where it went to."""

    def __init__(self, client: RegistryClient, repository: str, descriptor: Descriptor, progress: Progress) -> None:
        super().__init__()
        self._client, self._repository, self._descriptor, self._progress = client, repository, descriptor, progress
        self._stream: BlobStream | None = None
        self._streamed = 0
        self.name = f"{client.registry}/{repository}"

    def read(self, size: int | None = -1) -> bytes:
        if self._stream is None or self._streamed != self._position:
            self._stop()
            self._stream = BlobStream(
                self._client, self._repository, self._descriptor, self._position, progress=unseen(self._progress)
            )
            self._streamed = self._position
        got = self._stream.read(size)
        self._position += len(got)
        self._streamed = self._position
        return got

    def close(self) -> None:
        self._stop()
        super().close()

    def _stop(self) -> None:
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    def _length(self) -> int:
        return self._descriptor.size
