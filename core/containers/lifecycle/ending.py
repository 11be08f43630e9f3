"""Ends a container: sends signals, waits for its process, and removes what it leaves."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress

from layertui.core.containers.model.container import Container, require
from layertui.core.containers.model.process_identity import Process, signal_number
from layertui.core.containers.records import lost_containers
from layertui.core.containers.records.records import LifeRecord, Records
from layertui.core.containers.runtimes.isolation import cgroups
from layertui.core.errors import LayertuiError, NotFound, UsageError
from layertui.core.progress import Progress

GRACE = 10.0  # seconds that a container has after its stop signal, where nobody says otherwise
_LOOK_AGAIN = 0.2
_DYING = 10.0


GoOn = Callable[[], None]
"""Lets a container that is paused go on; nothing for one that is not."""


def send(records: Records, container: Container, name: str, go_on: GoOn) -> None:
    """A signal to the first process. WrongState where there is none.

    One that is meant to end the container ends its pause too, as docker has it; any other waits for `unpause`.
    """
    number = signal_number(name)
    require(container, "kill")
    process = records.own_life(container.id).process
    if process is not None:
        process.signal(number)
        if number in (signal.SIGKILL, _stop_signal(container)):
            go_on()


def stop(records: Records, container: Container, grace: float | None, go_on: GoOn) -> None:
    """The stop signal; SIGKILL when `grace` seconds have passed and it still runs. Nothing where it does not run."""
    life = records.own_life(container.id)
    if not life.state.alive or life.process is None:
        return
    life.process.signal(_stop_signal(container))
    go_on()
    own = container.options.stop_timeout
    if not life.process.wait(grace if grace is not None else GRACE if own is None else own):
        life.process.signal(signal.SIGKILL)
    wait_for_exit_code(life)


def _stop_signal(container: Container) -> int:
    """SIGTERM where the image's own is no signal of this system, as docker has it."""
    try:
        return signal_number(container.stop_signal)
    except UsageError:
        return signal.SIGTERM


def wait_for_exit_code(life: LifeRecord) -> None:
    """Wait until the shim has written the exit code of a process that is about to go."""
    if life.process is not None and not life.process.wait(_DYING):
        raise LayertuiError(f"process {life.process.pid} does not end, though it was killed; the kernel holds it")
    if life.shim is not None:
        life.shim.wait(_DYING)


def wait(records: Records, container: Container, progress: Progress) -> int:
    """The exit code, once there is one; at once where it does not run."""
    while (life := records.own_life(container.id)).state.alive:
        progress.advance(0)
        # The shim goes last: when it has, the exit code is there.
        if life.shim is None or life.shim.wait(_LOOK_AGAIN):
            time.sleep(0.01)
    return life.exit_code


def remove(records: Records, container: Container, go_on: GoOn, keep: Callable[[], None], *, force: bool) -> None:
    """The container goes; `keep` is called before, when it has ended. WrongState for a running one without `force`."""
    with suppress(NotFound, FileNotFoundError), records.lock(container.id):
        container = records.read(container.id)  # it may have been started while the lock was waited for
        life = records.life(container.id)
        if life.state.alive and force and life.process is not None:
            life.process.signal(signal.SIGKILL)
            go_on()
            wait_for_exit_code(life)
        else:
            require(container, "remove")
            go_on()  # it may have died while it was paused
            wait_for_shim_cleanup(container, life)
            lost_containers.reap_orphans(records, container.id)
        keep()
        records.remove(container)
        cgroups.clear(container.id)


def wait_for_shim_cleanup(container: Container, life: LifeRecord) -> None:
    """Wait until the shim of one that has ended has gone: it tidies up in the same folder. One that removes it goes on by itself."""
    if life.shim is not None and not life.state.alive and not container.options.remove:
        life.shim.wait(_DYING)


def unlock_removal(fd: int, shim: Process | None) -> None:
    """Nobody needs it any more: wait until its shim has removed it, as docker does before `run --rm` ends."""
    os.close(fd)
    if shim is not None:
        shim.wait(_DYING)


def lock_removal(records: Records, container_id: str) -> int:
    """Keep a container that is to be removed at its end until this descriptor is closed: long enough to read what it left."""
    fd = os.open(records.paths(container_id).hold, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_SH)
    return fd
