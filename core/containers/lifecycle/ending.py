"""Ends a container: sends signals, waits for its process, and removes what it leaves."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from layertui.core.containers.model.container import Container, require
from layertui.core.containers.model.process_identity import signal_number
from layertui.core.containers.records import lost_containers
from layertui.core.containers.records.life_record import LifeRecord
from layertui.core.containers.records.records import KEPT, Records
from layertui.core.containers.runtimes.isolation import cgroups
from layertui.core.errors import LayertuiError, NotFound, UsageError, as_storage_error, storage_error
from layertui.core.fs.atomic import write_private
from layertui.core.language.texts import tr
from layertui.core.ownership import require_own
from layertui.core.progress import Progress

GRACE = 10.0  # seconds between the stop signal and SIGKILL, by default
_LOOK_AGAIN = 0.2
_DYING = 10.0


GoOn = Callable[[], None]
"""Resumes a paused container; does nothing if it is not paused."""


def send(records: Records, container: Container, name: str, go_on: GoOn) -> None:
    """Send a signal to the first process. Raises WrongState if there is none, NotOurs, UsageError.

    A signal that ends the container also ends its pause, as in docker; any other is delivered after `unpause`.
    """
    number = signal_number(name)
    require(container, "kill")
    process = records.life_of(container.id).process
    if process is not None:
        process.signal(number)
        if number in (signal.SIGKILL, _stop_signal(container)):
            go_on()


def stop(records: Records, container: Container, grace: float | None, go_on: GoOn) -> None:
    """Send the stop signal, and SIGKILL after `grace` seconds. Nothing if the container does not run. Raises NotOurs."""
    life = records.life_of(container.id)
    if not life.state.alive or life.process is None:
        return
    life.process.signal(_stop_signal(container))
    go_on()
    own = container.options.stop_timeout
    if not life.process.wait(grace if grace is not None else GRACE if own is None else own):
        life.process.signal(signal.SIGKILL)
    wait_for_exit_code(life)


def _stop_signal(container: Container) -> int:
    """The container's stop signal; SIGTERM if the image's is unknown on this system, as in docker."""
    try:
        return signal_number(container.stop_signal)
    except UsageError:
        return signal.SIGTERM


def wait_for_exit_code(life: LifeRecord) -> None:
    """Wait until the shim has written the exit code of a process that is ending. Raises LayertuiError if it does not end."""
    if life.process is not None and not life.process.wait(_DYING):
        raise LayertuiError(
            tr("process {pid} does not end, though it was killed; the kernel holds it", pid=life.process.pid)
        )
    if life.shim is not None:
        life.shim.wait(_DYING)


def wait(records: Records, container: Container, progress: Progress) -> int:
    """Wait for the exit code; returns at once if the container does not run. Raises NotOurs, Cancelled."""
    while (life := records.life_of(container.id)).state.alive:
        progress.advance(0)
        # The shim exits last: then the exit code is written.
        if life.shim is None or life.shim.wait(_LOOK_AGAIN):
            time.sleep(0.01)
    return life.exit_code


def remove(records: Records, container: Container, go_on: GoOn, keep: Callable[[], None], *, force: bool) -> None:
    """Remove a container; `keep` is called before, after its end. One that is gone is no error.

    Raises WrongState for a running one without `force`; NotOurs, LayertuiError.
    """
    with suppress(NotFound, FileNotFoundError), records.lock(container.id):
        container = records.read(container.id)  # it may have been started while we waited for the lock
        life = records.life(container.id)
        if life.state.alive and force and life.process is not None:
            life.process.signal(signal.SIGKILL)
            go_on()
            wait_for_exit_code(life)
        else:
            require(container, "remove")
            go_on()  # it may have ended while it was paused
            wait_for_shim_cleanup(container, life)
            lost_containers.reap_orphans(records, container.id)
        keep()
        records.remove(container)
        cgroups.clear(container.id)


def wait_for_shim_cleanup(container: Container, life: LifeRecord) -> None:
    """Wait until the shim of an ended container has exited: it cleans up in the same folder. Not for one with `--rm`."""
    if life.shim is not None and not life.state.alive and not container.options.remove:
        life.shim.wait(_DYING)


def lock_removal(records: Records, container_id: str) -> int:
    """Keep a container with `--rm` from being removed until this descriptor is closed, to read what it left.

    Raises NotFound for one that is gone, NotOurs, StorageError.
    """
    require_own(records.path(container_id))
    try:
        fd = os.open(records.paths(container_id).hold, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except FileNotFoundError:
        raise NotFound(
            tr("no such container: {container_id}; it has been removed meanwhile", container_id=container_id[:12])
        ) from None
    except OSError as error:
        raise storage_error(error, records.path(container_id)) from error
    fcntl.flock(fd, fcntl.LOCK_SH)
    return fd


def keep(records: Records, container: Container) -> None:
    """Have a running container with `--rm` stay at its end: it is started again, as docker's restart does.

    Nothing for one that has gone meanwhile. Raises NotOurs, StorageError.
    """
    paths = records.paths(container.id)
    require_own(paths.folder)
    with as_storage_error(paths.folder), suppress(FileNotFoundError):
        write_private(paths.run / KEPT, b"")  # the next start makes a new folder
