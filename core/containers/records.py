"""Containers on disk: a folder each, and a name that only one can have.

    FOLDER/<id>/record.json   what `create` was asked for; written once, replaced whole by `rename`
    FOLDER/<id>/upper, work   the writable layer, and where the overlay works
    FOLDER/<id>/aside         while the layer of a container that does not run is changed: what is not seen yet, or no more
    FOLDER/<id>/failed        why the last start came to nothing; gone with the next that did not
    FOLDER/<id>/run, log      one start's bundle, and what the container wrote over all of them
    FOLDER/<id>/lock          held by whoever changes the container's state
    FOLDER/names/NAME         a symlink to ../<id>
    FOLDER/lock               held by whoever gives or takes a name

Nothing here says "running": that is asked of the kernel, by what the shim left in `run`. So a record is right after a
crash of layertui, of the shim, or of the machine.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from layertui.core.containers.container import STOP_SIGNAL, Container, CreateOptions, State
from layertui.core.containers.limits import Limits
from layertui.core.containers.mounts import Mount
from layertui.core.containers.names import checked, made_up, new_id
from layertui.core.containers.process import Process, boot_id
from layertui.core.errors import Ambiguous, Conflict, Damaged, NotFound, as_storage_error
from layertui.core.layers.at import remove_at
from layertui.core.oci import json
from layertui.core.oci.digest import Digest
from layertui.core.streams.atomic import Lock, fsync_dir, write_atomically

_ID = re.compile(r"[0-9a-f]{64}")
_PREFIX = re.compile(r"[0-9a-f]{1,64}")
_NEW, _GONE = ".new-", ".gone-"
UNKNOWN_EXIT = 255
LOG_LIMIT = 100 << 20
"""Bytes that the log of one container may take, unless the user says otherwise."""
SHIM_KILLED = "its shim was killed, so nobody saw its exit code"
PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of the process of a container."""

    state: State = State.CREATED
    process: Process | None = None
    shim: Process | None = None
    exit_code: int = 0
    started: str | None = None
    finished: str | None = None
    reason: str | None = None
    paused_by: str | None = None
    """What makes its processes stand still: `freezer` or `signals`."""
    lost: bool = False
    """Whether its shim has gone without a word of its end."""


