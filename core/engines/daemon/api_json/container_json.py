"""A daemon's `inspect` of a container as a Container."""

from __future__ import annotations

import os
from contextlib import suppress

from layertui.core.containers.model.container import STOP_SIGNAL, Container, State
from layertui.core.engines.daemon.api_json.json_values import Object, flag, inner, number, text, texts
from layertui.core.engines.daemon.api_json.options_json import options_of, ports_of, signal_name
from layertui.core.language.texts import tr
from layertui.core.oci.digest import Digest
from layertui.core.oci.timestamps import utc

_STATES = {
    "created": State.CREATED,
    "configured": State.CREATED,
    "initialized": State.CREATED,
    "running": State.RUNNING,
    "restarting": State.RUNNING,
    "stopping": State.RUNNING,
    "paused": State.PAUSED,
    "exited": State.EXITED,
    "stopped": State.EXITED,
    "removing": State.DEAD,
    "dead": State.DEAD,
}
_NEVER = "0001-01-01T00:00:00Z"


def container_of(found: Object, image_id: Digest, *, local: bool) -> Container:
    """One container, as `inspect` answers of it. `local`: the daemon may run on this host, so that its PIDs may be ours.

    Raises ValueError where it has no ID.
    """
    config, state, container_id = inner(found, "Config"), inner(found, "State"), text(found, "Id")
    if not container_id:
        raise ValueError(tr("a container without an ID"))
    now, options = _STATES.get(text(state, "Status").lower(), State.EXITED), options_of(found)
    pid = number(state, "Pid") if now.alive else 0
    return Container(
        id=container_id,
        name=text(found, "Name").removeprefix("/"),
        image=text(config, "Image") or text(found, "ImageName") or str(image_id),
        image_id=image_id,
        manifest=_digest(text(inner(found, "ImageManifestDescriptor"), "digest")),
        command=(*texts(config, "Entrypoint"), *texts(config, "Cmd")) or (text(found, "Path"), *texts(found, "Args")),
        created=utc(found.get("Created")) or _NEVER,
        state=now,
        pid=0 if not pid else pid if local and is_process_of(pid, container_id) else None,
        exit_code=number(state, "ExitCode"),
        started=_time(state, "StartedAt"),
        finished=_time(state, "FinishedAt"),
        options=options,
        reason=" ".join(text(state, "Error").split()) or None,
        stop_signal=signal_name(text(config, "StopSignal")) or STOP_SIGNAL,
        paused_by="freezer" if now is State.PAUSED else None,
        net=options.net,
        published=tuple(ports_of(inner(inner(found, "NetworkSettings"), "Ports"))) if now.alive else (),
        oom_killed=flag(state, "OOMKilled"),
        image_volumes=(),
    )


def is_process_of(pid: int, container_id: str) -> bool:
    """Whether the process that has this PID here is of the container: a daemon in a virtual machine counts its own PIDs."""
    with suppress(OSError), open(f"/proc/{pid}/cgroup", encoding="utf-8", errors="surrogateescape") as file:
        return container_id in file.read()
    return False


def is_local(pid: int | None) -> bool:
    """Whether what the kernel shows of a process may be read here."""
    return bool(pid) and os.access(f"/proc/{pid}/ns/pid", os.R_OK)


def _time(state: Object, key: str) -> str | None:
    """None for the year 1, which stands for never."""
    found = utc(state.get(key))
    return None if found is None or found.startswith("0001-") else found


def _digest(spelled: str) -> Digest | None:
    return Digest(spelled) if spelled.startswith("sha256:") else None
