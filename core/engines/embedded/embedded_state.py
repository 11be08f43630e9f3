"""What all verbs of the embedded engine's containers stand on: records, images, layers unpacked, a runtime, the journal.

Who lists containers is not to wait for what starts them, and who starts one not for numpy, which only looking inside layers
needs: so each verb, here and in the files above, imports its own rooms.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import Container, require
from layertui.core.containers.model.id_ranges import ids
from layertui.core.containers.records.records import PAUSED, Records
from layertui.core.errors import LayertuiError, misplaced
from layertui.core.ownership import refusal
from layertui.core.settings import Settings

if TYPE_CHECKING:
    from layertui.core.containers.model.process_identity import Process
    from layertui.core.containers.rootfs.container_root import Root
    from layertui.core.containers.rootfs.mounted_root import Mounted
    from layertui.core.containers.rootfs.sidecar import Sidecar
    from layertui.core.containers.rootfs.stopped_root import StoppedRoot
    from layertui.core.containers.rootfs.writable_layer import OwnLayer
    from layertui.core.containers.runtimes.runtime import Runtime
    from layertui.core.containers.storage.unpacked_layers import Unpacked
    from layertui.core.containers.storage.volumes import Volumes
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress
    from layertui.core.storage.event_journal import Journal
    from layertui.core.store.store_layout import Store


class Ground:
    """Containers on this machine: what each is, and what it is made of."""

    def __init__(
        self, settings: Settings, store: Callable[[], Store], catalog: Callable[[], Catalog], journal: Journal
    ) -> None:
        self._settings, self._store, self._catalog, self._journal = settings, store, catalog, journal
        self._records = Records(settings.store / "containers")
        self._held: dict[str, int] = {}

    @cached_property
    def _unpacked(self) -> Unpacked:
        from layertui.core.containers.storage.unpacked_layers import Unpacked

        return Unpacked(self._settings.store / "unpacked", ids())

    @cached_property
    def _volumes(self) -> Volumes:
        from layertui.core.containers.storage.volumes import Volumes

        return Volumes(self._settings.store / "volumes")

    def get(self, name: str) -> Container:
        """By ID, name or unique prefix of an ID."""
        container = self._settled(self._records.find(name))
        return container if container is not None else self._records.find(name)

    def _settled(self, container: Container) -> Container | None:
        """Its end written down, where a crash has kept its shim from doing so; None where it went with that."""
        if not container.lost:
            return container
        from layertui.core.containers.records import lost_containers

        with suppress(LayertuiError, OSError):  # a store that is not ours to write to
            self._go_on(container)
            return lost_containers.settle(self._records, container, self._journal)
        return container

    def _tell(self, container: Container, action: str, **more: str) -> None:
        from layertui.core.containers.records import container_events

        container_events.tell(self._journal, container, action, **more)

    def _go_on(self, container: Container) -> None:
        """What a pause did undone, if there was one."""
        if (self._records.path(container.id) / "run" / PAUSED).exists():
            from layertui.core.containers.lifecycle import pausing

            pausing.resume(self._records, container.id, self._runtime_of(container))

    def _image(self, container: Container) -> Image:
        return self._store().image(container.manifest)

    def _below(self, container: Container, progress: Progress | None) -> Stack:
        return self._catalog().stack(self._image(container).layers, progress)

    def _lowers(self, image: Image, progress: Progress) -> tuple[Path, ...]:
        return self._unpacked.lowers(
            image.layers, lambda number: self._catalog().stack(image.layers, progress).view(number - 1), progress
        )

    def _own_layer(self, container: Container, *, locked: bool) -> OwnLayer:
        """`locked`: the container's lock is held already, by who starts it."""
        from layertui.core.containers.rootfs.writable_layer import OwnLayer

        sidecar = self._sidecar(container)
        if sidecar.upper.is_symlink():
            raise misplaced(sidecar.upper, "folder")

        @cache
        def below() -> View:
            return self._below(container, None).view()

        @contextmanager
        def root() -> Iterator[Root]:
            from layertui.core.containers.rootfs.stopped_root import StoppedRoot

            layers = StoppedRoot(sidecar.upper, below, sidecar)
            if locked:  # what a start makes, mount points for one, lies in the layers
                with layers:
                    yield layers
                return
            # The lock keeps a start away while the layer's folder is written to.
            with self._records.lock(container.id):
                now = self._records.read(container.id)
                require(now, "write to")
                process = self._records.life(container.id).process if now.state.alive else None
                recorded = self._mounted(now, layers, None)
                if process is None:
                    with recorded:
                        yield recorded
                else:
                    from layertui.core.containers.rootfs.live_root import LiveRoot

                    with LiveRoot(process, recorded, sidecar) as live:
                        yield live

        return OwnLayer(sidecar.upper, below, sidecar, root)

    def _sidecar(self, container: Container) -> Sidecar:
        from layertui.core.containers.rootfs.sidecar import Sidecar

        folder = self._records.path(container.id)
        return Sidecar(folder / "owners", folder / "upper", ids())

    def _own_volumes(self, container: Container) -> Sequence[str]:
        """Where its volumes without a name are, which lie in its own layer: those of its image, and those that were asked for."""
        declared = container.image_volumes
        if declared is None:  # a record of an older layertui
            declared = self._image(container).config.config.volumes
        paths = (*declared, *container.options.own_volumes)
        return [path for one in paths if (path := posixpath.normpath(f"/{one.lstrip('/')}")) != "/"]

    def _mounted(self, container: Container, layers: StoppedRoot, process: Process | None) -> Mounted:
        from layertui.core.containers.model.mounts import outside
        from layertui.core.containers.rootfs.mounted_root import Mounted

        options = container.options
        # What a stranger's record says is mounted may be any folder of this machine's.
        theirs = refusal(self._settings.store) is not None
        mounts = () if theirs else tuple(outside(options.mounts, self._settings.store / "volumes"))
        volumes = self._own_volumes(container)
        return Mounted(layers, mounts, volumes=volumes, read_only=options.read_only, process=process)

    def _runtime_of(self, container: Container) -> Runtime:
        from layertui.core.containers.lifecycle import starting

        return self._choose(starting.started_by(self._records, container, self._settings.runtime))

    def _choose(self, wanted: str | None) -> Runtime:
        from layertui.core.containers.runtimes.runtime import choose

        return choose(self._settings.store, wanted)
