"""EmbeddedState: what the parts of the embedded engine share: records, images, unpacked layers, a runtime, the event journal.

Imports stand inside the methods that need them: looking at images must not load what containers are made of, listing containers not
what starts them, and starting one not numpy, which only looking inside layers needs.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.errors import LayertuiError, misplaced
from layertui.core.ownership import refusal
from layertui.core.settings import Settings
from layertui.core.store_paths import StorePaths

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container
    from layertui.core.containers.model.process_identity import Process
    from layertui.core.containers.records.records import Records
    from layertui.core.containers.rootfs.container_root import Root
    from layertui.core.containers.rootfs.mounted_root import MountedRoot
    from layertui.core.containers.rootfs.sidecar import Sidecar
    from layertui.core.containers.rootfs.stopped_root import StoppedRoot
    from layertui.core.containers.rootfs.writable_layer import UpperLayer
    from layertui.core.containers.runtimes.runtime import Runtime
    from layertui.core.containers.storage.unpacked_layers import UnpackedLayers
    from layertui.core.containers.storage.volumes import Volumes
    from layertui.core.images.image import Image
    from layertui.core.layers.cache.catalog import Catalog
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress
    from layertui.core.storage.event_journal import EventJournal
    from layertui.core.store.store_layout import Store


class EmbeddedState:
    """Containers on this machine: their records, and what each is made of. Passed to every part of the engine."""

    def __init__(
        self, settings: Settings, store: Callable[[], Store], catalog: Callable[[], Catalog], journal: EventJournal
    ) -> None:
        self.settings, self.store, self.catalog, self.journal = settings, store, catalog, journal

    @cached_property
    def records(self) -> Records:
        from layertui.core.containers.records.records import Records

        return Records(StorePaths(self.settings.store).containers)

    @cached_property
    def unpacked(self) -> UnpackedLayers:
        from layertui.core.containers.model.id_ranges import ids
        from layertui.core.containers.storage.unpacked_layers import UnpackedLayers

        return UnpackedLayers(StorePaths(self.settings.store).unpacked, ids())

    @cached_property
    def volumes(self) -> Volumes:
        from layertui.core.containers.storage.volumes import Volumes

        return Volumes(StorePaths(self.settings.store).volumes)

    def list(self) -> Sequence[Container]:
        """Every container, the newest first."""
        return [one for found in self.records.list() if (one := self.with_end_recorded(found)) is not None]

    def get(self, name: str) -> Container:
        """By ID, name or unique prefix of an ID."""
        container = self.with_end_recorded(self.records.find(name))
        return container if container is not None else self.records.find(name)

    def with_end_recorded(self, container: Container) -> Container | None:
        """The container, its end recorded where a crash has kept its shim from doing so; None where it was removed with its end."""
        if not container.lost:
            return container
        from layertui.core.containers.records import lost_containers

        with suppress(LayertuiError, OSError):  # a store that is not ours to write to
            self.undo_pause(container)
            return lost_containers.record_lost_end(self.records, container, self.journal)
        return container

    def record_event(self, container: Container, action: str, **more: str) -> None:
        """Write an event about it into the journal, with further attributes."""
        from layertui.core.containers.records import container_events

        container_events.record_event(self.journal, container, action, **more)

    def undo_pause(self, container: Container) -> None:
        """Let its processes continue, if they are paused."""
        from layertui.core.containers.records.life_record import PAUSED

        if (self.records.paths(container.id).run / PAUSED).exists():
            from layertui.core.containers.lifecycle import pausing

            pausing.resume(self.records, container.id, self.runtime_of(container))

    def image(self, container: Container) -> Image:
        """The image that a container was made of, whether or not it still has a name."""
        assert container.manifest is not None  # each of our records has one
        return self.store().image(container.manifest)

    def image_stack(self, container: Container, progress: Progress | None) -> Stack:
        """The layers of its image, without its own."""
        return self.catalog().stack(self.image(container).layers, progress)

    def lower_dirs(self, image: Image, progress: Progress) -> tuple[Path, ...]:
        """The folders of an image's layers, the topmost first; each is unpacked unless it is there."""
        return self.unpacked.lowers(
            image.layers, lambda number: self.catalog().stack(image.layers, progress).view(number - 1), progress
        )

    def writable_layer(self, container: Container, *, locked: bool) -> UpperLayer:
        """Its writable layer; `locked`: the container's lock is held already, by the start of it."""
        from layertui.core.containers.model.container import require
        from layertui.core.containers.rootfs.writable_layer import UpperLayer

        sidecar = self.sidecar(container)
        if sidecar.upper.is_symlink():
            raise misplaced(sidecar.upper, "folder")

        @cache
        def below() -> View:
            return self.image_stack(container, None).view()

        @contextmanager
        def root() -> Iterator[Root]:
            from layertui.core.containers.rootfs.stopped_root import StoppedRoot

            layers = StoppedRoot(sidecar.upper, below, sidecar)
            if locked:  # what a start makes, such as mount points, is in the layers
                with layers:
                    yield layers
                return
            # The lock keeps a start away while the layer's folder is written to.
            with self.records.lock(container.id):
                now = self.records.read(container.id)
                require(now, "write to")
                process = self.records.life(container.id).process if now.state.alive else None
                recorded = self.root_with_mounts(now, layers, None)
                if process is None:
                    with recorded:
                        yield recorded
                else:
                    from layertui.core.containers.rootfs.live_root import LiveRoot

                    with LiveRoot(process, recorded, sidecar) as live:
                        yield live

        return UpperLayer(sidecar.upper, below, sidecar, root)

    def sidecar(self, container: Container) -> Sidecar:
        from layertui.core.containers.model.id_ranges import ids
        from layertui.core.containers.rootfs.sidecar import Sidecar

        paths = self.records.paths(container.id)
        return Sidecar(paths.owners, paths.upper, ids())

    def unnamed_volumes(self, container: Container) -> Sequence[str]:
        """The paths of its volumes without a name, whose files are in its writable layer: the image's, and those that `create` was given."""
        declared = container.image_volumes
        if declared is None:  # a record of an older layertui
            declared = self.image(container).config.config.volumes
        paths = (*declared, *container.options.own_volumes)
        return [path for one in paths if (path := posixpath.normpath(f"/{one.lstrip('/')}")) != "/"]

    def root_with_mounts(self, container: Container, layers: StoppedRoot, process: Process | None) -> MountedRoot:
        from layertui.core.containers.model.mounts import with_volume_folders
        from layertui.core.containers.rootfs.mounted_root import MountedRoot

        options = container.options
        # A record that another user wrote may name any folder of this machine as mounted.
        theirs = refusal(self.settings.store) is not None
        mounts = () if theirs else tuple(with_volume_folders(options.mounts, StorePaths(self.settings.store).volumes))
        volumes = self.unnamed_volumes(container)
        return MountedRoot(layers, mounts, volumes=volumes, read_only=options.read_only, process=process)

    def runtime_of(self, container: Container) -> Runtime:
        from layertui.core.containers.lifecycle import starting

        return self.choose(starting.started_by(self.records, container, self.settings.runtime))

    def choose(self, wanted: str | None) -> Runtime:
        from layertui.core.containers.runtimes.runtime import choose

        return choose(self.settings.store, wanted)
