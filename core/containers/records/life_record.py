"""What the last start of a container came to: determined from the files in its folder and from the kernel, each time it is asked."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from layertui.core.containers.model.container import State
from layertui.core.containers.model.process_identity import Process, boot_id
from layertui.core.containers.records.record_codec import ExitDoc, FailureDoc, PauseDoc, StateDoc, read_note
from layertui.core.language.texts import marked
from layertui.core.ownership import is_own
from layertui.core.store_paths import FAILED, RUN

UNKNOWN_EXIT = 255
SHIM_KILLED = marked("its shim was killed, so its exit code is unknown")
MACHINE_DOWN = marked("the machine went down while it ran")
PAUSED = "paused"
"""In a container's `run`: how it was paused."""
_OF_A_START = (RUN, FAILED)
"""One of these is in the folder of every container that was ever started."""


@dataclass(frozen=True, slots=True)
class LifeRecord:
    """The state of a container's process."""

    state: State = State.CREATED
    process: Process | None = None
    shim: Process | None = None
    exit_code: int = 0
    started: str | None = None
    finished: str | None = None
    reason: str | None = None
    pid: int = 0
    """The recorded pid, while the process runs."""
    paused_by: str | None = None
    """How it was paused: `freezer` or `signals`."""
    oom_killed: bool = False
    lost: bool = False
    """Whether its shim has ended without recording the end."""


def read_life(folder: str) -> LifeRecord:
    """The state of the process of the container in this folder; of another user's container as that user has recorded it."""
    if not _was_started(folder):
        return LifeRecord()
    if failed := read_note(FailureDoc, f"{folder}/{FAILED}"):
        return LifeRecord(
            state=State.EXITED if failed.started else State.CREATED,
            exit_code=failed.code,
            started=failed.started,
            finished=failed.finished,
            reason=failed.reason,
        )
    state = read_note(StateDoc, f"{folder}/{RUN}/state")
    if state is None:
        return LifeRecord()
    if not is_own(folder):
        return _as_recorded(folder, state)
    process, shim = Process(state.pid, state.start_time), Process(state.shim, state.shim_start_time)
    started = state.started
    same_boot = state.boot_id == boot_id()
    # The shim writes `exit` after the process has ended and before it exits itself. So: check both first, then the file.
    watched = same_boot and shim.alive
    if (watched or (same_boot and process.alive)) and not os.path.exists(f"{folder}/{RUN}/exit"):
        paused = _paused_by(folder)
        state_now = State.PAUSED if paused else State.RUNNING
        if watched:
            return LifeRecord(state_now, process, shim, started=started, pid=process.pid, paused_by=paused)
        return LifeRecord(state_now, process, shim, 0, started, None, SHIM_KILLED, process.pid, paused, lost=True)
    if ended := read_note(ExitDoc, f"{folder}/{RUN}/exit"):
        return _ended(ended, started, process, shim)
    reason = SHIM_KILLED if same_boot else MACHINE_DOWN
    return LifeRecord(
        State.EXITED, process if same_boot else None, shim, UNKNOWN_EXIT, started, reason=reason, lost=True
    )


def _paused_by(folder: str) -> str | None:
    note = read_note(PauseDoc, f"{folder}/{RUN}/{PAUSED}")
    return note.by if note is not None else None


def _ended(note: ExitDoc, started: str, process: Process | None = None, shim: Process | None = None) -> LifeRecord:
    life = LifeRecord(State.EXITED, process, shim, note.code, started, note.finished, note.reason)
    return replace(life, oom_killed=True) if note.oom_killed else life


def _as_recorded(folder: str, state: StateDoc) -> LifeRecord:
    """The state according to another user's record: the processes that it names are not examined, and none is returned."""
    if ended := read_note(ExitDoc, f"{folder}/{RUN}/exit"):
        return _ended(ended, state.started)
    if state.boot_id != boot_id():
        return LifeRecord(State.EXITED, None, None, UNKNOWN_EXIT, state.started, reason=MACHINE_DOWN)
    paused = _paused_by(folder)
    return LifeRecord(State.PAUSED if paused else State.RUNNING, started=state.started, pid=state.pid, paused_by=paused)


def _was_started(folder: str) -> bool:
    """Whether there was a start: one check, as most of thousands of containers never ran."""
    return any(os.access(f"{folder}/{name}", os.F_OK) for name in _OF_A_START)
