"""Containers on disk: one folder for each, and unique names.

    FOLDER/<id>/record.json   the options of `create`; written once, replaced as a whole by `rename`
    FOLDER/<id>/upper, work   the writable layer, and the overlay's work folder
    FOLDER/<id>/staging       while the layer of a stopped container changes: files not visible yet, or no longer
    FOLDER/<id>/failed        why the last start failed; removed by the next one that succeeds
    FOLDER/<id>/run, log      the bundle of one start, and the output of all of them
    FOLDER/<id>/lock          held while the container's state changes
    FOLDER/names/NAME         a symlink to ../<id>
    FOLDER/lock               held while names are assigned or released

No file says "running": that is determined from the kernel and the files in `run`. So a record is correct after a crash of
layertui, of the shim, or of the machine.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from layertui.core.containers.model.container import STOP_SIGNAL, Container, CreateOptions
from layertui.core.containers.model.container_names import checked, is_id, is_name, new_id, random_name
from layertui.core.containers.model.ports import Port
from layertui.core.containers.model.resource_limits import PIDS, LogLimit
from layertui.core.containers.records.life_record import LifeRecord, read_life
from layertui.core.containers.records.record_codec import (
    ConnectionDoc,
    decode,
    decode_each,
    decode_record,
    read_file,
    read_json_file,
)
from layertui.core.errors import Ambiguous, Conflict, Damaged, NotFound, StorageError, as_storage_error
from layertui.core.fs.atomic import Lock, fsync_dir, make_folder, write_atomically
from layertui.core.fs.dir_fd import remove_tree
from layertui.core.language.texts import tr
from layertui.core.oci import strict_json
from layertui.core.oci.digest import Digest
from layertui.core.ownership import names_in, require_own
from layertui.core.store_paths import RECORD, RUN, ContainerPaths, ContainersPaths

_PREFIX = re.compile(r"[0-9a-f]{1,64}")
NEW, GONE = ".new-", ".gone-"
LOG_LIMIT = LogLimit.within(100 << 20)
"""The default limit of a container's log."""
CONNECTED = "connected"
"""In a container's `run`: its network, and its published ports."""
KEPT = "kept"
"""In the `run` of a container with `--rm`: its shim does not remove it at its end."""


