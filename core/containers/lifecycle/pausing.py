"""Pauses and resumes a container: by the runtime's freezer if it has one, otherwise by signals.

Frozen processes notice nothing. Stopped processes do not either, but their parents may: a shell gets SIGCHLD for a stopped
child. So the method is recorded, and shown to the user.

    FOLDER/run/paused   {"by": "freezer" | "signals", "stopped": pids that were stopped before and stay stopped}
"""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence

from layertui.core.containers.model.container import Container, require
from layertui.core.containers.model.process_identity import Process, inside, stat_of
from layertui.core.containers.records.life_record import PAUSED
from layertui.core.containers.records.record_codec import read_json_file
from layertui.core.containers.records.records import Records
from layertui.core.containers.runtimes.runtime import Runtime
from layertui.core.errors import Damaged, LayertuiError
from layertui.core.fs.atomic import write_atomically
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json

FREEZER, SIGNALS = "freezer", "signals"
_PATIENCE = 5.0
_LOOK_AGAIN = 0.005


def pause(records: Records, container: Container, runtime: Runtime) -> None:
    """Pause every process of the container. Raises WrongState if it does not run or is paused already, NotOurs, LayertuiError."""
    with records.lock(container.id):
        require(records.read(container.id), "pause")
        first = records.life(container.id).process
        assert first is not None
        folder = records.paths(container.id).run
        # The record comes first: after a crash in between, `unpause` may undo too much, but never too little.
        write_atomically(folder / PAUSED, strict_json.dumps({"by": FREEZER}))
        try:
            if not runtime.pause(folder, container.id, first):
                stopped = [one.pid for one in inside(first) if _stopped(one)]
                write_atomically(folder / PAUSED, strict_json.dumps({"by": SIGNALS, "stopped": stopped}))
                _stop(first)
        except BaseException:
            resume(records, container.id, runtime)
            raise


def unpause(records: Records, container: Container, runtime: Runtime) -> None:
    """Resume the container. Raises WrongState if it is not paused, NotOurs, LayertuiError."""
    with records.lock(container.id):
        require(records.read(container.id), "unpause")
        resume(records, container.id, runtime)


def resume(records: Records, container_id: str, runtime: Runtime) -> None:
    """Undo a pause, also if no process is left."""
    note = records.paths(container_id).run / PAUSED
    try:
        kept = read_json_file(str(note))
    except (FileNotFoundError, Damaged):
        return  # as everywhere, a damaged record counts as none
    first = records.life(container_id).process
    if kept.get("by") == FREEZER:
        runtime.resume(note.parent, container_id)
    elif first is not None:
        stopped = kept.get("stopped")
        _go_on(first, stopped if isinstance(stopped, list) else ())
    note.unlink(missing_ok=True)


def _stopped(process: Process) -> bool:
    found = stat_of(process.pid)
    return found is None or found.state in "TtZX"


def _stop(first: Process) -> None:
    """Stop all processes, repeatedly, until no running one is left that another started before it was stopped."""
    end = time.monotonic() + _PATIENCE
    while moving := [one for one in inside(first) if not _stopped(one)]:
        if time.monotonic() > end:
            raise LayertuiError(
                tr("process {pid} of the container does not stop; the kernel holds it", pid=moving[0].pid)
            )
        for one in moving:
            one.signal(signal.SIGSTOP)
        time.sleep(_LOOK_AGAIN)


def _go_on(first: Process, stopped: Sequence[int]) -> None:
    for one in inside(first):
        if one.pid not in stopped:
            one.signal(signal.SIGCONT)
