"""DaemonObservation: what a daemon's container uses, its namespaces and mounts, as far as they are on this host."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING

from layertui.core.containers.model.mount_table import MountTable, mounts_of
from layertui.core.engines.daemon.api_json.container_json import is_local
from layertui.core.engines.daemon.api_json.json_values import text, texts
from layertui.core.engines.daemon.api_json.observation_json import layers_of, sample_of
from layertui.core.engines.daemon.api_requests.daemon_requests import get_json
from layertui.core.errors import LayertuiError
from layertui.core.language.texts import tr

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
        sample = sample_of(found, time.monotonic()) if isinstance(found, dict) else None
        # It has a process at least: these figures are of another cgroup, or of none.
        if sample is not None and not sample.pids and self._is_without_cgroups:
            raise LayertuiError(
                tr(
                    "{title} cannot tell what a container uses: it runs without root, and this host has no cgroup v2",
                    title=self._lookup.client.title,
                )
            )
        return sample

    @cached_property
    def _is_without_cgroups(self) -> bool:
        """Whether it runs its containers in no cgroup of their own: a user without root may make none of version 1."""
        said = get_json(self._lookup.client, "/info")
        if not isinstance(said, dict) or text(said, "CgroupVersion") != "1":
            return False
        # Podman says it in a field of its own, and from version 5 as Docker does, too.
        return said.get("Rootless") is True or "name=rootless" in texts(said, "SecurityOptions")

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