class Records:
    """All containers of a store."""

    def __init__(self, folder: Path, log_limit: int = LOG_LIMIT) -> None:
        self.folder = folder
        self.log_limit = log_limit

    def create(
        self,
        *,
        options: CreateOptions,
        image: str,
        image_id: Digest,
        manifest: Digest,
        command: Sequence[str],
        created: str,
        stop_signal: str,
    ) -> Container:
        """Make a container's folder and give it its name. Conflict where the name is taken."""
        container_id = new_id()
        wanted = checked(options.name) if options.name else None
        new = self.folder / f"{_NEW}{container_id}"
        with as_storage_error(self.folder):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.folder / "names").mkdir(mode=0o700, exist_ok=True)
            with Lock(self.folder / "lock"):
                name = self._free_name(wanted)
                record = {
                    "id": container_id,
                    "name": name,
                    "image": image,
                    "image_id": image_id,
                    "manifest": manifest,
                    "command": list(command),
                    "created": created,
                    "stop_signal": stop_signal,
                    "options": asdict(options),
                }
                try:
                    _fill(new, json.dumps(record))
                    self._link_name(name, container_id)
                    new.rename(self.folder / container_id)
                    fsync_dir(self.folder / "names")
                    fsync_dir(self.folder)
                except BaseException:
                    with suppress(OSError):
                        self._sweep(new.name)
                    raise
        return self.read(container_id)

    def _free_name(self, wanted: str | None) -> str:
        name = wanted or made_up(lambda one: self._named(one) is not None)
        if (holder := self._named(name)) is not None:
            raise Conflict(
                f"the container name {name!r} is in use by container {holder[:12]}; remove or rename that one first"
            )
        return name

    def _link_name(self, name: str, container_id: str) -> None:
        link = self.folder / "names" / name
        link.unlink(missing_ok=True)  # left by a container whose removal was cut short
        link.symlink_to(f"../{container_id}")

    def _named(self, name: str) -> str | None:
        """The ID of the container that has this name."""
        try:
            target = os.readlink(self.folder / "names" / name)
        except OSError:
            return None
        container_id = target.rpartition("/")[2]
        return container_id if _ID.fullmatch(container_id) and self.path(container_id).is_dir() else None

    def path(self, container_id: str) -> Path:
        """The folder of a container."""
        return self.folder / container_id

    def lock(self, container_id: str) -> Lock:
        """For changes of its state; one at a time."""
        return Lock(self.path(container_id) / "lock")

    def find(self, name: str) -> Container:
        """By name, ID or unique prefix of one. NotFound; Ambiguous, which names those that fit."""
        name = name.removeprefix("/")
        if _ID.fullmatch(name) and self.path(name).is_dir():
            return self.read(name)
        if "/" not in name and name not in ("", ".", "..") and (found := self._named(name)) is not None:
            return self.read(found)
        fitting = [one for one in self.ids() if one.startswith(name)] if _PREFIX.fullmatch(name) else []
        if len(fitting) > 1:
            raise Ambiguous(
                f"{name!r} begins the IDs of {len(fitting)} containers: {', '.join(one[:12] for one in fitting)}"
            )
        if not fitting:
            raise NotFound(f"no such container: {name}; `layertui ps -a` lists them")
        return self.read(fitting[0])

    def ids(self) -> list[str]:
        """The IDs of all containers."""
        with suppress(FileNotFoundError), as_storage_error(self.folder):
            return (
                sorted(name for name in os.listdir(self.folder) if _ID.fullmatch(name)) if self.folder.is_dir() else []
            )
        return []

    def list(self) -> list[Container]:
        """Every container, the newest first."""
        found = []
        for container_id in self.ids():
            with suppress(NotFound):  # removed while we looked
                found.append(self.read(container_id))
        return sorted(found, key=lambda one: one.created, reverse=True)

    def manifests(self) -> Iterator[Digest]:
        """The manifest of each container's image, which must be kept for it."""
        yield from (one.manifest for one in self.list())

    def read(self, container_id: str) -> Container:
        """The container as it is at this moment."""
        path = self.path(container_id) / "record.json"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise NotFound(f"no such container: {container_id[:12]}") from None
        record = json.load_object(content, what=str(path))
        life = self.life(container_id)
        try:
            return Container(
                id=container_id,
                name=record["name"],
                image=record["image"],
                image_id=Digest(record["image_id"]),
                manifest=Digest(record["manifest"]),
                command=tuple(record["command"]),
                created=record["created"],
                stop_signal=record.get("stop_signal") or STOP_SIGNAL,
                options=_options(record["options"]),
                state=life.state,
                pid=life.process.pid if life.process is not None and life.state.alive else 0,
                exit_code=life.exit_code,
                started=life.started,
                finished=life.finished,
                reason=life.reason,
                paused_by=life.paused_by,
                lost=life.lost,
            )
        except (KeyError, TypeError) as error:
            raise Damaged(f"{path}: the record of this container lacks {error}") from error

    def life(self, container_id: str) -> Life:
        """What became of its last start."""
        folder = self.path(container_id)
        if failed := _read(folder / "failed"):
            started = failed.get("started")
            return Life(
                state=State.EXITED if started else State.CREATED,
                exit_code=int(failed.get("code", 128)),
                started=started,
                finished=failed.get("finished"),
                reason=failed.get("reason"),
            )
        state = _read(folder / "run" / "state")
        if state is None:
            return Life()
        process, shim = Process(state["pid"], state["start_time"]), Process(state["shim"], state["shim_start_time"])
        started = state["started"]
        same_boot = state["boot_id"] == boot_id()
        # The shim writes `exit` after the process has gone and before it goes itself. So: look at both, then for the file.
        if same_boot and (process.alive or shim.alive) and not (folder / "run" / "exit").exists():
            paused = (_read(folder / "run" / PAUSED) or {}).get("by")
            state_now = State.PAUSED if paused else State.RUNNING
            if shim.alive or (folder / "run" / "exit").exists():
                return Life(state_now, process, shim, started=started, paused_by=paused)
            return Life(state_now, process, shim, started=started, reason=SHIM_KILLED, paused_by=paused, lost=True)
        if ended := _read(folder / "run" / "exit"):
            code, finished = int(ended["code"]), ended["finished"]
            return Life(State.EXITED, process, shim, code, started, finished, ended.get("reason"))
        reason = SHIM_KILLED if same_boot else "the machine went down while it ran"
        return Life(State.EXITED, process if same_boot else None, shim, UNKNOWN_EXIT, started, reason=reason, lost=True)

    def failed(self, container_id: str, code: int, reason: str, before: Life) -> None:
        """Note that a start came to nothing; `before` is what was known of the container until then."""
        note = {"code": code, "reason": reason, "started": before.started, "finished": before.finished}
        write_atomically(self.path(container_id) / "failed", json.dumps(note))

    def rename(self, container: Container, name: str) -> None:
        """Another name. Conflict where it is taken."""
        path = self.path(container.id) / "record.json"
        with Lock(self.folder / "lock"):
            record = json.load_object(path.read_bytes(), what=str(path))
            record["name"] = self._free_name(checked(name))
            self._link_name(record["name"], container.id)
            write_atomically(path, json.dumps(record))
            (self.folder / "names" / container.name).unlink(missing_ok=True)

    def remove(self, container: Container) -> None:
        """The folder and the name go. From the first step on there is no such container any more."""
        gone = self.folder / f"{_GONE}{container.id}"
        with as_storage_error(self.folder):
            with Lock(self.folder / "lock"):
                with suppress(FileNotFoundError):
                    self.path(container.id).rename(gone)
                if os.path.lexists(link := self.folder / "names" / container.name) and os.readlink(link).endswith(
                    container.id
                ):
                    link.unlink()
            fsync_dir(self.folder)
            self._sweep(gone.name)

    def sweep(self) -> None:
        """Remove what a create, a removal or a change of an own layer has left that was cut short."""
        with as_storage_error(self.folder), Lock(self.folder / "lock"):
            for name in os.listdir(self.folder):
                if name.startswith((_GONE, _NEW)):
                    with suppress(OSError):  # who began it may be at it still
                        self._sweep(name)
        from layertui.core.containers.aside import sweep

        for container_id in self.ids():
            with suppress(Conflict, OSError), Lock(self.path(container_id) / "lock", timeout=0):
                sweep(self.path(container_id))

    def _sweep(self, name: str) -> None:
        fd = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            remove_at(fd, name)
        finally:
            os.close(fd)


def _fill(folder: Path, record: bytes) -> None:
    folder.mkdir(mode=0o700)
    (folder / "upper").mkdir()
    (folder / "upper").chmod(0o755)  # it is the container's `/`
    (folder / "work").mkdir(mode=0o700)
    write_atomically(folder / "record.json", record)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        return json.load_object(path.read_bytes(), what=str(path))
    except (FileNotFoundError, NotADirectoryError):
        return None


_TUPLES = ("command", "entrypoint", "env", "groups", "cap_add", "cap_drop")


def _options(kept: dict[str, Any]) -> CreateOptions:
    known = {field.name for field in fields(CreateOptions)}
    values: dict[str, Any] = {name: value for name, value in kept.items() if name in known}
    values.update({name: tuple(values[name]) for name in _TUPLES if values.get(name) is not None})
    values["mounts"] = tuple(
        Mount(**{**mount, "flags": tuple(mount.get("flags", ()))}) for mount in values.get("mounts", ())
    )
    values["limits"] = Limits(**values.get("limits", {}))
    return CreateOptions(**values)
