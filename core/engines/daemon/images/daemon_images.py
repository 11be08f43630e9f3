"""DaemonImages: the images of Docker Engine or Podman, listed and opened."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from layertui.core.engines.daemon.api_requests.daemon_requests import get_json
from layertui.core.engines.daemon.images.image_answers import (
    InspectedImage,
    has_manifest_ids,
    inspected,
    rows_of,
    step_id,
    summary_of,
)
from layertui.core.engines.daemon.local_images.image_lookup import find_image, not_there
from layertui.core.errors import NotFound
from layertui.core.language.texts import tr
from layertui.core.oci.digest import DIGEST_WORD, digest_of
from layertui.core.oci.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.engines.daemon.images.daemon_folder import DaemonFolder
    from layertui.core.engines.daemon.images.image_answers import Row
    from layertui.core.engines.daemon.images.kept_documents import Documents, KeptDocuments
    from layertui.core.engines.daemon.images.streamed_blobs import StreamedBlobs
    from layertui.core.engines.image_values import ImageSummary
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.oci.descriptor import Platform
    from layertui.core.oci.digest import Digest
    from layertui.core.progress import Progress
    from layertui.core.settings import Settings

_DIGITS = 64


class DaemonImages:
    """See Images in `image_protocols.py`.

    `ImageSummary.id` is the digest of the config. Docker Engine with the containerd image store lists digests of manifests or indexes
    instead; the config's is then taken from the content store where that can be read, or from what was kept when the image was
    opened. Where neither says it, `id` is the engine's own ID, until the image is opened.
    """

    def __init__(
        self, client: DaemonClient, settings: Settings, catalog: Callable[[], Catalog], folder: DaemonFolder
    ) -> None:
        """`folder` has the daemon's own files, as far as they can be read."""
        self._client, self._settings, self._catalog, self.folder = client, settings, catalog, folder
        # While an image is in use, who opens it again shares what was streamed.
        self._blobs: WeakValueDictionary[tuple[Digest, Platform | None], StreamedBlobs] = WeakValueDictionary()

    @cached_property
    def _kept(self) -> KeptDocuments:
        # Imported late: a list of containers needs nothing that reads images.
        from layertui.core.engines.daemon.images.kept_documents import KeptDocuments

        return KeptDocuments(self._settings.cache)

    def list(self) -> Sequence[ImageSummary]:
        of_docker = self._client.endpoint.kind == "docker"
        # Both say the platform of an image in their newer versions; others leave it out.
        path = "/images/json" if of_docker else "/v4.0.0/libpod/images/json"
        rows = rows_of(get_json(self._client, path, all=0, manifests=1))
        has_ids = has_manifest_ids(rows) if of_docker else False
        if has_ids is None and rows:
            has_ids = self.folder.has_manifest_ids
        return [summary_of(row, self._config_digest if has_ids else None) for row in rows]

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        return 0

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        found = self.inspect(name)
        image = self._direct(found, platform) or self._streamed(found, platform, progress)
        if platform is not None and not image.platform.fits(platform):
            raise NotFound(
                tr(
                    "{name} is for {platform}; {title} has none for {platform2}",
                    name=name,
                    platform=image.platform,
                    title=self._client.title,
                    platform2=platform,
                )
            )
        return _stated(image, found)

    def inspect(self, name: str) -> InspectedImage:
        """What the daemon says of the image that a user's word means. Raises UsageError, NotFound, Ambiguous, Damaged as `open` does."""
        is_digest = DIGEST_WORD.fullmatch(name) is not None
        if not is_digest:
            Reference.parse(name)
        if "@" not in name and (not is_digest or _is_whole(name)):
            with suppress(NotFound):
                return self._inspected(name, name)
        if is_digest or "@" in name:
            # A daemon takes shorter prefixes than we do, does not say which images fit, and may not know an image by its config.
            found = find_image(self.list(), name, self._client.title, self._client.endpoint.name)
            return self._inspected(str(found.engine_id or found.id), name)
        raise not_there(name, self._client.title, self._client.endpoint.name)

    def _inspected(self, asked: str, name: str) -> InspectedImage:
        return inspected(get_json(self._client, f"/images/{asked}/json", name))

    def diff_ids(self, image: ImageSummary) -> tuple[str, ...]:
        """See StepLookup."""
        return self._inspected(str(image.engine_id or image.id), str(image.id)).diff_ids

    def commands(self, image: ImageSummary) -> tuple[str, ...]:
        """See StepLookup."""
        return tuple(str(row.get("CreatedBy") or "") for row in self._steps(str(image.engine_id or image.id)))

    def step_ids(self, image_id: Digest) -> tuple[Digest | None, ...]:
        """See StepImages."""
        try:
            rows = self._steps(image_id)
        except NotFound:  # it may have it by its manifest's digest alone
            found = find_image(self.list(), image_id, self._client.title, self._client.endpoint.name)
            rows = self._steps(found.engine_id or found.id)
        return tuple(step_id(row) for row in rows)

    def _steps(self, asked: str) -> Sequence[Row]:
        """What the daemon says of each step of an image's history, the oldest first."""
        return rows_of(get_json(self._client, f"/images/{asked}/history", asked))[::-1]

    def direct(self, name: str) -> Image | None:
        """The image as `open` gives it, where that needs no streaming. Raises as `open`."""
        found = self.inspect(name)
        image = self._direct(found, None)
        return None if image is None else _stated(image, found)

    def image_id(self, engine_id: Digest) -> Digest:
        """The digest of the config, as far as it is known, of an image that the daemon has under this ID."""
        if not self.folder.has_manifest_ids:
            return engine_id
        return self._config_digest(engine_id) or engine_id

    def keep_manifest(self, manifest: bytes, config: bytes) -> None:
        """Keep documents of an image that the daemon may have by its manifest's digest."""
        self._kept.keep(digest_of(manifest), manifest, config)

    def _config_digest(self, engine_id: Digest) -> Digest | None:
        store = self.folder.content_store
        found = store.config_digest(engine_id) if store is not None else None
        if found is None and (kept := self._kept.find(engine_id)) is not None:
            found = kept.image_id
        return found

    def _direct(self, found: InspectedImage, platform: Platform | None) -> Image | None:
        """The image from the daemon's own files, where they can be read."""
        kept = self._kept.find(found.engine_id)
        image = self.folder.image(found, platform, kept.manifest if kept is not None else None)
        if image is not None and kept is None and image.id == found.engine_id:
            self._kept.keep_image(found.engine_id, image)
        return image

    def _streamed(self, found: InspectedImage, platform: Platform | None, progress: Progress) -> Image:
        """The image as the API gives it: from what is kept, or streamed now."""
        from layertui.core.engines.daemon.images.streamed_blobs import StreamedBlobs, StreamedImage

        manifest_ids = self.folder.has_manifest_ids
        wanted = platform if manifest_ids else None
        streamed = StreamedImage(
            self._client, found.engine_id, wanted, self._settings.spool, self._catalog, manifest_ids
        )
        kept = self._kept.find(found.engine_id, wanted)
        blobs = self._blobs.get((found.engine_id, wanted))
        if blobs is None:
            blobs = StreamedBlobs(streamed, kept.by_digest() if kept is not None else {})
            self._blobs[found.engine_id, wanted] = blobs
        if kept is not None and self._is_known(kept):
            return kept.image(blobs)
        image = blobs.fetched(progress)
        self._kept.keep_image(found.engine_id, image, wanted)
        return replace(image, blobs=blobs)

    def _is_known(self, kept: Documents) -> bool:
        """Whether there is a table of each layer, so that nothing of it needs to be read."""
        catalog = self._catalog()
        return all(catalog.has_table(diff_id) for diff_id in kept.diff_ids)


def _stated(image: Image, found: InspectedImage) -> Image:
    """An image with what the daemon says of it. Its manifest is the daemon's if that knows its digest, or has it by a manifest's."""
    known = {text.rpartition("@")[2] for text in found.digests}
    made = image.id == found.engine_id and image.digest not in known
    return replace(image, names=found.names, stated_digests=found.digests, manifest_is_made=made)


def _is_whole(word: str) -> bool:
    """Whether a word is a whole sha256 digest, not the beginning of one."""
    return len(word.removeprefix("sha256:")) == _DIGITS
