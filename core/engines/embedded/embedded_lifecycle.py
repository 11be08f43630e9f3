"""EmbeddedLifecycle: a container of the embedded engine from its start to its end, each step recorded in the event journal."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import Container, State, require
from layertui.core.containers.model.process_identity import signal_number
from layertui.core.containers.records.records import Records
from layertui.core.engines.embedded.embedded_state import EmbeddedState
from layertui.core.errors import LayertuiError
from layertui.core.progress import Progress, quiet

if TYPE_CHECKING:
    from layertui.core.containers.model.shim_session import Client
    from layertui.core.containers.runtimes.runtime import Runtime
    from layertui.core.containers.runtimes.shim_process import Shim


REMOVAL = 10.0  # seconds


class EmbeddedLifecycle:
    """Started, stopped, paused: see Lifecycle in `container_protocols.py`."""

    def __init__(self, state: EmbeddedState) -> None:
        self._state = state
        self._removal_locks: dict[str, int] = {}
        """By container ID: the lock that keeps a container which is removed at its end until `wait` has read its exit code.

        Held from the start on by the client that is attached, else by `wait` alone.
        """

    @cached_property
    def unavailable(self) -> str | None:
        try:
            self._state.choose(self._state.settings.runtime)
        except LayertuiError as error:
            return str(error)
        return None

    def start(self, name: str, progress: Progress | None = None) -> Container:
        from layertui.core.containers.model.shim_session import NOBODY

        container = self._state.get(name)
        self.start_attached(container, progress, NOBODY)
        self._release(container.id)
        with suppress(LayertuiError):
            return self._state.records.read(container.id)
        return container  # it has ended and is removed already

    def start_attached(self, container: Container, progress: Progress | None, client: Client) -> bool:
        """Start it unless it is running, with `client` attached from the first byte on; whether it was started."""
        from layertui.core.containers.runtimes.shim_process import Shim

        with Shim(self._state.records.path(container.id) / "run", client) as shim:
            return self._started(container, progress, shim)

    def _started(self, container: Container, progress: Progress | None, shim: Shim) -> bool:
        from layertui.core.containers.lifecycle import starting

        if self._state.settings.log_size is not None:
            from layertui.core.containers.model.mounts import bytes_of
            from layertui.core.containers.model.resource_limits import LogLimit

            self._state.records.log_limit = LogLimit.within(bytes_of(self._state.settings.log_size))
        if self._state.settings.pids_limit is not None:
            self._state.records.pids_limit = self._state.settings.pids_limit
        runtime = self._state.choose(self._state.settings.runtime)
        image = self._state.image(container)
        lower_dirs = self._state.lower_dirs(image, progress or quiet())
        try:
            with self._state.records.lock(container.id):
                container = self._state.records.read(container.id)
                require(container, "start")
                begins = container.state is not State.RUNNING
                if begins:
                    self._state.undo_pause(container)  # it may have died while it was paused
                    self._hold(container)
                    starting.start(
                        self._state.records,
                        container,
                        image.config.config,
                        lower_dirs,
                        runtime,
                        partial(self._state.writable_layer, container, locked=True),
                        shim,
                    )
        except LayertuiError:
            # A container that is removed at its end has reached it, as docker has it.
            if self._unlock_removal(container.id):
                from layertui.core.engines.embedded.remove_container import remove_container

                with suppress(LayertuiError):
                    remove_container(self._state, self._state.get(container.id), force=False, volumes=False)
            raise
        return begins

    def stop(self, name: str, grace: float | None = None) -> Container:
        from layertui.core.containers.lifecycle import ending

        container = self._state.get(name)
        self._release(container.id)
        if container.state.alive:
            ending.stop(self._state.records, container, grace, lambda: self._state.undo_pause(container))
            self._state.record_event(container, "stop")
        with suppress(LayertuiError):
            return self._state.records.read(container.id)
        return container

    def kill(self, name: str, signal: str = "KILL") -> None:
        from layertui.core.containers.lifecycle import ending

        container = self._state.get(name)
        ending.send(self._state.records, container, signal, lambda: self._state.undo_pause(container))
        self._state.record_event(container, "kill", signal=str(signal_number(signal)))

    def pause(self, name: str) -> Container:
        from layertui.core.containers.lifecycle import pausing

        return self._paused(name, "pause", pausing.pause)

    def unpause(self, name: str) -> Container:
        from layertui.core.containers.lifecycle import pausing

        return self._paused(name, "unpause", pausing.unpause)

    def _paused(self, name: str, verb: str, do: Callable[[Records, Container, Runtime], None]) -> Container:
        container = self._state.get(name)
        require(container, verb)
        do(self._state.records, container, self._state.runtime_of(container))
        self._state.record_event(container, verb)
        return self._state.records.read(container.id)

    def restart(self, name: str, grace: float | None = None, progress: Progress | None = None) -> Container:
        from layertui.core.containers.lifecycle import ending

        container = self._state.get(name)
        if container.options.remove and container.state.alive:
            ending.keep(self._state.records, container)
        started = self.start(self.stop(container.id, grace).id, progress)
        self._state.record_event(started, "restart")
        return started

    def wait(self, name: str, progress: Progress | None = None) -> int:
        from layertui.core.containers.lifecycle import ending

        container = self._state.get(name)
        self._hold(container)
        try:
            code = ending.wait(self._state.records, container, progress or quiet())
        except BaseException:
            self._release(container.id)
            raise
        self._unlock_removal(container.id)
        return code

    def _hold(self, container: Container) -> None:
        """Keep a container that is removed at its end until its exit code has been read. Raises NotFound, NotOurs."""
        from layertui.core.containers.lifecycle import ending

        if container.options.remove and container.id not in self._removal_locks:
            self._removal_locks[container.id] = ending.lock_removal(self._state.records, container.id)

    def _release(self, container_id: str) -> bool:
        """No longer keep it; whether it was kept."""
        fd = self._removal_locks.pop(container_id, None)
        if fd is not None:
            os.close(fd)
        return fd is not None

    def _unlock_removal(self, container_id: str) -> bool:
        """No longer keep it, and wait until its shim has removed it, as docker does before `run --rm` ends."""
        shim = self._state.records.life(container_id).shim
        released = self._release(container_id)
        if released and shim is not None:
            shim.wait(REMOVAL)
        return released
