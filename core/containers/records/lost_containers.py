"""Handles containers whose shim died before it wrote the exit code: ends what is left of them, and records their end.

No process keeps the output of such a container, or would notice its end. With bwrap the container ends with its shim;
with an OCI runtime it runs on until then, and leaves a cgroup.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from layertui.core.containers.model.container import Container
from layertui.core.containers.model.process_identity import Process, inside
from layertui.core.containers.records import container_events
from layertui.core.containers.records.life_record import UNKNOWN_EXIT
from layertui.core.containers.records.orphans import remove_orphan
from layertui.core.containers.records.records import Records
from layertui.core.containers.runtimes.isolation import cgroups
from layertui.core.fs.atomic import write_atomically
from layertui.core.fs.file_window import read_small
from layertui.core.oci import strict_json
from layertui.core.oci.timestamps import now
from layertui.core.storage.event_journal import EventJournal

_DYING = 10.0


def record_lost_end(records: Records, container: Container, journal: EventJournal) -> Container | None:
    """Record the end of such a container; returns its new state, None if it had `--rm` and is removed.

    Raises NotFound, NotOurs, Damaged, StorageError.
    """
    with records.lock(container.id):
        life = records.life(container.id)
        if not life.lost:
            return records.read(container.id)
        run = records.paths(container.id).run
        if life.process is not None:
            for one in inside(life.process):
                one.signal(signal.SIGKILL)
            life.process.wait(_DYING)
        _clean_up(run)
        cgroups.clear(container.id)
        note = {"code": UNKNOWN_EXIT, "finished": now(), "reason": life.reason}
        write_atomically(run / "exit", strict_json.dumps(note))
        (run / "attach").unlink(missing_ok=True)
        container_events.record_event(journal, container, "die", exitCode=str(UNKNOWN_EXIT))
        if not container.options.remove:
            return records.read(container.id)
        records.remove(container)
        container_events.record_event(journal, container, "destroy")
        return None


def reap_orphans(records: Records, container_id: str, *, but: int = 0) -> None:
    """Kill what a shim started but could not record before it was killed: its layer must not be mounted twice.

    The caller holds the container's lock; `but` is the pid of a shim that waits for the next start.
    """
    run = records.paths(container_id).run
    if (run / "plan").exists() and not (run / "state").exists():
        _end_those_at_work(run, {but, os.getpid()})
        _clean_up(run)
        remove_orphan(records, container_id, but)


def _end_those_at_work(run: Path, others: Collection[int]) -> None:
    """Kill the runtime and its helpers, which are recognised by the run folder in their arguments."""
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in others):
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            process = Process.of(pid)
            if process is not None and any(_names(word, os.fsencode(run)) for word in words):
                process.signal(signal.SIGKILL)
                process.wait(_DYING)


def _names(word: bytes, folder: bytes) -> bool:
    return word == folder or word.startswith(folder + b"/")


def _clean_up(run: Path) -> None:
    """Run the cleanup that the shim would have run, as given in its plan."""
    with suppress(OSError):
        plan = [os.fsdecode(pair).partition("=") for pair in read_small(run / "plan").split(b"\0")]
        if words := [value for key, _, value in plan if key == "cleanup"]:
            subprocess.run(words, capture_output=True, check=False)
