"""DaemonObservation: what a daemon's container uses, its namespaces and mounts, as far as they are on this host."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from layertui.core.containers.model.mount_table import MountTable, mounts_of
from layertui.core.engines.daemon.api_json.container_json import is_local
from layertui.core.engines.daemon.api_json.observation_json import layers_of, sample_of
from layertui.core.engines.daemon.api_requests.daemon_requests import get_json

if TYPE_CHECKING:
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.containers.observe.resource_usage import UsageSample
    from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup


class DaemonObservation:
    """See Observation in `container_protocols.py`."""

    def __init__(self, lookup: ContainerLookup) -> None:
        self._lookup = lookup

    def reading(self, name: str) -> UsageSample | None:
        container = self._lookup.get(name)
        if not container.state.alive:
            return None  # Podman would answer nothing, or an error
        query = {"stream": "false", "one-shot": "true"}
        found = get_json(self._lookup.client, f"/containers/{container.id}/stats", "", **query)
        return sample_of(found, time.monotonic()) if isinstance(found, dict) else None

    def namespaces(self, name: str) -> Namespaces:
        from dataclasses import replace

        from layertui.core.containers.observe.namespaces import namespaces

        container = self._lookup.get(name)
        return namespaces(container if is_local(container.pid) else replace(container, pid=0))

    def mounts(self, name: str) -> MountTable:
        found = self._lookup.inspect(name)
        container = self._lookup.container(found)
        if not self._lookup.is_local:
            return MountTable(())
        pid = container.pid if is_local(container.pid) else None
        return MountTable(layers_of(found), mounts_of(pid) if pid else ())
