"""EmbeddedObservation: a container of the embedded engine observed from outside: its output, namespaces, mounts and resource usage."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from layertui.core.containers.model.mount_table import MountTable
    from layertui.core.containers.model.probe_result import ProbeResult
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.containers.observe.resource_usage import UsageSample
    from layertui.core.engines.embedded.embedded_state import EmbeddedState
    from layertui.core.progress import Progress


class EmbeddedObservation:
    """See ContainerOutput, Observation and RuntimeSurvey in `container_protocols.py`. Nothing is changed."""

    def __init__(self, state: EmbeddedState) -> None:
        self._state = state

    def namespaces(self, name: str) -> Namespaces:
        from layertui.core.containers.observe.namespaces import namespaces

        return namespaces(self._state.get(name))

    def mounts(self, name: str) -> MountTable:
        from layertui.core.containers.model.mount_table import MountTable, mounts_of
        from layertui.core.containers.storage.unpacked_layers import mounted_layers

        container = self._state.get(name)
        image = self._state.image(container)
        upper = self._state.records.path(container.id) / "upper"
        layers = mounted_layers(upper, self._state.unpacked.folders(image.layers), image.chain_ids)
        first = self._state.records.life(container.id).process if container.state.alive else None
        return MountTable(layers, mounts_of(first.pid) if first is not None else ())

    def reading(self, name: str) -> UsageSample | None:
        from layertui.core.containers.observe.resource_usage import reading

        container = self._state.get(name)
        first = self._state.records.life(container.id).process if container.state.alive else None
        return reading(container.id, first) if first is not None else None

    def logs(
        self, name: str, *, follow: bool = False, tail: int | None = None, progress: Progress | None = None
    ) -> Iterator[LogLine]:
        from layertui.core.containers.observe.container_logs import read_log

        container = self._state.get(name)
        running = (lambda: self._state.records.life(container.id).state.alive) if follow else None
        return read_log(self._state.records.path(container.id) / "log", tail=tail, running=running, progress=progress)

    def runtimes(self) -> Sequence[ProbeResult]:
        from layertui.core.containers.runtimes.runtime import probe_all

        return probe_all(self._state.settings.store, self._state.settings.runtime)

    def networks(self) -> Sequence[ProbeResult]:
        from layertui.core.containers.runtimes.runtime import probe_all_networks

        return probe_all_networks(self._state.settings.store, self._state.settings.runtime)
