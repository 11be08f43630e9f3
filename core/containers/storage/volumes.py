"""Named volumes: folders of the store that several containers can mount and that outlive them.

    FOLDER/NAME         the contents of the volume; its folder has the mode and owner of the first mount point
    FOLDER/.new-…       a volume that is being filled
    FOLDER/.lock        held while one is created or removed, and by a `create` that is about to use one

Anonymous volumes are not here: their contents are in the container's writable layer, and are left out of diff, commit
and export. When the container is removed, they are kept as a volume with a name of 64 hex digits, unless the user asks
to delete them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from layertui.core.containers.model.c_strings import is_c_string
from layertui.core.containers.model.container import Container
from layertui.core.containers.model.mounts import VOLUME_NAME, volume_name
from layertui.core.errors import Conflict, NotFound, UnsafePath, as_storage_error
from layertui.core.fs.atomic import Lock, fsync_dir, make_folder, sync_all
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.dir_fd import remove_tree
from layertui.core.language.texts import tr
from layertui.core.ownership import names_in
from layertui.core.store_paths import VOLUMES_LOCK

_NEW = ".new-"


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume with a name, and the containers that use it."""

    name: str
    folder: Path
    containers: tuple[str, ...] = ()
    """The names of the containers that were created with it."""


@dataclass(frozen=True, slots=True)
class PreservedVolume:
    """An anonymous volume that is kept when its container is removed."""

    path: str
    """Its target in the container."""
    name: str
    """The name that it has now."""


def holds_something(upper: Path, path: str) -> bool:
    """Whether a container has changed anything in a folder; `upper` is its writable layer."""
    if not is_c_string(path):
        return False
    with suppress(FileNotFoundError, NotADirectoryError, UnsafePath), Beneath(upper, symlinks=False) as root:
        fd = root.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            return bool(os.listdir(fd))
        finally:
            os.close(fd)
    return False


class Volumes:
    """All named volumes of a store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def lock(self) -> Lock:
        """The lock for making and removing volumes."""
        with as_storage_error(self.folder):
            make_folder(self.folder)
        return Lock(self.folder / VOLUMES_LOCK)

    def path(self, name: str) -> Path:
        """The folder of its files."""
        return self.folder / volume_name(name)

    def list(self, containers: Iterable[Container]) -> Sequence[Volume]:
        """Every volume, by name, each with those of the containers that use it. Raises StorageError."""
        names = [one for one in names_in(self.folder) if VOLUME_NAME.fullmatch(one)] if self.folder.is_dir() else []
        users: dict[str, list[str]] = {name: [] for name in names}
        for container in containers:
            for mount in container.options.mounts:
                if mount.kind == "volume" and mount.source in users:
                    users[mount.source].append(container.name)
        return [Volume(name, self.folder / name, tuple(users[name])) for name in sorted(names)]

    def fill(self, name: str, fill: Callable[[Path], None]) -> bool:
        """Make a volume, or use an empty one, and call `fill` to add its first content; returns whether it is new.

        The caller holds the lock. After an interruption there is no such volume. Raises StorageError.
        """
        path = self.path(name)
        is_new = not path.is_dir()
        if not is_new and any(path.iterdir()):
            return False
        with as_storage_error(self.folder):
            new = self.folder / f"{_NEW}{os.urandom(8).hex()}"
            new.mkdir(mode=0o755)
            new.chmod(0o755)
            try:
                fill(new)
                if any(new.iterdir()):
                    sync_all(new)
                new.rename(path)
                fsync_dir(self.folder)
            except BaseException:
                self._remove(new.name)
                raise
        return is_new

    def remove(self, name: str, containers: Iterable[Container]) -> None:
        """Delete a volume with its content. Raises NotFound; Conflict if a container was created with it; StorageError."""
        found = next((one for one in self.list(containers) if one.name == name), None)
        if found is None:
            raise NotFound(tr("no such volume: {name}; `layertui df -v` lists them", name=name))
        if found.containers:
            raise Conflict(
                tr(
                    "volume {name} is in use by {containers}; remove them first",
                    name=name,
                    containers=", ".join(found.containers),
                )
            )
        gone = f"{_NEW}{os.urandom(8).hex()}"
        with as_storage_error(self.folder):
            (self.folder / name).rename(self.folder / gone)
            self._remove(gone)

    def missing(self, container: Container) -> Sequence[str]:
        """The names of volumes that a container was created with and that do not exist."""
        named = [one.source for one in container.options.mounts if one.kind == "volume" and one.source]
        return [name for name in named if not self.path(name).is_dir()]

    def sweep(self) -> None:
        """Delete the remains of interrupted work."""
        if self.folder.is_dir():
            with self.lock():
                for name in self.cut_short():
                    self._remove(name)

    def cut_short(self) -> Sequence[str]:
        """The names of volumes that are incomplete, or are being made or removed right now."""
        return [name for name in names_in(self.folder) if name.startswith(_NEW)] if self.folder.is_dir() else []

    def _remove(self, name: str) -> None:
        with suppress(FileNotFoundError):
            remove_tree(self.folder / name)
