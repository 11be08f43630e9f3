"""EmbeddedContainers: the containers of the embedded engine: which there are, new ones, and the parts that do something with one."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING

from layertui.core.errors import Conflict, NotFound
from layertui.core.language.texts import tr
from layertui.core.oci.timestamps import now
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from pathlib import Path

    from layertui.core.containers.model.container import Container, CreateOptions
    from layertui.core.containers.model.mounts import Mount
    from layertui.core.containers.storage.volumes import PreservedVolume
    from layertui.core.engines.embedded.embedded_files import EmbeddedFiles
    from layertui.core.engines.embedded.embedded_lifecycle import EmbeddedLifecycle
    from layertui.core.engines.embedded.embedded_observation import EmbeddedObservation
    from layertui.core.engines.embedded.embedded_processes import EmbeddedProcesses
    from layertui.core.engines.embedded.embedded_state import EmbeddedState
    from layertui.core.engines.image_protocols import ImageSink
    from layertui.core.images.image import Image
    from layertui.core.progress import Progress


class EmbeddedContainers:
    """See Containers in `container_protocols.py`. Parts are made when first asked for: a list of containers imports none of them."""

    def __init__(self, state: EmbeddedState, sink: ImageSink) -> None:
        self._state, self._sink = state, sink

    @cached_property
    def lifecycle(self) -> EmbeddedLifecycle:
        from layertui.core.engines.embedded.embedded_lifecycle import EmbeddedLifecycle

        return EmbeddedLifecycle(self._state)

    @cached_property
    def processes(self) -> EmbeddedProcesses:
        from layertui.core.engines.embedded.embedded_processes import EmbeddedProcesses

        return EmbeddedProcesses(self._state, self.lifecycle)

    @cached_property
    def observation(self) -> EmbeddedObservation:
        from layertui.core.engines.embedded.embedded_observation import EmbeddedObservation

        return EmbeddedObservation(self._state)

    @property
    def output(self) -> EmbeddedObservation:
        return self.observation

    @property
    def survey(self) -> EmbeddedObservation:
        return self.observation

    @cached_property
    def files(self) -> EmbeddedFiles:
        from layertui.core.engines.embedded.embedded_files import EmbeddedFiles

        return EmbeddedFiles(self._state, self.lifecycle)

    def list(self) -> Sequence[Container]:
        return self._state.list()

    def get(self, name: str) -> Container:
        return self._state.get(name)

    def image(self, container: Container) -> Image:
        return self._state.image(container)

    def rename(self, name: str, new: str) -> Container:
        container = self._state.get(name)
        self._state.records.rename(container, new)
        renamed = self._state.records.read(container.id)
        if renamed.state.alive:
            from layertui.core.containers.records import container_events

            container_events.prepare_events(self._state.records.path(container.id) / "run", renamed)
        self._state.record_event(renamed, "rename", oldName=container.name)
        return renamed

    def remove(self, name: str, *, force: bool = False, volumes: bool = False) -> Sequence[PreservedVolume]:
        from layertui.core.engines.embedded.remove_container import remove_container

        return remove_container(self._state, self._state.get(name), force=force, volumes=volumes)

    def create(self, image: Image, named: str, options: CreateOptions, progress: Progress | None = None) -> Container:
        from layertui.core.containers.model.mounts import checked, require_source
        from layertui.core.containers.model.process_identity import signal_number
        from layertui.core.containers.model.run_config import command_of, require_absolute
        from layertui.core.containers.runtimes.isolation.capabilities import granted
        from layertui.core.containers.runtimes.isolation.networks import require_net

        entrypoint, command = command_of(image.config.config, options)
        require_absolute(options.working_dir)
        require_net(options.net, options.ports)
        if options.stop_signal:
            signal_number(options.stop_signal)
        granted(options.cap_add, options.cap_drop)
        for mount in checked(options.mounts):
            require_source(mount)
        if not self._state.store().blobs.has(image.digest):
            image = self._sink.put(image, (), progress or quiet()).image
        with ExitStack() as held:
            # No `gc` now, and the next one knows that the image is needed. Before the lock for volumes: `gc` takes both in this order.
            held.enter_context(self._state.store().writing())
            self._require_volumes(image, options, held)
            return self._created(image, named, options, (*entrypoint, *command))

    def _require_volumes(self, image: Image, options: CreateOptions, held: ExitStack) -> None:
        """The named volumes that are asked for, each filled with what the image has at its place; none goes while this is `held`."""
        named = [mount for mount in options.mounts if mount.kind == "volume" and mount.source]
        if not named:
            return
        held.enter_context(self._state.volumes.lock())
        for mount in named:
            if self._state.volumes.fill(mount.source, partial(self._populate, mount, image)):
                self._state.journal.record("volume", "create", mount.source, {"driver": "local"})

    def _populate(self, mount: Mount, image: Image, folder: Path) -> None:
        from layertui.core.engines.embedded.populate_volume import fill

        fill(folder, mount, image, self._state.catalog())

    def _created(self, image: Image, named: str, options: CreateOptions, command: Sequence[str]) -> Container:
        from layertui.core.containers.model.container import STOP_SIGNAL

        if not self._state.store().blobs.has(image.digest):
            raise NotFound(tr("image {named} was removed meanwhile; load it again", named=named))
        container = self._state.records.create(
            options=options,
            image=named,
            image_id=image.id,
            manifest=image.digest,
            command=command,
            created=now(),
            stop_signal=options.stop_signal or image.config.config.stop_signal or STOP_SIGNAL,
            image_volumes=image.config.config.volumes,
        )
        if options.working_dir:
            try:
                self._make_working_dir(container, image)
            except BaseException:
                self._state.records.remove(container)
                raise
        self._state.record_event(container, "create")
        return container

    def _make_working_dir(self, container: Container, image: Image) -> None:
        """The folder that `-w` names is there at once, as docker has it: before the start something may be copied into it."""
        from layertui.core.containers.model.run_config import working_dir
        from layertui.core.containers.rootfs import lower_dirs

        path, folders = working_dir(image.config.config, container.options), self._state.unpacked.folders(image.layers)
        if all(
            folder.is_dir() for folder in folders
        ):  # then it need not be looked up in the layers, which takes longer
            found = lower_dirs.find(folders, path)
            if found is not None and found.is_dir():
                return
        try:
            with self._state.records.lock(container.id):
                self._state.writable_layer(container, locked=True).mkdir(path, parents=True)
        except Conflict as error:
            raise Conflict(tr("the working folder {path} is not a folder", path=path)) from error
