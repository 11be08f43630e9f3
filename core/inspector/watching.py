"""What goes on in a container and around it: its logs, its processes, what it takes, what is done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layertui.core.inspector.ground import Ground

if TYPE_CHECKING:
    from collections.abc import Iterator

    from layertui.core.containers.model.mount_table import MountTable
    from layertui.core.containers.observe.container_logs import LogLine
    from layertui.core.containers.observe.namespaces import Namespaces
    from layertui.core.containers.observe.process_list import Running
    from layertui.core.containers.observe.resource_usage import Reading
    from layertui.core.progress import Progress
    from layertui.core.storage.event_journal import Event


class Watching(Ground):
    """Looks on; nothing is changed."""

    def logs(
        self, name: str, *, follow: bool = False, tail: int | None = None, progress: Progress | None = None
    ) -> Iterator[LogLine]:
        """What the container has written, line by line; with `follow`, until it ends."""
        return self._containers.logs(name, follow=follow, tail=tail, progress=progress)

    def namespaces(self, name: str) -> Namespaces:
        """The container's namespaces beside the host's; none before it has been started."""
        return self._containers.namespaces(name)

    def mounts(self, name: str) -> MountTable:
        """The folders of the host that a container's root is made of; and all its mounts, while it runs."""
        return self._containers.mounts(name)

    def processes(self, name: str) -> list[Running]:
        """What runs in a container, oldest first. WrongState where nothing does."""
        return self._containers.processes(name)

    def reading(self, name: str) -> Reading | None:
        """What a container takes of the machine, as counters of this moment; None where it does not run."""
        return self._containers.reading(name)

    def changes(self, name: str | None, progress: Progress) -> Iterator[frozenset[str]]:
        """What changes in the place, each time something has, until `progress` is cancelled.

        `life`: something was done to an image or a container. Of the container named: `logs`, `layer`.
        """
        return self._containers.changes(name, progress)

    def events(self, *, past: bool, follow: bool, progress: Progress | None = None) -> Iterator[Event] | None:
        """What was done to containers and images: until now, and with `follow` what comes; None where nobody keeps it."""
        events = self.engine.events
        return events.events(past=past, follow=follow, progress=progress) if events is not None else None
