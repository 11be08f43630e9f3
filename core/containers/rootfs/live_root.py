"""The root filesystem of a running container, changed through /proc/PID/root.

The kernel's overlay applies the changes: nothing is written directly to the layer's folder, because the result would be
undefined. The kernel resolves symlinks and `..` inside the container's root, whatever the container does meanwhile.
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
from layertui.core.layers.table.entry import Device, Kind

# File systems that are no storage but the kernel itself.
_KERNELS = frozenset(
    ("proc", "sysfs", "cgroup", "cgroup2", "devtmpfs", "devpts", "mqueue", "securityfs", "debugfs", "tracefs", "bpf",
     "configfs", "pstore", "efivarfs", "binfmt_misc")
)  # fmt: skip


class LiveRoot:
    """The root of a container that runs."""

    def __init__(self, process: Process, recorded: MountedRoot, sidecar: Sidecar) -> None:
        """`recorded` is the same container's root as its layers and its mounts have it: asked where the disk does not know all."""
        self.sidecar, self._recorded = sidecar, recorded
        self._mounts = {line.number: line for line in mounts_of(process.pid)}
        self.syncing = SyncPlan(sidecar.upper)
        self._staging = Staging(sidecar.upper)
        try:
            self._root = Beneath(f"/proc/{process.pid}/root", symlinks=True)
        except FileNotFoundError:
            raise WrongState("the container has just ended; try again") from None
        except PermissionError as error:
            raise StorageError(
                "the container's files cannot be reached: its first process belongs to another user"
            ) from error
        if not process.alive:  # asked after the root is held: then it was this process's
            self._root.close()
            raise WrongState("the container has just ended; try again")

    def __enter__(self) -> Self:
        self._staging.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._staging.__exit__()
        self._root.close()

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path with, if asked for, no symlink at its end; those before it are the kernel's to follow."""
        for _ in range(MOST_LINKS):
            if not follow or (seen := self.look(path)) is None or seen.kind is not Kind.SYMLINK:
                return path
            path = os.path.join(os.path.dirname(path.rstrip("/")), seen.link or "")
        raise NotFound(f"{path}: too many levels of symbolic links")

    def look(self, path: str) -> FileStatus | None:
        """What is at a path, a symlink at its end not followed."""
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
        """With the owner, and the device, that the disk cannot say."""
        if self.sidecar.ids.mode != "single" and not self.sidecar.kept():
            return seen
        known = self._recorded.look(path)
        if known is not None and known.device is not None and seen.kind is Kind.FILE:
            seen = replace(seen, kind=known.kind, dev=known.dev)
        if self.sidecar.ids.mode != "single" and (seen.uid, seen.gid) != (0, 0):
            return seen
        return replace(seen, uid=known.uid if known else 0, gid=known.gid if known else 0)

    def names(self, path: str) -> list[str]:
        """What lies in a folder."""
        return names_in(self._root, path)

    def mount_of(self, path: str) -> str:
        """Where what a path lies in is mounted; empty for the layers."""
        try:
            with self._root.at(path) as (fd, name):
                source = self._recorded.source_of(_named(fd, name))
        except FileNotFoundError:  # its folder is still to be made
            return self.mount_of(os.path.dirname(path))
        return source.target if source is not None else ""

    @contextmanager
    def at(self, path: str) -> Iterator[tuple[int, bytes]]:
        """The folder of `path`, and the name in it. Conflict where the folder is not the container's to change."""
        with self._root.at(path) as (fd, name):
            self._recorded.require_change(_named(fd, name))
            self._require_ours(fd, path)
            with writable(fd):
                yield fd, name

    def _require_ours(self, fd: int, path: str) -> None:
        """/proc, /sys and /dev are mounted too, and what a write there does, it does to the host's kernel, and as us."""
        number = _mount_of(fd)
        if number == _mount_of(self._root.fd):
            return
        line, here = self._mounts.get(number), _named(fd, b".")
        source = self._recorded.source_of(here)
        top = self._recorded.volume_of(here) if source is None else source.target
        if line is None or top is None or not f"{line.path}/".startswith(f"{top}/") or line.kind in _KERNELS:
            raise Conflict(f"{path} lies in something that is mounted in the container, not in its layers or volumes")

    @contextmanager
    def new(self, path: str) -> Iterator[tuple[int, bytes]]:
        """Where something is made: in the folder of `path`, since no other is sure to lie on the same mount."""
        with self.at(path) as (fd, name):
            if _mounted(fd, name):  # /etc/hosts for one: it stays, and gets the content
                staging, free = self._staging.name()
                yield staging, free
                replace_content(staging, free, fd, name, path)
                return
            with open_staged(fd) as temporary:
                yield fd, temporary
                self.sidecar.copy(_named(fd, temporary), _named(fd, name))
                self.sidecar.save()  # with the inodes, so it says nothing of what is still there
                take_name(fd, temporary, name)
                self.sidecar.forget(_named(fd, temporary))
                self.syncing.names(fd)

    def chown(self, held: PathHandle, path: str, owner: Owner) -> None:
        """Make what is, or will be, at `path` somebody's."""
        if self._staging.holds(held.folder):
            return  # it only lends its content to what is mounted
        if self._recorded.source_of(_named(held.folder, held.name)) is not None:
            chown_mounted(self.sidecar, held, path, owner)
        elif not self.sidecar.given(held, owner):
            self._note(held, path, owner)

    def on_hardlink(self, held: PathHandle, path: str, seen: FileStatus) -> None:
        """What is, or will be, at `path` is a further name of what was seen."""
        if self._recorded.source_of(_named(held.folder, held.name)) is not None:
            return  # what is mounted has its owner on the disk
        if not self.sidecar.holds(held, (seen.uid, seen.gid)):
            self._note(held, path, (seen.uid, seen.gid))
        if seen.device is not None and S_ISREG(held.status.st_mode):
            self.record_placeholder(held, path, seen.device)

    def record_placeholder(self, held: PathHandle, path: str, device: Device) -> None:
        """The empty file that is, or will be, at `path` is to be a device."""
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
        """Nothing to do: the kernel copies it up when it is changed."""

    def copy_up_tree(self, path: str) -> None:
        """Nothing to do: it is in use already."""

    def open(self, path: str) -> BinaryIO:
        """The bytes of the file at `path`."""
        return open_on_disk(self._root, path)

    def move(self, path: str, to: str) -> None:
        """What is at `path` goes to where nothing is: in one step, but for a folder that the image has.

        That one the kernel does not move; as by `mv` in the container, it is there twice for a moment, and never not at all.
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

    def remove(self, path: str) -> None:
        """What is at `path` goes, with all below it."""
        with self.at(path) as (fd, name), suppress(FileNotFoundError):
            self._require_no_mount(fd, name)
            remove_at(fd, name)
            self.syncing.names(fd)

    def _require_no_mount(self, fd: int, name: bytes) -> None:
        """Nor below it: what is mounted there would be emptied, and is the host's or another's."""
        path = _named(fd, name)
        below = next((line.path for line in self._mounts.values() if line.path.startswith(f"{path}/")), None)
        if below is not None or _mounted(fd, name):
            raise Conflict(f"{path} stays as it is: something is mounted at {below or path}")


def _mounted(fd: int, name: bytes) -> bool:
    """Whether something is mounted there. The kernel would not tell: in our mount namespace nothing is."""
    try:
        thing = os.open(name, LOOK | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=fd)
    except FileNotFoundError:
        return False
    try:
        return _mount_of(thing) != _mount_of(fd)
    finally:
        os.close(thing)


def _named(fd: int, name: bytes) -> str:
    """The path of a name in a folder, as the container has it: the kernel names a folder so, without symlinks."""
    return os.path.join(os.readlink(f"/proc/self/fd/{fd}"), os.fsdecode(name))


def _mount_of(fd: int) -> int:
    with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as file:
        return next((int(line.partition(":")[2]) for line in file if line.startswith("mnt_id:")), 0)
