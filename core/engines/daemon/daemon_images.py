"""DaemonImages: the images of a daemon, listed and opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.engines.image_values import ImageSummary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.oci.descriptor import Platform
    from layertui.core.progress import Progress
    from layertui.core.settings import Settings


class DaemonImages:
    """See Images in `image_protocols.py`."""

    def __init__(self, client: DaemonClient, settings: Settings, catalog: Callable[[], Catalog]) -> None:
        self._client, self._settings, self._catalog = client, settings, catalog

    def list(self) -> Sequence[ImageSummary]:
        raise NotImplementedError

    def unreadable(self, listed: Sequence[ImageSummary]) -> int:
        raise NotImplementedError

    def open(self, name: str, platform: Platform | None, progress: Progress) -> Image:
        raise NotImplementedError
