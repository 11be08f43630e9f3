"""How a container's process ends: signals to it, waiting for it, and the removal of what it leaves."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import suppress

from layertui.core.containers.container import Container, require
from layertui.core.containers.process import signal_number
from layertui.core.containers.records import Life, Records
from layertui.core.errors import LayertuiError, UsageError
from layertui.core.streams.progress import Progress

_LOOK_AGAIN = 0.2
_DYING = 10.0
HOLD = "hold"


def send(records: Records, container: Container, name: str) -> None:
    """A signal to the first process. WrongState where there is none."""
    number = signal_number(name)
    require(container, "kill")
    process = records.life(container.id).process
    if process is not None:
        process.signal(number)


def stop(records: Records, container: Container, grace: float) -> None:
    """The stop signal; SIGKILL when `grace` seconds have passed and it still runs. Nothing where it does not run."""
    life = records.life(container.id)
    if not life.state.alive or life.process is None:
        return
    life.process.signal(_stop_signal(container))
    if not life.process.wait(grace):
        life.process.signal(signal.SIGKILL)
    settle(life)


def _stop_signal(container: Container) -> int:
    """SIGTERM where the image's own is no signal of this system, as docker has it."""
    try:
        return signal_number(container.stop_signal)
    except UsageError:
        return signal.SIGTERM


def settle(life: Life) -> None:
    """Wait until the shim has written the exit code of a process that is about to go."""
    if life.process is not None and not life.process.wait(_DYING):
        raise LayertuiError(f"process {life.process.pid} does not end, though it was killed; the kernel holds it")
    if life.shim is not None:
        life.shim.wait(_DYING)


def wait(records: Records, container: Container, progress: Progress) -> int:
    """The exit code, once there is one; at once where it does not run."""
    while (life := records.life(container.id)).state.alive:
        progress.advance(0)
        # The shim goes last: when it has, the exit code is there.
        if life.shim is None or life.shim.wait(_LOOK_AGAIN):
            time.sleep(0.01)
    return life.exit_code


def remove(records: Records, container: Container, *, force: bool) -> None:
    """The container goes. WrongState for a running one without `force`."""
    with suppress(FileNotFoundError), records.lock(container.id):
        life = records.life(container.id)
        if life.state.alive and force and life.process is not None:
            life.process.signal(signal.SIGKILL)
            settle(life)
        else:
            require(container, "remove")
        records.remove(container)


def hold(records: Records, container_id: str) -> int:
    """Keep a container that is to be removed at its end until this descriptor is closed: long enough to read what it left."""
    fd = os.open(records.path(container_id) / HOLD, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(fd, fcntl.LOCK_SH)
    return fd
