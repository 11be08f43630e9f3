"""StreamedBlobs: the blobs of an image that only the daemon's API gives, in one archive, which is streamed at most once.

The archive goes to a file without a name; each layer is verified and its table made while it is there. Where documents and tables
are kept from an earlier time, nothing is streamed until the content of a file is asked for.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING, BinaryIO, cast

from layertui.core.engines.daemon.api_requests.daemon_answers import get_body
from layertui.core.engines.daemon.images.arriving_layers import ArrivingLayers
from layertui.core.errors import DigestMismatch, NotFound
from layertui.core.fs.reader import SeekableReader
from layertui.core.images.archive.archive import Archive, from_stream
from layertui.core.language.texts import tr
from layertui.core.progress import quiet
from layertui.core.streams.threaded_reader import ThreadedReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.engines.daemon.images.arriving_layers import ArrivedLayer
    from layertui.core.images.image import Image, Layer
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.oci.descriptor import Descriptor, Platform
    from layertui.core.oci.digest import Digest
    from layertui.core.progress import Progress


@dataclass(frozen=True, slots=True)
class StreamedImage:
    """Which image is streamed, from where, and what is needed for it."""

    client: DaemonClient
    engine_id: Digest
    platform: Platform | None
    spool: Path | None
    catalog: Callable[[], Catalog]
    has_manifest_ids: bool

    def fetch(self, progress: Progress) -> tuple[Archive, Image]:
        """The image in an archive of its own, each layer verified, its table in the Catalog. Raises as `Images.open`."""
        name = tr("image {short} of {title}", short=self.engine_id.short, title=self.client.title)
        # It cannot be known how much comes: a daemon's sizes are of files, not of tars.
        with get_body(self.client, f"/images/{self.engine_id}/get", name, progress) as body:
            # Received, written to the spool, and read into tables: each on a thread of its own.
            received = ThreadedReader(cast("BinaryIO", body), progress)
            stream = ArrivingLayers(cast("BinaryIO", received))
            try:
                archive = from_stream(
                    cast("BinaryIO", stream),
                    self.spool,
                    platform=self.platform,
                    progress=progress,
                    name=name,
                    drop_cache=True,
                )
            finally:
                stream.close()
        try:
            image = self._chosen(archive)
            self._prove(image, stream.layers, progress)
        except BaseException:
            archive.close()
            raise
        return archive, image

    def _chosen(self, archive: Archive) -> Image:
        if not archive.images:
            raise NotFound(
                tr("{name} has no image", name=archive.name)
                + (tr(" for {platform}", platform=self.platform) if self.platform else "")
            )
        if self.has_manifest_ids:
            return archive.image()
        found = next((image for image in archive.images if image.id == self.engine_id), None)
        if found is None:
            raise DigestMismatch(
                tr(
                    "{name}: the daemon has sent image {short} instead",
                    name=archive.name,
                    short=archive.images[0].id.short,
                )
            )
        return found

    def _prove(self, image: Image, arrived: Mapping[int, ArrivedLayer], progress: Progress) -> None:
        catalog = self.catalog()
        unknown = []
        for layer in image.layers:
            found = arrived.get(_start(layer))
            if found is not None and found.diff_id == layer.diff_id:
                if not catalog.has_table(layer.diff_id):
                    catalog.keep_tables({layer.diff_id: found.table})
            else:
                unknown.append(layer)
        if unknown:  # damaged ones, or in an archive of an unusual form
            progress.begin(tr("verifying layers"), sum(layer.size for layer in unknown))
            catalog.proven_tables(unknown, progress)


def _start(layer: Layer) -> int:
    """Where the stored bytes of a layer begin in the archive."""
    with layer.open_at() as raw:
        return int(getattr(raw, "offset", -1))


class StreamedBlobs:
    """See BlobSource. What is opened has been verified, or is when it is first read."""

    def __init__(self, streamed: StreamedImage, documents: Mapping[Digest, bytes]) -> None:
        self._streamed, self._documents = streamed, documents
        self._archive: Archive | None = None
        self._image: Image | None = None
        self._lock = RLock()

    def open(self, descriptor: Descriptor) -> BinaryIO:
        if (document := self._documents.get(descriptor.digest)) is not None:
            return io.BytesIO(document)
        return cast("BinaryIO", _LateBlob(self, descriptor))

    def fetched(self, progress: Progress | None = None) -> Image:
        """The image in the archive, which is streamed now unless it was before. Raises as `Images.open`."""
        with self._lock:
            if self._image is None:
                self._archive, self._image = self._streamed.fetch(progress or quiet())
            return self._image


class _LateBlob(SeekableReader):
    """A layer that is streamed when it is first read. It has no `source`: what is streamed is verified first."""

    def __init__(self, blobs: StreamedBlobs, descriptor: Descriptor) -> None:
        super().__init__()
        self.name = str(descriptor.digest)
        self._blobs, self._descriptor = blobs, descriptor
        self._raw: BinaryIO | None = None

    def read(self, size: int | None = -1) -> bytes:
        raw = self._opened()
        raw.seek(self._position)
        got = raw.read(-1 if size is None else size)
        self._position += len(got)
        return got

    def close(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None
        super().close()

    def _opened(self) -> BinaryIO:
        if self.closed:
            raise ValueError(tr("I/O operation on closed file"))
        if self._raw is None:
            self._raw = self._blobs.fetched().blobs.open(self._descriptor)
        return self._raw

    def _length(self) -> int:
        return self._descriptor.size
