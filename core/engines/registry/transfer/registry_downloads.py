"""RegistryDownloads: the blobs of a repository, each read once from its beginning: for images that are carried elsewhere."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.engines.registry.blob_stream import BlobStream
from layertui.core.engines.registry.registry_blobs import ACCEPTED, fetch_manifest
from layertui.core.fs.reader import SeekableReader
from layertui.core.oci.descriptor import Descriptor
from layertui.core.oci.digest import Digest
from layertui.core.oci.media_types import is_index, is_manifest
from layertui.core.streams.threaded_reader import ThreadedReader

if TYPE_CHECKING:
    from layertui.core.engines.registry.registry_client import RegistryClient
    from layertui.core.progress import Progress


class RegistryDownloads:
    """A BlobSource that also has manifests. Nothing is kept, and nothing is verified: the caller does that."""

    def __init__(self, client: RegistryClient, repository: str, progress: Progress) -> None:
        self._client, self._repository, self._progress = client, repository, progress

    def open(self, descriptor: Descriptor) -> BinaryIO:
        """Open a blob or a manifest. A blob is asked for when it is first read, from where `seek` has gone."""
        if is_manifest(descriptor.media_type) or is_index(descriptor.media_type):
            _, content = fetch_manifest(self._client, self._repository, descriptor.digest, self._progress)
            return io.BytesIO(content)
        return cast("BinaryIO", _Download(self._client, self._repository, descriptor, self._progress))

    def root(self, tag: str) -> Descriptor:
        """What a tag or a digest leads to: a manifest or an index. NotFound where there is none."""
        found = head_manifest(
            self._client, self._repository, tag, f"repository:{self._repository}:pull", self._progress
        )
        if found is not None and (is_manifest(found.media_type) or is_index(found.media_type)):
            return found
        descriptor, _ = fetch_manifest(self._client, self._repository, tag, self._progress)
        return descriptor


def head_manifest(
    client: RegistryClient, repository: str, tag: str, scope: str, progress: Progress
) -> Descriptor | None:
    """The manifest of a tag or a digest, by one HEAD; None where there is none, or where the registry does not tell all of it."""
    answer = client.request(
        "HEAD",
        f"/v2/{repository}/manifests/{tag}",
        scope=scope,
        headers={"accept": ACCEPTED},
        accept=(404,),
        progress=progress,
    )
    digest, size = answer.headers.get("docker-content-digest"), answer.headers.get("content-length", "")
    if answer.status == 404 or digest is None or not (size.isascii() and size.isdigit()):
        return None
    return Descriptor(answer.headers.get("content-type", "").partition(";")[0].strip(), Digest(digest), int(size[:15]))


class _Download(SeekableReader):
    """A blob that is read forward, on a thread of its own; a seek begins a new request where it went to."""

    def __init__(self, client: RegistryClient, repository: str, descriptor: Descriptor, progress: Progress) -> None:
        super().__init__()
        self._client, self._repository, self._descriptor, self._progress = client, repository, descriptor, progress
        self._stream: ThreadedReader | None = None
        self._streamed = 0
        self.name = f"{client.registry}/{repository}"

    def read(self, size: int | None = -1) -> bytes:
        if self._stream is None or self._streamed != self._position:
            self._stop()
            stream = BlobStream(
                self._client, self._repository, self._descriptor, self._position, progress=self._progress
            )
            self._stream = ThreadedReader(cast("BinaryIO", stream), self._progress)
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
