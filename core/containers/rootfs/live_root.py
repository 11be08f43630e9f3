"""The root filesystem of a running container, changed through /proc/PID/root.

The kernel's overlay applies the changes: writing directly to the folders of a mounted overlay has undefined results. The
kernel resolves symlinks and `..` inside the container's root, whatever the container does meanwhile.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from stat import S_ISREG
from typing import BinaryIO, Self

from layertui.core.containers.model.mount_table import mounts_of
from layertui.core.containers.model.process_identity import Process
from layertui.core.containers.rootfs.container_root import FileStatus, Owner, SyncPlan, writable
from layertui.core.containers.rootfs.mounted_root import MountedRoot
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
from layertui.core.containers.rootfs.put_files import copy
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.containers.rootfs.staging import Staging
from layertui.core.errors import Conflict, NotFound, StorageError, WrongState
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.descent import LOOK
from layertui.core.fs.dir_fd import remove_at
from layertui.core.fs.path_handle import PathHandle
from layertui.core.fs.symlink_walk import MOST_LINKS
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Device, Kind

# File systems that are not storage, but interfaces of the kernel.
_KERNELS = frozenset(
    ("proc", "sysfs", "cgroup", "cgroup2", "devtmpfs", "devpts", "mqueue", "securityfs", "debugfs", "tracefs", "bpf",
     "configfs", "pstore", "efivarfs", "binfmt_misc")
)  # fmt: skip


class LiveRoot:
    """The root of a running container."""

    def __init__(self, process: Process, recorded: MountedRoot, sidecar: Sidecar) -> None:
        """`recorded` is the same root with its layers and mounts as recorded: for attributes that the disk does not hold.

        Raises WrongState where the process has ended, StorageError where its files belong to another user.
        """
        self.sidecar, self._recorded = sidecar, recorded
        self._mounts = {line.number: line for line in mounts_of(process.pid)}
        self.syncing = SyncPlan(sidecar.upper)
        self._staging = Staging(sidecar.upper)
        try:
            self._root = Beneath(f"/proc/{process.pid}/root", symlinks=True)
        except FileNotFoundError:
            raise WrongState(tr("the container has just ended; try again")) from None
        except PermissionError as error:
            raise StorageError(
                tr("the container's files cannot be reached: its first process belongs to another user")
            ) from error
        if not process.alive:  # checked after the root was opened, which then belongs to this process
            self._root.close()
            raise WrongState(tr("the container has just ended; try again"))

    def __enter__(self) -> Self:
        self._staging.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._staging.__exit__()
        self._root.close()

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """Follow a symlink at the path's end, if `follow`; the kernel follows those before it. Raises NotFound."""
        for _ in range(MOST_LINKS):
            if not follow or (seen := self.look(path)) is None or seen.kind is not Kind.SYMLINK:
                return path
            path = os.path.join(os.path.dirname(path.rstrip("/")), seen.link or "")
        raise NotFound(tr("{path}: too many levels of symbolic links", path=path))

    def look(self, path: str) -> FileStatus | None:
        """What is at a path; a symlink at its end is not followed."""
        if not path.strip("/."):
            return FileStatus(Kind.DIR, 0o755, 0, 0)
        try:
            if path.endswith("/.."):
                return status_of(self._root.stat(path, last=True), None, {})
            with self._root.at(path) as (fd, name):
                seen, named = status_at(fd, name, self.sidecar), _named(fd, name)
                if self._recorded.source_of(named) is not None:
                    return seen.owned(mounted_owner(self.sidecar.ids, (seen.uid, seen.gid)))
                return self._as_recorded(seen, named)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _as_recorded(self, seen: FileStatus, path: str) -> FileStatus:
        """The same with owner and device as recorded, if the disk cannot hold them."""
        if self.sidecar.ids.mode != "single" and not self.sidecar.kept():
            return seen
        known = self._recorded.look(path)
        if known is not None and known.device is not None and seen.kind is Kind.FILE:
            seen = replace(seen, kind=known.kind, dev=known.dev)
        if self.sidecar.ids.mode != "single" and (seen.uid, seen.gid) != (0, 0):
            return seen
        return replace(seen, uid=known.uid if known else 0, gid=known.gid if known else 0)

    def names(self, path: str) -> list[str]:
        return names_in(self._root, path)

    def mount_of(self, path: str) -> str:
        """The target of the mount that a path is in; empty for the layers."""
        try:
            with self._root.at(path) as (fd, name):
                source = self._recorded.source_of(_named(fd, name))
        except FileNotFoundError:  # its folder does not exist yet
            return self.mount_of(os.path.dirname(path))
        return source.target if source is not None else ""

    @contextmanager
    def at(self, path: str) -> Iterator[tuple[int, bytes]]:
        """The parent folder of `path`, and the name in it. Raises Conflict if the folder is not the container's to change."""
        with self._root.at(path) as (fd, name):
            self._recorded.require_change(_named(fd, name))
            self._require_ours(fd, path)
            with writable(fd):
                yield fd, name

    def _require_ours(self, fd: int, path: str) -> None:
        """Refuse /proc, /sys and /dev, which are mounted too: a write there changes the host's kernel, with our rights."""
        number = _mount_of(fd)
        if number == _mount_of(self._root.fd):
            return
        line, here = self._mounts.get(number), _named(fd, b".")
        source = self._recorded.source_of(here)
        top = self._recorded.volume_of(here) if source is None else source.target
        if line is None or top is None or not f"{line.path}/".startswith(f"{top}/") or line.kind in _KERNELS:
            raise Conflict(tr("{path} is in a mount that is neither a layer nor a volume of the container", path=path))

    @contextmanager
    def new(self, path: str) -> Iterator[tuple[int, bytes]]:
        """The parent folder of `path`, as no other one is surely on the same mount, and a temporary name in it."""
        with self.at(path) as (fd, name):
            if _mounted(fd, name):  # such as /etc/hosts: the mounted file stays, and gets the content
                staging, free = self._staging.name()
                yield staging, free
                replace_content(staging, free, fd, name, path)
                return
            with open_staged(fd) as temporary:
                yield fd, temporary
                self.sidecar.copy(_named(fd, temporary), _named(fd, name))
                self.sidecar.save()  # with inodes, so it does not apply to the file that is still there
                take_name(fd, temporary, name)
                self.sidecar.forget(_named(fd, temporary))
                self.syncing.names(fd)

    def chown(self, held: PathHandle, path: str, owner: Owner) -> None:
        """Set the owner of what is, or will be, at `path`."""
        if self._staging.holds(held.folder):
            return  # a temporary file, only for its content
        if self._recorded.source_of(_named(held.folder, held.name)) is not None:
            chown_mounted(self.sidecar, held, path, owner)
        elif not self.sidecar.given(held, owner):
            self._note(held, path, owner)

    def on_hardlink(self, held: PathHandle, path: str, seen: FileStatus) -> None:
        """Called when `path` has become another name of `seen`."""
        if self._recorded.source_of(_named(held.folder, held.name)) is not None:
            return  # a mounted file has its owner on disk
        if not self.sidecar.holds(held, (seen.uid, seen.gid)):
            self._note(held, path, (seen.uid, seen.gid))
        if seen.device is not None and S_ISREG(held.status.st_mode):
            self.record_placeholder(held, path, seen.device)

    def record_placeholder(self, held: PathHandle, path: str, device: Device) -> None:
        """Record that the empty file that is, or will be, at `path` stands in for a device."""
        if (source := self._recorded.source_of(_named(held.folder, held.name))) is not None:
            source.record_placeholder(held, path, device)
        named = _named(held.folder, os.fsencode(os.path.basename(path.rstrip("/"))))
        self.sidecar.note(named, held.name, device=device)

    def _note(self, held: PathHandle, path: str, owner: Owner) -> None:
        named = _named(held.folder, os.fsencode(os.path.basename(path.rstrip("/"))))
        known = self._recorded.look(named)
        if owner != (0, 0) or (known is not None and (known.uid, known.gid) != (0, 0)):
            self.sidecar.note(named, held.name, owner=owner)

    def copy_up(self, path: str) -> None:
        """Does nothing: the kernel copies it up when it is changed."""

    def copy_up_tree(self, path: str) -> None:
        """Does nothing: the folder is in use already."""

    def open(self, path: str) -> BinaryIO:
        """Open the file at `path`."""
        return open_on_disk(self._root, path)

    def move(self, path: str, to: str) -> None:
        """Move `path` to a free path: by one rename, except for a folder of the image.

        The kernel does not rename such a folder; as with `mv` in the container, it exists twice for a moment.
        """
        with self.at(path) as (fd, name), self.at(to) as (to_fd, last):
            self._require_no_mount(fd, name)
            self.sidecar.copy(_named(fd, name), _named(to_fd, last))
            self.sidecar.save()
            try:
                os.rename(name, last, src_dir_fd=fd, dst_dir_fd=to_fd)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                copy(self, path, to)
                self.remove(path)
                return
            self.sidecar.forget(_named(fd, name))
            self.syncing.names(to_fd)
            self.syncing.names(fd)

    def remove(self, path: str, keep: tuple[int, bytes] | None = None) -> None:
        """Remove `path` with everything below it."""
        with self.at(path) as (fd, name), suppress(FileNotFoundError):
            self._require_no_mount(fd, name)
            remove_at(fd, name)
            self.syncing.names(fd)

    def _require_no_mount(self, fd: int, name: bytes) -> None:
        """Raise Conflict if something is mounted at or below the name: its content belongs to the host or another container."""
        path = _named(fd, name)
        below = next((line.path for line in self._mounts.values() if line.path.startswith(f"{path}/")), None)
        if below is not None or _mounted(fd, name):
            raise Conflict(tr("{path} stays as it is: something is mounted at {below}", path=path, below=below or path))


def _mounted(fd: int, name: bytes) -> bool:
    """Whether something is mounted there. unlink would not fail: in our mount namespace nothing is mounted."""
    try:
        thing = os.open(name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    except FileNotFoundError:
        return False
    try:
        return _mount_of(thing) != _mount_of(fd)
    finally:
        os.close(thing)


def _named(fd: int, name: bytes) -> str:
    """The path in the container of a name in a folder: the kernel reports the folder's path without symlinks."""
    return os.path.join(os.readlink(f"/proc/self/fd/{fd}"), os.fsdecode(name))


def _mount_of(fd: int) -> int:
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as file:
        return next((int(line.partition(":")[2]) for line in file if line.startswith("mnt_id:")), 0)
