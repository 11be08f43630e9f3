"""DaemonFiles: what a daemon's container sees and has changed: read, listed as changes, committed, exported."""

from __future__ import annotations

import time
from functools import cached_property
from typing import TYPE_CHECKING, Any, BinaryIO

from layertui.core.engines.daemon.files.change_rules import ChangeRules
from layertui.core.engines.daemon.files.container_archive import ContainerArchive
from layertui.core.engines.daemon.files.daemon_layer import DaemonLayer
from layertui.core.engines.daemon.files.overlay_folders import OverlayFolders
from layertui.core.engines.daemon.files.path_lookup import PathLookup, mounts_of
from layertui.core.language.texts import tr
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.containers.observe.layer_diff import DiffLine
    from layertui.core.engines.container_protocols import Containers
    from layertui.core.engines.daemon.daemon_client import DaemonClient
    from layertui.core.engines.daemon.files.daemon_sight import DaemonSight
    from layertui.core.engines.image_protocols import Images
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.oci.reference import Reference
    from layertui.core.progress import Progress

_PATIENCE, _LOOK = 10, 0.05  # seconds


class DaemonFiles:
    """See ContainerFiles in `file_protocols.py`."""

    def __init__(
        self, client: DaemonClient, containers: Containers, images: Images, catalog: Callable[[], Catalog]
    ) -> None:
        self._client, self._containers, self._images, self._catalog = client, containers, images, catalog

    def writable_layer(self, name: str) -> DaemonLayer:
        return self._parts(name).layer

    def own_size(self, name: str) -> int:
        size = self._archive(name).inspect(size=True).get("SizeRw")
        return size if isinstance(size, int) and size >= 0 else 0

    def stack(self, name: str, progress: Progress | None = None) -> Stack:
        return self._parts(name, progress).stack()

    def sight(self, name: str, progress: Progress | None = None) -> DaemonSight:
        from layertui.core.engines.daemon.files.daemon_sight import DaemonSight

        parts = self._parts(name, progress)
        return DaemonSight(parts.archive, parts.paths, parts.stack, progress)

    def diff(self, name: str, progress: Progress | None = None) -> list[DiffLine]:
        """The daemon's own lines, by path: Docker's classic store and Podman sort them, containerd's says them as they come."""
        return sorted(self._archive(name).changes(), key=lambda line: line.path)

    def commit(
        self,
        name: str,
        names: Sequence[Reference] = (),
        *,
        message: str | None = None,
        author: str | None = None,
        changes: Sequence[str] = (),
        pause: bool = True,
        progress: Progress | None = None,
    ) -> Image:
        """Atomic but for the names after the first, which the daemon adds one by one."""
        made = self._archive(name).commit(names, message=message, author=author, changes=changes, pause=pause)
        return self._images.open(made, None, progress or quiet())

    def export(self, name: str, out: BinaryIO, progress: Progress | None = None) -> None:
        progress = progress or quiet()
        progress.begin(tr("writing the tar"))
        self._archive(name).export(out, progress)

    def _archive(self, name: str) -> ContainerArchive:
        container = self._containers.get(name)
        return ContainerArchive(self._client, container.id, container.name)

    def _parts(self, name: str, progress: Progress | None = None) -> _Parts:
        container = self._containers.get(name)

        def image_stack() -> Stack:
            return self._catalog().stack(self._containers.image(container).layers, progress)

        def run(argv: Sequence[str]) -> bool:
            from layertui.core.engines.daemon.files.container_programs import run

            processes = self._containers.processes
            return processes is not None and run(processes, container.id, argv)

        return _Parts(ContainerArchive(self._client, container.id, container.name), image_stack, run)


class _Parts:
    """What is known of one container, found out when it is first needed."""

    def __init__(
        self, archive: ContainerArchive, image_stack: Callable[[], Stack], run: Callable[[Sequence[str]], bool]
    ) -> None:
        self.archive, self._image_stack, self._run = archive, image_stack, run

    @cached_property
    def _inspected(self) -> dict[str, Any]:
        # Podman unmounts the files of a container a moment after that has ended. Until then it may not find them, and may lose what is
        # put there.
        found, end = self.archive.inspect(), time.monotonic() + _PATIENCE
        while _state(found) == "stopped" and time.monotonic() < end:
            time.sleep(_LOOK)
            found = self.archive.inspect()
        return found

    @cached_property
    def _folders(self) -> OverlayFolders | None:
        return OverlayFolders.found(self._inspected, self.archive.client.endpoint)

    @cached_property
    def paths(self) -> PathLookup:
        return PathLookup(self.archive, self._folders, mounts_of(self._inspected))

    @cached_property
    def layer(self) -> DaemonLayer:
        rules = ChangeRules(self._inspected, self.paths, self.archive.client.title)
        return DaemonLayer(self.archive, self.paths, self._folders, rules, self._image_stack, self._run)

    def stack(self) -> Stack:
        from layertui.core.layers.stack.timeline import StackLayer

        return self._image_stack().with_layer(StackLayer(self.layer.table(), self.layer))


def _state(inspected: dict[str, Any]) -> object:
    state = inspected.get("State")
    return state.get("Status") if isinstance(state, dict) else None
