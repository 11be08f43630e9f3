"""The containers of the embedded engine: what `containers/` can do, with the images of our store."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import STOP_SIGNAL, Container, CreateOptions
from layertui.core.containers.model.process_identity import signal_number
from layertui.core.engines.embedded.embedded_layers import Layers
from layertui.core.engines.embedded.embedded_sessions import Sessions
from layertui.core.engines.embedded.embedded_upkeep import Upkeep
from layertui.core.engines.embedded.embedded_watching import Watching
from layertui.core.errors import Conflict, LayertuiError, NotFound
from layertui.core.oci.timestamps import now

if TYPE_CHECKING:
    from layertui.core.containers.runtimes.runtime import Tried
    from layertui.core.images.image import Image


class EmbeddedContainers(Sessions, Layers, Watching, Upkeep):
    """Containers on this machine: which there are, and new ones."""

    @cached_property
    def unavailable(self) -> str | None:
        """Why no container can be started here; None where one can."""
        try:
            self._choose(self._settings.runtime)
        except LayertuiError as error:
            return str(error)
        return None

    def runtimes(self) -> Sequence[Tried]:
        """What might start a container here, each tried."""
        from layertui.core.containers.runtimes.runtime import survey

        return survey(self._settings.store, self._settings.runtime)

    def networks(self) -> Sequence[Tried]:
        """What might connect a container here, each tried."""
        from layertui.core.containers.runtimes.runtime import survey_networks

        return survey_networks(self._settings.store, self._settings.runtime)

    def list(self) -> Sequence[Container]:
        """Every container, the newest first."""
        return [one for found in self._records.list() if (one := self._settled(found)) is not None]

    def create(self, image: Image, named: str, options: CreateOptions) -> Container:
        """A folder with a writable layer and a record. Nothing runs."""
        from layertui.core.containers.model.mounts import checked, require_source
        from layertui.core.containers.runtimes.isolation.capabilities import granted
        from layertui.core.containers.runtimes.isolation.networks import require_net
        from layertui.core.containers.runtimes.runtime_spec import command_of, require_absolute

        entrypoint, command = command_of(image.config.config, options)
        require_absolute(options.working_dir)
        require_net(options.net, options.ports)
        if options.stop_signal:
            signal_number(options.stop_signal)
        granted(options.cap_add, options.cap_drop)
        for mount in checked(options.mounts):
            require_source(mount)
        with ExitStack() as held:
            # No `gc` now, and the next one knows that the image is needed. Before the lock for volumes: `gc` takes both in this order.
            held.enter_context(self._store().writing())
            self._require_volumes(image, options, held)
            return self._created(image, named, options, (*entrypoint, *command))

    def _require_volumes(self, image: Image, options: CreateOptions, held: ExitStack) -> None:
        """The named volumes that are asked for, each filled with what the image has at its place; none goes while this is `held`."""
        named = [mount for mount in options.mounts if mount.kind == "volume" and mount.source]
        if not named:
            return
        from layertui.core.engines.embedded.populate_volume import fill

        held.enter_context(self._volumes.lock())
        for mount in named:
            if self._volumes.fill(mount.source, lambda folder, at=mount: fill(folder, at, image, self._catalog())):  # type: ignore[misc]
                self._journal.tell("volume", "create", mount.source, {"driver": "local"})

    def _created(self, image: Image, named: str, options: CreateOptions, command: Sequence[str]) -> Container:
        if not self._store().blobs.has(image.digest):
            raise NotFound(f"image {named} was removed meanwhile; load it again")
        container = self._records.create(
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
                self._records.remove(container)
                raise
        self._tell(container, "create")
        return container

    def _make_working_dir(self, container: Container, image: Image) -> None:
        """The folder that `-w` names is there at once, as docker has it: before the start something may be copied into it."""
        from layertui.core.containers.rootfs import lower_dirs
        from layertui.core.containers.runtimes.runtime_spec import working_dir

        path, places = working_dir(image.config.config, container.options), self._unpacked.places(image.layers)
        if all(place.is_dir() for place in places):  # then it need not be looked up in the layers, which takes longer
            found = lower_dirs.find(places, path)
            if found is not None and found.is_dir():
                return
        try:
            with self._records.lock(container.id):
                self._own_layer(container, locked=True).mkdir(path, parents=True)
        except Conflict as error:
            raise Conflict(f"the working folder {path} is no folder") from error
