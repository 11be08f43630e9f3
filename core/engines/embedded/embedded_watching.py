"""A container of the embedded engine watched: its namespaces, mounts and processes, what it takes, what it writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import require
from layertui.core.engines.embedded.embedded_state import Ground
from layertui.core.progress import Progress

if TYPE_CHECKING:
    from layertui.core.containers.model.mount_table import MountTable
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.containers.observe.resource_usage import Reading
    from layertui.core.engines.engine import Processes


class Watching(Ground):
    """Looked at from outside; nothing is changed."""

    def namespaces(self, name: str) -> Namespaces:
        """Its namespaces beside the host's."""
        from layertui.core.containers.observe.namespaces import namespaces

        return namespaces(self.get(name))

    def mounts(self, name: str) -> MountTable:
        """The folders that its root is made of; and all its mounts, while it runs."""
        from layertui.core.containers.model.mount_table import MountTable, layers_of, mounts_of

        container = self.get(name)
        image = self._image(container)
        upper = self._records.paths(container.id).upper
        layers = layers_of(upper, self._unpacked.places(image.layers), image.chain_ids)
        first = self._records.life(container.id).process if container.state.alive else None
        return MountTable(layers, mounts_of(first.pid) if first is not None else ())

    def processes(self, name: str) -> Processes:
        """What runs in it, oldest first. WrongState where nothing does."""
        from layertui.core.containers.observe.process_list import running

        container = self.get(name)
        require(container, "look into")
        first = self._records.life(container.id).process
        return running(first) if first is not None else []

    def reading(self, name: str) -> Reading | None:
        """What it takes of the machine, as counters; None where it does not run."""
        from layertui.core.containers.observe.resource_usage import reading

        container = self.get(name)
        first = self._records.life(container.id).process if container.state.alive else None
        return reading(container.id, first) if first is not None else None

    def logs(
        self, name: str, *, follow: bool = False, tail: int | None = None, progress: Progress | None = None
    ) -> Iterator[LogLine]:
        """What it wrote, the last `tail` lines; with `follow`, until it ends."""
        from layertui.core.containers.observe.container_logs import read_log

        container = self.get(name)
        running = (lambda: self._records.life(container.id).state.alive) if follow else None
        return read_log(self._records.paths(container.id).log, tail=tail, running=running, progress=progress)

    def changes(self, name: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        """What changes here, as it changes: `life` of anything, and of this one `logs` and `layer`."""
        from layertui.core.engines.embedded.store_changes import changes

        folder = self._records.path(self.get(name).id) if name is not None else None
        return changes(self._journal.folder, folder, progress)
