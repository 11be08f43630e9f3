"""DaemonFolder: the files of a daemon on this machine, from which its images are opened where we may read them."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.engines.daemon.api_requests.daemon_requests import get_json
from layertui.core.errors import LayertuiError, StorageError, as_storage_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.engines.daemon.images.image_answers import InspectedImage
    from layertui.core.engines.daemon.local_images.content_store import ContentStore
    from layertui.core.images.image import Image
    from layertui.core.oci.descriptor import Descriptor, Platform
    from layertui.core.oci.digest import Digest

_SNAPSHOTTER = "io.containerd.snapshotter.v1"


class DaemonFolder:
    """Where a daemon says that its data lies.

    That is believed of a daemon whose socket on this machine is root's or ours, and what is read there is found by its digest: another
    machine's daemon may be behind the socket.
    """

    def __init__(self, client: DaemonClient, *, readable: bool = True) -> None:
        """Not `readable`: nothing is read there, whatever is possible."""
        self._client, self._may_read = client, readable

    @cached_property
    def _readable(self) -> bool:
        return self._may_read and self._client.endpoint.is_of(0, os.geteuid())

    @property
    def has_manifest_ids(self) -> bool:
        """Whether it is Docker Engine with the containerd image store, whose IDs are digests of manifests or indexes."""
        return self._client.endpoint.kind == "docker" and self._data_folder[1]

    @cached_property
    def content_store(self) -> ContentStore | None:
        """Containerd's, where Docker Engine uses it and we may read it."""
        from layertui.core.engines.daemon.local_images.content_store import ContentStore

        root = self._data_folder[0]
        return ContentStore.of(root) if root is not None and self._readable and self.has_manifest_ids else None

    def image(self, found: InspectedImage, platform: Platform | None, manifest: bytes | None) -> Image | None:
        """An image from the daemon's own files; None where they cannot be read, or do not have all of it.

        `manifest` is one that was made of them before. Raises Damaged for files that are, NotFound and Ambiguous where none or several
        images are for the platform.
        """
        if not self._readable:  # asked after the first request: before it, Podman's service may not be there
            return None
        with suppress(StorageError), as_storage_error():
            if self._client.endpoint.kind == "podman":
                from layertui.core.engines.daemon.local_images.containers_storage import StorageImages

                if (root := found.root or self._data_folder[0]) is not None:
                    return StorageImages(Path(root), found.driver).image(found.engine_id)
            elif found.root is not None:
                from layertui.core.engines.daemon.local_images.docker_overlay import DRIVER, docker_overlay_image

                if found.driver == DRIVER:
                    return docker_overlay_image(Path(found.root), found.engine_id, found.names, manifest)
            elif self.content_store is not None:
                return self.content_store.image(found.engine_id, found.names, platform)
        return None

    def held(self, blobs: Iterable[Descriptor]) -> set[Digest]:
        """Which of these blobs of layers the daemon has, as far as its files can be read; not for Docker's classic store."""
        if not self._readable:
            return set()
        with suppress(LayertuiError):
            if self._client.endpoint.kind == "podman":
                from layertui.core.engines.daemon.local_images.containers_storage import layer_digests

                root, _ = self._data_folder
                known = layer_digests(root) if root is not None else frozenset()
                return {blob.digest for blob in blobs if blob.digest in known}
            if (store := self.content_store) is not None:
                return {blob.digest for blob in blobs if store.has(blob)}
        return set()

    @cached_property
    def _data_folder(self) -> tuple[Path | None, bool]:
        """The data folder, and whether image IDs are digests of manifests."""
        answer = get_json(self._client, "/info")
        answer = answer if isinstance(answer, dict) else {}
        status = answer.get("DriverStatus")
        manifests = (
            any(_SNAPSHOTTER in row for row in status if isinstance(row, list)) if isinstance(status, list) else False
        )
        root = answer.get("DockerRootDir")
        return (Path(root) if isinstance(root, str) and root.startswith("/") else None), manifests
