"""The host's files behind one mount of a stopped container, accessed without mounting.

The paths are the container's, already resolved. No symlink is followed, so that none leads outside the mount.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from layertui.core.containers.model.mounts import Mount, make_source
from layertui.core.containers.model.process_identity import Process
from layertui.core.containers.rootfs.container_root import FileStatus, Owner, SyncPlan, resolved, writable
from layertui.core.containers.rootfs.on_disk import (
    chown_mounted,
    mounted_owner,
    names_in,
    open_on_disk,
    open_staged,
    replace_content,
    status_at,
    status_of,
    take_name,
)
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.containers.rootfs.staging import Staging
from layertui.core.errors import Conflict, NotFound, WrongState
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.dir_fd import remove_at, xattrs_at
from layertui.core.fs.path_handle import PathHandle
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Device, Kind


class MountSource:
    """A folder of the host, or one file in a folder, mounted in a container."""

    def __init__(self, mount: Mount, target: str, sidecar: Sidecar, syncing: SyncPlan, staging: Staging) -> None:
        self.target, self.mount, self.syncing = target, mount, syncing
        self._sidecar, self._staging = sidecar, staging
        make_source(mount)
        real = os.path.realpath(mount.source)
        self._top, self._file = (real, "") if os.path.isdir(real) else os.path.split(real)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder, not a single file."""
        return not self._file

    @property
    def is_there(self) -> bool:
        """Whether it is visible now."""
        return os.path.lexists(os.path.join(self._top, self._file))

    def beneath(self) -> Beneath:
        """The folder of the host, opened. Raises NotFound if it is gone."""
        try:
            return Beneath(self._top, symlinks=False)
        except FileNotFoundError:
            raise NotFound(
                tr("cannot reach {source}: the host has no such file or folder", source=self.mount.source)
            ) from None

    def inner(self, path: str) -> str:
        """A path relative to that folder; empty for the folder itself."""
        return os.path.join(self._file, path[len(self.target) :].strip("/")).rstrip("/")

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path without symlinks, as far as it is in this mount."""
        return resolved(self.look, path, follow=follow)

    def look(self, path: str) -> FileStatus | None:
        """What is at a path; symlinks are not followed."""
        inner = self.inner(path)
        try:
            with self.beneath() as root:
                if not inner:
                    what = os.fstat(root.fd)
                    seen = status_of(what, None, self._sidecar.xattrs(what, xattrs_at(root.fd, b".")))
                else:
                    with root.at(inner) as (fd, name):
                        seen = status_at(fd, name, self._sidecar)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return seen.owned(mounted_owner(self._sidecar.ids, (seen.uid, seen.gid)))

    def names(self, path: str) -> list[str]:
        with self.beneath() as root:
            return names_in(root, self.inner(path))

    def mount_of(self, path: str) -> str:
        """Where it is mounted: each path below it has the same answer."""
        return self.target

    @contextmanager
    def at(self, path: str) -> Iterator[tuple[int, bytes]]:
        """The parent folder of `path`, and the name in it; for the mounted folder itself, the folder and `.`."""
        inner = self.inner(path)
        with self.beneath() as root:
            if not inner:
                with writable(root.fd):
                    yield root.fd, b"."
                return
            with root.at(inner) as (fd, name), writable(fd):
                yield fd, name

    @contextmanager
    def new(self, path: str) -> Iterator[tuple[int, bytes]]:
        """The parent folder of `path`, as no other one is surely on the same file system, and a temporary name in it.

        Raises Conflict.
        """
        with self.at(path) as (fd, name):
            if path == self.target and not self._file:
                raise Conflict(tr("{path} is a folder that is mounted, and stays one", path=path))
            if path == self.target:
                staging, free = self._staging.name()
                yield staging, free
                replace_content(staging, free, fd, name, path)
                return
            with open_staged(fd) as temporary:
                yield fd, temporary
                take_name(fd, temporary, name)
                self.syncing.names(fd)

    def chown(self, held: PathHandle, path: str, owner: Owner) -> None:
        """Set the owner of what is, or will be, at `path`."""
        chown_mounted(self._sidecar, held, path, owner)

    def on_hardlink(self, held: PathHandle, path: str, seen: FileStatus) -> None:
        """Does nothing: mounted files have their owner on disk."""

    def record_placeholder(self, held: PathHandle, path: str, device: Device) -> None:
        """Raises Conflict: a mount has no sidecar, so no file can stand for a device there."""
        raise Conflict(
            tr("{path} cannot be made: only root makes devices, and this one would be in a mount", path=path)
        )

    def copy_up(self, path: str) -> None:
        """Does nothing: the file is changed in the mount."""

    def copy_up_tree(self, path: str) -> None:
        """Does nothing: the mount hides the image."""

    def open(self, path: str) -> BinaryIO:
        """Open the file at `path`."""
        with self.beneath() as root:
            return open_on_disk(root, self.inner(path))

    def move(self, path: str, to: str) -> None:
        """Move `path` to a free path."""
        with self.at(path) as (fd, name), self.at(to) as (to_fd, last):
            os.rename(name, last, src_dir_fd=fd, dst_dir_fd=to_fd)
            self.syncing.names(to_fd)
            self.syncing.names(fd)

    def remove(self, path: str, keep: tuple[int, bytes] | None = None) -> None:
        """Remove `path` with everything below it."""
        with self.at(path) as (fd, name):
            remove_at(fd, name)
            self.syncing.names(fd)


class MemorySource(MountSource):
    """A tmpfs of a container: exists while it runs, accessed through its first process's root; its content is not kept."""

    def __init__(
        self, mount: Mount, target: str, sidecar: Sidecar, syncing: SyncPlan, staging: Staging, process: Process | None
    ) -> None:
        super().__init__(mount, target, sidecar, syncing, staging)
        self._process = process
        self._file = ""

    @property
    def is_there(self) -> bool:
        """Whether the container runs."""
        return self._process is not None

    def beneath(self) -> Beneath:
        """The folder, opened. Raises Conflict if the container does not run, WrongState if it has just ended."""
        if self._process is None:
            raise Conflict(
                tr(
                    "{target} is a tmpfs, which exists only while the container runs; nothing in it is kept: start the container first",
                    target=self.target,
                )
            )
        try:
            with Beneath(f"/proc/{self._process.pid}/root", symlinks=True) as root:
                fd = root.enter(self.target)
        except FileNotFoundError:
            raise WrongState(tr("the container has just ended; try again")) from None
        try:
            found = Beneath(f"/proc/self/fd/{fd}", symlinks=False)
        finally:
            os.close(fd)
        if self._process.alive:  # checked after the folder was opened, which then belongs to this process
            return found
        found.close()
        raise WrongState(tr("the container has just ended; try again"))

    def look(self, path: str) -> FileStatus | None:
        """What is at a path; the mounted folder itself is known without a process."""
        if self._process is None and path == self.target:
            return FileStatus(Kind.DIR, 0o1777, 0, 0)
        return super().look(path)