class Records:
    """The records of all containers of a store."""

    def __init__(self, folder: Path, log_limit: LogLimit = LOG_LIMIT) -> None:
        self.folder = folder
        self.names = ContainersPaths(folder).names
        self._folder = os.fspath(folder)  # as text: no Path is made for each of thousands
        self.log_limit = log_limit
        self.pids_limit = PIDS

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
        image_volumes: Sequence[str] | None = None,
    ) -> Container:
        """Make a container's folder and its name. Raises Conflict if the name is taken; UsageError, NotOurs, StorageError.

        After a power cut it exists completely or not at all; one with `--rm` may be lost.
        """
        container_id = new_id()
        wanted = checked(options.name) if options.name else None
        new = self.folder / f"{NEW}{container_id}"
        with as_storage_error(self.folder):
            make_folder(self.folder)
            with self.naming():
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
                    "image_volumes": None if image_volumes is None else list(image_volumes),
                    "options": asdict(options),
                }
                try:
                    _fill(new, strict_json.dumps(record), durable=not options.remove)
                    self.link_name(name, container_id, durable=not options.remove)
                    new.rename(self.folder / container_id)
                    if not options.remove:
                        fsync_dir(self.folder)
                except BaseException:
                    with suppress(OSError):
                        self.clear(new.name)
                    raise
        return self.read(container_id)

    def _free_name(self, wanted: str | None) -> str:
        name = wanted or random_name(lambda one: self.named(one) is not None)
        if (holder := self.named(name)) is not None:
            raise Conflict(
                tr(
                    "the container name {name!r} is in use by container {holder}; remove or rename that one first",
                    name=name,
                    holder=holder[:12],
                )
            )
        return name

    def link_name(self, name: str, container_id: str, *, durable: bool = True) -> None:
        """Make a name lead to a container; it counts once the container's record has the name."""
        link = self.names / name
        link.parent.mkdir(mode=0o700, exist_ok=True)
        link.unlink(missing_ok=True)  # left by an interrupted removal
        link.symlink_to(f"../{container_id}")
        if durable:
            fsync_dir(self.names)

    def named(self, name: str) -> str | None:
        """The ID of the container that has this name; None if there is none."""
        try:
            target = os.readlink(self.names / name)
        except OSError:
            return None
        container_id = target.rpartition("/")[2]
        if not is_id(container_id):
            return None
        with suppress(FileNotFoundError, NotADirectoryError, Damaged):
            return container_id if self._name_of(container_id) == name else None
        return None

    def _name_of(self, container_id: str) -> object:
        """The name in the record, which may be damaged otherwise. Raises FileNotFoundError, NotADirectoryError, Damaged."""
        path = self._record_path(container_id)
        content = read_file(path)
        with suppress(Damaged):
            return decode_record(content, path)[0].name
        return strict_json.loads_trusted_object(content, what=path).get("name")

    def path(self, container_id: str) -> Path:
        """The folder of a container."""
        return self.folder / container_id

    def paths(self, container_id: str) -> ContainerPaths:
        """The paths in the folder of a container."""
        return ContainerPaths(self.folder / container_id)

    @contextmanager
    def lock(self, container_id: str, timeout: float | None = None) -> Iterator[None]:
        """Lock a container's state.

        Raises NotFound if it was removed meanwhile, NotOurs if it is another user's, Conflict after `timeout` seconds.
        """
        require_own(self.path(container_id))
        lock = Lock(self.paths(container_id).lock, timeout=timeout)
        try:
            lock.acquire()
        except StorageError as error:
            if self.path(container_id).is_dir():
                raise
            raise NotFound(
                tr("no such container: {container_id}; it has been removed meanwhile", container_id=container_id[:12])
            ) from error
        try:
            yield
        finally:
            lock.release()

    def naming(self) -> Lock:
        """The lock for changes of names, and for adding and removing containers."""
        return Lock(ContainersPaths(self.folder).lock)

    def find(self, name: str) -> Container:
        """Find a container by name, ID or unique prefix of an ID. Raises NotFound; Ambiguous with those that match; Damaged."""
        name = name.removeprefix("/")
        if is_id(name) and self.path(name).is_dir():
            return self.read(name)
        if "/" not in name and name not in ("", ".", "..") and (found := self.named(name)) is not None:
            return self.read(found)
        fitting = [one for one in self.ids() if one.startswith(name)] if _PREFIX.fullmatch(name) else []
        if len(fitting) > 1:
            raise Ambiguous(
                tr(
                    "{name!r} begins the IDs of {fitting} containers: {names}",
                    name=name,
                    fitting=len(fitting),
                    names=", ".join(one[:12] for one in fitting),
                )
            )
        if not fitting:
            raise NotFound(tr("no such container: {name}", name=name), tr("`layertui ps -a` lists them"))
        return self.read(fitting[0])

    def ids(self) -> list[str]:
        """The IDs of all containers, sorted. Raises StorageError."""
        with as_storage_error(self.folder), suppress(FileNotFoundError, NotADirectoryError):
            return sorted(name for name in names_in(self.folder) if is_id(name))
        return []

    def list(self) -> list[Container]:
        """Every container, newest first. Raises StorageError."""
        found = []
        for container_id in self.ids():
            with suppress(NotFound, Damaged):  # removed meanwhile; `fsck` reports damaged ones
                found.append(self.read(container_id))
        return sorted(found, key=lambda one: one.created, reverse=True)

    def manifests(self) -> Iterator[Digest]:
        """The manifest of each container's image, which must be kept for it. Raises Damaged if one is unknown."""
        for container_id in self.ids():
            try:
                if (manifest := self.read(container_id).manifest) is not None:
                    yield manifest
            except (NotFound, Damaged) as error:
                if os.path.lexists(self.path(container_id)):
                    raise Damaged(
                        tr("{error}; nothing is swept before `layertui fsck --repair`", error=error)
                    ) from None

    def read(self, container_id: str) -> Container:
        """The current state of a container. Raises NotFound, Damaged, StorageError."""
        path = self._record_path(container_id)
        try:
            content = read_file(path)
        except (FileNotFoundError, NotADirectoryError):
            raise NotFound(tr("no such container: {container_id}", container_id=container_id[:12])) from None
        life = self.life(container_id)
        record, options = decode_record(content, path)
        if record.id != container_id or not is_name(record.name):
            raise Damaged(
                tr(
                    "{path}: is not the record of this container, or its name is none: {name!r:.80}",
                    path=path,
                    name=record.name,
                )
            )
        connected = self._connected(container_id) if life.state.alive else None
        return Container(
            id=record.id,
            name=record.name,
            image=record.image,
            image_id=Digest(record.image_id),
            manifest=Digest(record.manifest),
            command=record.command,
            created=record.created,
            stop_signal=record.stop_signal or STOP_SIGNAL,
            options=options,
            state=life.state,
            pid=life.pid,
            exit_code=life.exit_code,
            started=life.started,
            finished=life.finished,
            reason=life.reason,
            paused_by=life.paused_by,
            oom_killed=life.oom_killed,
            net=connected.net if connected else options.net,
            published=connected.ports if connected else (),
            lost=life.lost,
            image_volumes=record.image_volumes,
        )

    def _record_path(self, container_id: str) -> str:
        return f"{self._folder}/{container_id}/{RECORD}"

    def _connected(self, container_id: str) -> ConnectionDoc | None:
        path = f"{self._folder}/{container_id}/{RUN}/{CONNECTED}"
        with suppress(FileNotFoundError, NotADirectoryError, Damaged):
            kept = read_json_file(path)
            return decode(ConnectionDoc, kept, path, ports=decode_each(Port, kept.get("ports"), path))
        return None

    def life(self, container_id: str) -> LifeRecord:
        """The state of the process, from its last start."""
        return read_life(f"{self._folder}/{container_id}")

    def life_of(self, container_id: str) -> LifeRecord:
        """The same, before acting on the process. Raises NotOurs if the container is another user's."""
        require_own(self.path(container_id))
        return self.life(container_id)

    def failed(self, container_id: str, code: int, reason: str, before: LifeRecord) -> None:
        """Record a failed start; `before` is the state until then. Raises NotOurs, StorageError."""
        note = {"code": code, "reason": reason, "started": before.started, "finished": before.finished}
        write_atomically(self.paths(container_id).failed, strict_json.dumps(note))

    def rename(self, container: Container, name: str) -> None:
        """Rename a container, by replacing its record. Raises Conflict if the name is taken; UsageError, NotOurs, Damaged."""
        require_own(self.path(container.id))
        with self.naming():
            record = read_json_file(self._record_path(container.id))
            old = record["name"]  # may have changed since the caller read it
            record["name"] = self._free_name(checked(name))
            self.link_name(record["name"], container.id)
            write_atomically(self._record_path(container.id), strict_json.dumps(record))
            self._unlink_name(old, container.id)

    def remove(self, container: Container) -> None:
        """Remove the folder and the name. From the first step on the container does not exist. Raises NotOurs, StorageError."""
        gone = self.folder / f"{GONE}{container.id}"
        with as_storage_error(self.folder):
            with self.naming():
                with suppress(FileNotFoundError):
                    self.path(container.id).rename(gone)
                self._unlink_name(container.name, container.id)
            fsync_dir(self.folder)
            try:
                self.clear(gone.name)
            except FileNotFoundError:
                pass  # its shim removes it too, if it has `--rm`
            except OSError as error:
                # Another process may still write there, at its end. It is not a container any more; `gc` deletes it.
                if error.errno != errno.ENOTEMPTY:
                    raise

    def _unlink_name(self, name: str, container_id: str) -> None:
        """Remove a name if it leads to this container."""
        link = self.names / name
        if is_name(name) and link.is_symlink() and os.readlink(link).endswith(container_id):
            link.unlink()

    def clear(self, name: str) -> None:
        """Delete a folder that is not a container, or no more. OSError."""
        remove_tree(self.folder / name)


def _fill(folder: Path, record: bytes, *, durable: bool) -> None:
    paths = ContainerPaths(folder)
    folder.mkdir(mode=0o700)
    paths.upper.mkdir()
    paths.upper.chmod(0o755)  # it is `/` in the container
    paths.work.mkdir(mode=0o700)
    # Now, since a disk on which no more files can be made must still let the container be removed.
    os.close(os.open(paths.lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    with open(paths.record, "xb") as file:  # not used before the folder has its name
        os.fchmod(file.fileno(), 0o600)
        file.write(record)
        file.flush()
        os.fsync(file.fileno())
    if durable:
        fsync_dir(folder)
