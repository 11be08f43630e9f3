"""Events of containers, with docker's attributes, written by the process that causes them.

The shim writes its own events. It cannot write JSON, so its lines are prepared in FOLDER/run/events: one each for start,
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

PREPARED_EVENTS = "events"


def record_event(journal: EventJournal, container: Container, action: str, **more: str) -> None:
    """Append an event of a container to the journal."""
    journal.record("container", action, container.id, {**_attributes(container), **more})


def prepare_exec_events(session: Path, container: Container, exec_id: str) -> None:
    """Write the event that the shim of an `exec` process with a terminal will append."""
    own = {**_attributes(container), "execID": exec_id, "exitCode": "?"}
    line = strict_json.dumps(untimed("container", "exec_die", container.id, own))
    (session / PREPARED_EVENTS).write_bytes(b"\n" + line)  # in the line of the die event


def record_exec_event(journal: EventJournal, container: Container, argv: Sequence[str]) -> str:
    """Record that a process is added; returns its exec ID, as in docker, for the event of its end."""
    exec_id = os.urandom(32).hex()
    for action in ("exec_create", "exec_start"):
        record_event(journal, container, f"{action}: {' '.join(argv)}", execID=exec_id)
    return exec_id


def _attributes(container: Container) -> Mapping[str, str]:
    return {**container.options.labels, "image": container.image, "name": container.name}


def prepare_events(run: Path, container: Container) -> None:
    """Write the events that a container's shim will append; at a start, and again after a rename."""
    own = _attributes(container)
    lines = [
        strict_json.dumps(untimed("container", action, container.id, {**own, **more}))
        for action, more in (("start", {}), ("die", {"exitCode": "?"}), ("destroy", {}))
    ]
    write_atomically(
        run / PREPARED_EVENTS, b"\n".join(lines), durable=False
    )  # not synced: after a power cut there is no shim
