"""DaemonContainers: the containers of Docker Engine or Podman: which there are, new ones, and the parts that do something with one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import require
from layertui.core.containers.model.process_identity import signal_number
from layertui.core.engines.daemon.api_json.json_values import text
from layertui.core.errors import Ambiguous, Conflict, LayertuiError, NotFound, Unreachable, UsageError
from layertui.core.language.texts import tr
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from layertui.core.containers.model.container import Container, CreateOptions
    from layertui.core.containers.storage.volumes import PreservedVolume
    from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup
    from layertui.core.engines.daemon.containers.daemon_lifecycle import DaemonLifecycle
    from layertui.core.engines.daemon.containers.daemon_observation import DaemonObservation
    from layertui.core.engines.daemon.containers.daemon_output import DaemonOutput
    from layertui.core.engines.daemon.containers.daemon_processes import DaemonProcesses
    from layertui.core.engines.daemon.images.daemon_images import DaemonImages
    from layertui.core.engines.file_protocols import ContainerFiles
    from layertui.core.engines.image_protocols import ImageSink
    from layertui.core.images.image import Image
    from layertui.core.progress import Progress

_ANONYMOUS = re.compile(r"[0-9a-f]{64}")


class DaemonContainers:
    """See Containers in `container_protocols.py`. Parts are made when first asked for."""

    survey = None

    def __init__(
        self,
        lookup: ContainerLookup,
        images: DaemonImages,
        sink: ImageSink | None,
        files: Callable[[DaemonContainers], ContainerFiles] | None = None,
    ) -> None:
        """An image that the daemon lacks is put into `sink` before a container is made of it; `files` makes that part."""
        self._lookup, self._images, self._sink, self._files = lookup, images, sink, files
        self._client = lookup.client

    @cached_property
    def files(self) -> ContainerFiles | None:
        return self._files(self) if self._files is not None else None

    @cached_property
    def lifecycle(self) -> DaemonLifecycle:
        from layertui.core.engines.daemon.containers.daemon_lifecycle import DaemonLifecycle

        return DaemonLifecycle(self._lookup)

    @cached_property
    def processes(self) -> DaemonProcesses:
        from layertui.core.engines.daemon.containers.daemon_processes import DaemonProcesses

        return DaemonProcesses(self._lookup, self.lifecycle)

    @cached_property
    def output(self) -> DaemonOutput:
        from layertui.core.engines.daemon.containers.daemon_output import DaemonOutput

        return DaemonOutput(self._lookup)

    @cached_property
    def observation(self) -> DaemonObservation:
        from layertui.core.engines.daemon.containers.daemon_observation import DaemonObservation

        return DaemonObservation(self._lookup)

    def list(self) -> Sequence[Container]:
        return self._lookup.list()

    def get(self, name: str) -> Container:
        return self._lookup.get(name)

    def image(self, container: Container) -> Image:
        return self._images.open(str(container.image_id), None, quiet())

    def create(self, image: Image, named: str, options: CreateOptions, progress: Progress | None = None) -> Container:
        from layertui.core.containers.model.container_names import checked
        from layertui.core.containers.model.mounts import checked as checked_mounts
        from layertui.core.containers.model.mounts import require_source
        from layertui.core.containers.model.run_config import command_of, require_absolute
        from layertui.core.containers.runtimes.isolation.capabilities import granted
        from layertui.core.engines.daemon.api_json.create_body import create_body
        from layertui.core.engines.daemon.api_requests.daemon_requests import post_json
        from layertui.core.engines.daemon.containers.daemon_lifecycle import GRACE

        command_of(image.config.config, options)
        require_absolute(options.working_dir)
        if options.stop_signal:
            signal_number(options.stop_signal)
        granted(options.cap_add, options.cap_drop)
        for mount in checked_mounts(options.mounts):
            if self._lookup.is_local:
                require_source(mount)
        name = checked(options.name) if options.name else None
        known = self._known_as(image, named, progress or quiet())
        body, query = create_body(known, options, attached=options.input_once), {"name": name} if name else {}
        if self._client.endpoint.kind == "podman":
            body.setdefault("StopTimeout", GRACE)  # else Podman 4 takes it for none at all
        made = post_json(
            self._client, "/containers/create", tr("cannot create a container of {named}", named=named), body, **query
        )
        if not (made_id := text(made, "Id")):
            raise Unreachable(
                tr("{title} made a container of {named} and did not give its ID", title=self._client.title, named=named)
            )
        return self._lookup.get(made_id)

    def _known_as(self, image: Image, named: str, progress: Progress) -> str:
        """By what the daemon knows the image: as the user named it, where that is this image; else by its ID."""
        if self._engine_id(named, image) is not None:
            return named
        if (known := self._engine_id(str(image.id), image)) is None:
            if self._sink is None:
                raise NotFound(tr("{title} does not have the image {named}", title=self._client.title, named=named))
            self._sink.put(image, (), progress)
            known = self._engine_id(str(image.id), image)
        return known or str(image.id)

    def _engine_id(self, name: str, image: Image) -> str | None:
        """The daemon's ID of what it knows by this name, if that is the image."""
        try:
            found = self._images.inspect(name).engine_id
        except (NotFound, UsageError, Ambiguous):
            return None
        return str(found) if self._images.image_id(found) == image.id else None

    def rename(self, name: str, new: str) -> Container:
        from layertui.core.containers.model.container_names import checked
        from layertui.core.engines.daemon.api_requests.daemon_requests import post

        container, new = self._lookup.get(name), checked(new)
        if new == container.name:  # Docker refuses it with an error of another kind
            raise Conflict(tr("the container name {new} is in use, by this container", new=new))
        try:
            post(self._client, f"/containers/{container.id}/rename", "", name=new)
        except Conflict as error:  # Podman names a constraint of its database
            raise Conflict(tr("the container name {new} is in use", new=new)) from error
        return self._lookup.get(container.id)

    def remove(self, name: str, *, force: bool = False, volumes: bool = False) -> Sequence[PreservedVolume]:
        from layertui.core.containers.storage.volumes import PreservedVolume
        from layertui.core.engines.daemon.api_json.json_values import inner
        from layertui.core.engines.daemon.api_requests.daemon_requests import delete_json

        found = self._lookup.inspect(name)
        container = self._lookup.container(found)
        if not force:
            require(container, "remove")
        elif container.state.alive and self._client.endpoint.kind == "podman":
            # Podman 5 would first ask it to stop, and give it ten seconds.
            with suppress(LayertuiError):
                self.lifecycle.kill(container.id)
        own = container.options.remove  # it goes with what it has written, and may be gone by now
        with suppress(NotFound) if own else nullcontext():
            asked = {"v": int(volumes or own), "force": int(force)}
            delete_json(self._client, f"/containers/{container.id}", "", **asked)
        if volumes or own:
            return []
        # What has no name gets one of 64 digits from the daemon, and is kept. In Podman's answer one given by a user looks the same.
        host = inner(found, "HostConfig")
        named = str((host.get("Binds"), host.get("Mounts"))) if self._client.endpoint.kind == "docker" else ""
        return [
            PreservedVolume(mount.target, mount.source)
            for mount in container.options.mounts
            if mount.kind == "volume" and _ANONYMOUS.fullmatch(mount.source) and mount.source not in named
        ]
