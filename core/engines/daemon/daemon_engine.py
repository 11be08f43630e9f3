"""The engine of one daemon: Docker Engine, Podman, or whatever a docker context names."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from layertui.core.engines.daemon.api_requests.daemon_requests import get_json
from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup
from layertui.core.engines.daemon.containers.daemon_containers import DaemonContainers
from layertui.core.engines.daemon.containers.daemon_events import DaemonEvents
from layertui.core.engines.daemon.containers.daemon_volumes import DaemonVolumes
from layertui.core.engines.daemon.daemon_client import DaemonClient
from layertui.core.engines.daemon.daemon_transfer import DaemonTransfer
from layertui.core.engines.daemon.images.daemon_folder import DaemonFolder
from layertui.core.engines.daemon.images.daemon_images import DaemonImages
from layertui.core.engines.daemon.images.daemon_sink import DaemonSink
from layertui.core.engines.engine import About, Engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.engines.daemon.endpoints import Endpoint
    from layertui.core.engines.daemon.files.daemon_files import DaemonFiles
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.settings import Settings


def daemon_engine(endpoint: Endpoint, settings: Settings, catalog: Callable[[], Catalog]) -> Engine:
    """The engine of the daemon that listens there; it is connected to when it is first asked for something."""
    client = DaemonClient(endpoint)
    images = DaemonImages(client, settings, catalog, DaemonFolder(client))
    lookup = ContainerLookup(client, images.image_id)
    sink = DaemonSink(client, images, settings.spool)
    containers = DaemonContainers(lookup, images, sink, partial(_files, client, images, catalog))
    return Engine(
        endpoint.name,
        images,
        sink,
        containers=containers,
        events=DaemonEvents(lookup),
        volumes=DaemonVolumes(lookup),
        about=About(endpoint.kind, endpoint.address, lambda: version(client)),
        transfer=DaemonTransfer(client, images, settings.clients),
    )


def _files(
    client: DaemonClient, images: DaemonImages, catalog: Callable[[], Catalog], containers: DaemonContainers
) -> DaemonFiles:
    # Imported when first asked for: a list of containers needs nothing that reads layers.
    from layertui.core.engines.daemon.files.daemon_files import DaemonFiles

    return DaemonFiles(client, containers, images, catalog)


def version(client: DaemonClient) -> str:
    """The daemon's own version, such as 20.10.24. Raises Unreachable."""
    found = get_json(client, "/version", "version")
    return str(found.get("Version", "")) if isinstance(found, dict) else ""
