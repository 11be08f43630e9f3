"""Events of containers, with docker's attributes, written by the process that causes them.

The shim writes its own events. It cannot write JSON, so its lines are prepared in FOLDER/run/told: one each for start,
die and destroy, in which the time is missing and the exit code is a `?`. For a process that `exec` adds with a
terminal, the shim of that process writes the event of its end, from a file in FOLDER/run/exec/….
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from layertui.core.containers.model.container import Container
from layertui.core.fs.atomic import write_atomically
from layertui.core.oci import strict_json
from layertui.core.storage.event_journal import EventJournal, untimed

TOLD = "told"


def record_event(journal: EventJournal, container: Container, action: str, **more: str) -> None:
    """Write that something was done to a container."""
    journal.tell("container", action, container.id, {**_attributes(container), **more})


def prepare_exec_events(session: Path, container: Container, exec_id: str) -> None:
    """What the shim of a process will tell that `exec` has added on a terminal."""
    own = {**_attributes(container), "execID": exec_id, "exitCode": "?"}
    line = strict_json.dumps(untimed("container", "exec_die", container.id, own))
    (session / TOLD).write_bytes(b"\n" + line)  # at the place of die


def record_exec_event(journal: EventJournal, container: Container, argv: Sequence[str]) -> str:
    """Tell that a process is added; the ID by which its end is told, as docker has one."""
    exec_id = os.urandom(32).hex()
    for action in ("exec_create", "exec_start"):
        record_event(journal, container, f"{action}: {' '.join(argv)}", execID=exec_id)
    return exec_id


def _attributes(container: Container) -> Mapping[str, str]:
    return {**container.options.labels, "image": container.image, "name": container.name}


def prepare_events(run: Path, container: Container) -> None:
    """What the shim of a container will tell; for a new start, and again when it has another name."""
    own = _attributes(container)
    lines = [
        strict_json.dumps(untimed("container", action, container.id, {**own, **more}))
        for action, more in (("start", {}), ("die", {"exitCode": "?"}), ("destroy", {}))
    ]
    write_atomically(run / TOLD, b"\n".join(lines), durable=False)  # after a power cut there is no shim to tell it
