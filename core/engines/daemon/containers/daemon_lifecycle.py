"""DaemonLifecycle: a daemon's container started, stopped, paused and waited for."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING

from layertui.core.containers.model.container import Container, State, require
from layertui.core.containers.model.process_identity import signal_number
from layertui.core.engines.daemon.api_requests.daemon_answers import streamed
from layertui.core.engines.daemon.api_requests.daemon_requests import PATIENCE, delete_json, post
from layertui.core.engines.daemon.containers.expected_end import ExpectedEnd, code_of, expected_end
from layertui.core.errors import CommandNotExecutable, CommandNotFound, LayertuiError, NotFound, Unreachable, WrongState
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.engines.daemon.containers.container_lookup import ContainerLookup
    from layertui.core.progress import Progress

_NOT_FOUND = ("executable file not found", "no such file or directory", "command that was not found")
_NOT_EXECUTABLE = ("permission denied", "is a directory", "exec format error")
_NO_SOURCE = ("mount source", "bind source path does not exist", "mountpoint when copying up")
_OTHER_START, _LOOK = 3.0, 0.05
"""Seconds to wait for the start of another client, and between two looks."""
GRACE = 10  # seconds: docker's, where neither side says how long


class DaemonLifecycle:
    """See Lifecycle in `container_protocols.py`."""

    def __init__(self, lookup: ContainerLookup) -> None:
        self._lookup, self._client = lookup, lookup.client
        self._ends: dict[str, ExpectedEnd] = {}
        """By ID, of containers that the daemon removes at their end."""

    @property
    def unavailable(self) -> str | None:
        try:
            _ = self._client.api
        except LayertuiError as error:
            return str(error)
        return None

    def start(self, name: str, progress: Progress | None = None) -> Container:
        container = self._lookup.get(name)
        self.begin(container)
        with suppress(NotFound):
            return self._lookup.get(container.id)
        return container  # it has ended and is removed already

    def begin(self, container: Container) -> None:
        """Start it unless it is running. Raises WrongState, and what `start` raises."""
        require(container, "start")
        if container.state is State.RUNNING:
            return
        if container.options.remove:
            self._forget_end(container.id)
            self._ends[container.id] = expected_end(self._client, container)
        try:
            with as_start_error(container):
                post(self._client, f"/containers/{container.id}/start", "")
        except LayertuiError as error:
            if isinstance(error, WrongState) and self._is_started_by_another(container):
                return
            self._forget_end(container.id)
            if container.options.remove:  # as Docker does by itself
                with suppress(LayertuiError):
                    delete_json(self._client, f"/containers/{container.id}", "", v=1, force=1)
            raise

    def _is_started_by_another(self, container: Container) -> bool:
        """Whether the start of another client came first: Podman refuses a second one for as long as it takes."""
        end = time.monotonic() + _OTHER_START
        while time.monotonic() < end:
            try:
                found = self._lookup.get(container.id)
            except NotFound:
                return True  # it has ended, and was removed at its end
            if found.state is State.RUNNING or found.started != container.started:
                return True
            time.sleep(_LOOK)
        return False

    def stop(self, name: str, grace: float | None = None) -> Container:
        container = self._lookup.get(name)
        if container.state.alive:
            self._end(container, "stop", grace)
        with suppress(NotFound):
            return self._lookup.get(container.id)
        return container

    def _end(self, container: Container, verb: str, grace: float | None) -> None:
        """`stop` or `restart`: an answer comes once the grace period is over, at the latest."""
        if container.state is State.PAUSED:
            # Podman refuses it; Docker would wait for the end of the grace period.
            self.unpause(container.id)
        own = container.options.stop_timeout
        seconds = grace if grace is not None else own if own is not None else GRACE
        given = {"t": math.ceil(grace)} if grace is not None else {}
        with as_start_error(container) if verb == "restart" else nullcontext():
            post(self._client, f"/containers/{container.id}/{verb}", "", seconds=seconds + PATIENCE, **given)

    def kill(self, name: str, signal: str = "KILL") -> None:
        number = signal_number(signal)
        container = self._lookup.get(name)
        require(container, "kill")
        post(self._client, f"/containers/{container.id}/kill", "", signal=str(number))

    def pause(self, name: str) -> Container:
        return self._changed(name, "pause")

    def unpause(self, name: str) -> Container:
        return self._changed(name, "unpause")

    def _changed(self, name: str, verb: str) -> Container:
        container = self._lookup.get(name)
        require(container, verb)
        post(self._client, f"/containers/{container.id}/{verb}", "")
        return self._lookup.get(container.id)

    def restart(self, name: str, grace: float | None = None, progress: Progress | None = None) -> Container:
        """See Lifecycle. Raises WrongState where the engine would remove the container instead."""
        container = self._lookup.get(name)
        if container.state is State.DEAD:
            require(container, "start")
        if container.options.remove and container.state.alive and self._client.is_podman_4:
            raise WrongState(
                tr("cannot restart container {name}: this Podman removes it when it ends (--rm)", name=container.name)
            )
        self._end(container, "restart", grace)
        with suppress(NotFound):
            return self._lookup.get(container.id)
        return container

    def wait(self, name: str, progress: Progress | None = None) -> int:
        if (expected := self._ends.pop(name, None)) is not None:
            return expected.code(progress)
        container = self._lookup.get(name)
        if not container.state.alive:
            return container.exit_code if container.state is not State.CREATED else 0
        if container.options.remove and self._client.endpoint.kind == "podman":
            return expected_end(self._client, container).code(progress)  # it would forget the code with the container
        with streamed(self._client, "POST", f"/containers/{container.id}/wait", "", {}, progress) as response:
            return code_of(response, self._client)

    def _forget_end(self, container_id: str) -> None:
        if (expected := self._ends.pop(container_id, None)) is not None:
            expected.close()


@contextmanager
def as_start_error(container: Container) -> Iterator[None]:
    """Turn a daemon's words for a command that cannot be run into CommandNotFound or CommandNotExecutable, by docker's rule."""
    try:
        yield
    except Unreachable:
        raise
    except LayertuiError as error:
        line = tr("cannot start container {name}: {error}", name=container.name, error=error)
        if any(words in str(error) for words in _NO_SOURCE):
            raise NotFound(
                tr("cannot start container {name}: cannot mount: {error}", name=container.name, error=error)
            ) from error
        kind = NotFound if is_unknown_user(str(error)) else command_error(str(error))
        if kind is None:
            raise type(error)(line) from error
        raise kind(line) from error


_UNKNOWN_USER = ("unable to find user", "unable to find group", "no users found", "no groups found")
"""Docker's and Podman's words, and those of containerd's image store."""


def command_error(words: str) -> type[LayertuiError] | None:
    """Which error a daemon's words for a failed start are, as docker's own command line reads them; None for another failure."""
    lower = words.lower()
    if "chdir to cwd" in lower:  # the command may well be there
        return CommandNotExecutable
    if any(one in lower for one in _NOT_FOUND):
        return CommandNotFound
    return CommandNotExecutable if any(one in lower for one in _NOT_EXECUTABLE) else None


def is_unknown_user(words: str) -> bool:
    """Whether a daemon says that the image has no such user or group."""
    return any(one in words for one in _UNKNOWN_USER)
