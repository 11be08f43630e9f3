"""The life of a container of the embedded engine: from its start to its removal, each deed told to the journal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import Container, State, require
from layertui.core.containers.model.process_identity import signal_number
from layertui.core.containers.records.records import Records
from layertui.core.engines.embedded.embedded_state import Ground
from layertui.core.errors import Conflict, LayertuiError
from layertui.core.progress import Progress, quiet

if TYPE_CHECKING:
    from layertui.core.containers.model.session import Client
    from layertui.core.containers.runtimes.runtime import Runtime
    from layertui.core.containers.runtimes.shim_process import Shim
    from layertui.core.containers.storage.volumes import Kept


class Life(Ground):
    """Started, stopped, paused, renamed, removed."""

    def start(self, name: str, progress: Progress | None = None) -> Container:
        """Its process, in namespaces of its own; nothing where it runs already."""
        from layertui.core.containers.model.session import NOBODY

        container = self.get(name)
        self._start(container, progress, NOBODY)
        with suppress(LayertuiError):
            return self._records.read(container.id)
        return container  # it has ended and is removed already

    def _start(self, container: Container, progress: Progress | None, client: Client) -> bool:
        """Whether it did not run before; then `client` is attached from the first byte on."""
        from layertui.core.containers.runtimes.shim_process import Shim

        with Shim(self._records.paths(container.id).run, client) as shim:
            return self._started(container, progress, shim)

    def _started(self, container: Container, progress: Progress | None, shim: Shim) -> bool:
        from layertui.core.containers.lifecycle import ending, starting

        if self._settings.log_size is not None:
            from layertui.core.containers.model.mounts import bytes_of
            from layertui.core.containers.model.resource_limits import LogLimit

            self._records.log_limit = LogLimit.within(bytes_of(self._settings.log_size))
        if self._settings.pids_limit is not None:
            self._records.pids_limit = self._settings.pids_limit
        runtime = self._choose(self._settings.runtime)
        image = self._image(container)
        lower_dirs = self._lowers(image, progress or quiet())
        try:
            with self._records.lock(container.id):
                container = self._records.read(container.id)
                require(container, "start")
                begins = container.state is not State.RUNNING
                if begins:
                    self._go_on(container)  # it may have died while it was paused
                    if container.options.remove:
                        self._held[container.id] = ending.hold(self._records, container.id)
                    starting.start(
                        self._records,
                        container,
                        image.config.config,
                        lower_dirs,
                        runtime,
                        partial(self._own_layer, container, locked=True),
                        shim,
                    )
        except LayertuiError:
            # A container that is removed at its end has come to it, as docker has it.
            if self._let_go(container.id):
                with suppress(LayertuiError):
                    self.remove(container.id)
            raise
        return begins

    def stop(self, name: str, grace: float | None = None) -> Container:
        """The stop signal, and SIGKILL after `grace` seconds, by default its own; nothing where it does not run."""
        from layertui.core.containers.lifecycle import ending

        container = self.get(name)
        if container.state.alive:
            ending.stop(self._records, container, grace, lambda: self._go_on(container))
            self._tell(container, "stop")
        with suppress(LayertuiError):
            return self._records.read(container.id)
        return container

    def kill(self, name: str, signal: str = "KILL") -> None:
        """A signal to its first process."""
        from layertui.core.containers.lifecycle import ending

        container = self.get(name)
        ending.send(self._records, container, signal, lambda: self._go_on(container))
        self._tell(container, "kill", signal=str(signal_number(signal)))

    def pause(self, name: str) -> Container:
        """Every process of it stands still."""
        from layertui.core.containers.lifecycle import pausing

        return self._paused(name, "pause", pausing.pause)

    def unpause(self, name: str) -> Container:
        """They go on."""
        from layertui.core.containers.lifecycle import pausing

        return self._paused(name, "unpause", pausing.unpause)

    def _paused(self, name: str, verb: str, do: Callable[[Records, Container, Runtime], None]) -> Container:
        container = self.get(name)
        require(container, verb)
        do(self._records, container, self._runtime_of(container))
        self._tell(container, verb)
        return self._records.read(container.id)

    def restart(self, name: str, grace: float | None = None, progress: Progress | None = None) -> Container:
        """Stopped if it runs, and started again."""
        started = self.start(self.stop(name, grace).id, progress)
        self._tell(started, "restart")
        return started

    def rename(self, name: str, new: str) -> Container:
        """Another name, whatever state it is in. Conflict where that one is taken."""
        container = self.get(name)
        self._records.rename(container, new)
        renamed = self._records.read(container.id)
        if renamed.state.alive:
            from layertui.core.containers.records import container_events

            container_events.lay_ready(self._records.paths(container.id).run, renamed)
        self._tell(renamed, "rename", oldName=container.name)
        return renamed

    def wait(self, name: str, progress: Progress | None = None) -> int:
        """The exit code, once there is one."""
        from layertui.core.containers.lifecycle import ending

        container = self.get(name)
        code = ending.wait(self._records, container, progress or quiet())
        self._let_go(container.id)
        return code

    def _let_go(self, container_id: str) -> bool:
        """No longer keep a container that is to be removed; whether we did."""
        from layertui.core.containers.lifecycle import ending

        fd = self._held.pop(container_id, None)
        if fd is not None:
            ending.let_go(fd, self._records.life(container_id).shim)
        return fd is not None

    def remove(self, name: str, *, force: bool = False, volumes: bool = False) -> Sequence[Kept]:
        """The container and its layer; a running one only with `force`.

        What lies in its volumes without a name is kept in one that has a name, as by docker, which gives them all names; with
        `volumes`, or where the container was to go at its end, it goes too.
        """
        from layertui.core.containers.lifecycle import ending

        container = self.get(name)
        kept: list[Kept] = []

        def keep() -> None:
            if not volumes and not container.options.remove:
                kept.extend(self._kept(container))

        ending.remove(self._records, container, lambda: self._go_on(container), keep, force=force)
        self._tell(container, "destroy")
        return kept

    def _kept(self, container: Container) -> Iterator[Kept]:
        """Each volume without a name in which the container has put something, as a volume with one."""
        from layertui.core.containers.rootfs import lower_dirs
        from layertui.core.containers.storage.volumes import Kept, holds_something

        named = [mount.target for mount in container.options.mounts if mount.source]
        declared: tuple[str, ...] = ()
        upper = self._records.paths(container.id).upper
        roots = [upper]
        with suppress(LayertuiError):  # an image that cannot be read any more keeps no container from going
            image = self._image(container)
            declared = tuple(f"/{path.strip('/')}" for path in image.config.config.volumes)
            roots += self._unpacked.places(image.layers)
        for path in dict.fromkeys((*declared, *container.options.own_volumes)):
            if path not in named and holds_something(upper, lower_dirs.real(roots, path) or path):
                try:
                    yield Kept(path, self._with_a_name(container, path))
                except LayertuiError as error:
                    raise Conflict(f"what lies in {path} cannot be kept: {error}; `rm -v` lets it go") from error

    def _with_a_name(self, container: Container, path: str) -> str:
        """A new volume's name, in which lies what a container sees at a path."""
        from layertui.core.engines.embedded.populate_volume import put_in
        from layertui.core.layers.stack.timeline import Laid

        own, name = self._own_layer(container, locked=True), os.urandom(32).hex()
        view = self._below(container, None).with_layer(Laid(own.table(), own)).view()
        with self._volumes.lock():
            self._volumes.fill(name, lambda folder: put_in(folder, view, path))
        self._journal.tell("volume", "create", name, {"driver": "local"})
        return name
