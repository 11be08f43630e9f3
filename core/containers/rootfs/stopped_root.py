"""The root filesystem of a stopped container: reads its writable layer and its image, and changes only the layer.

It does what the kernel's overlay does in a running container (overlayfs.rst): parents are copied up with their
attributes, a removed entry of the image gets a whiteout, and a folder that replaces a removed one is opaque. The
image's layers need not be unpacked; they are read through their View.

Each change is one operation of the file system: new content is created in the staging folder and renamed into position.

All functions take a path whose parent contains no symlinks; `resolve` returns such a path.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Self

from layertui.core.containers.rootfs.container_root import (
    FileStatus,
    Owner,
    SyncPlan,
    inode_of,
    movable,
    resolved,
    writable,
)
from layertui.core.containers.rootfs.on_disk import (
    has_whiteout_file,
    make_whiteout_file,
    names_in,
    remove_whiteout_file,
)
from layertui.core.containers.rootfs.put_files import copy, make_like
from layertui.core.containers.rootfs.sidecar import Sidecar
from layertui.core.containers.rootfs.staging import Staging, exchange, rename_into_place
from layertui.core.errors import NotFound
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.descent import STEP
from layertui.core.fs.dir_fd import make_empty_at, set_xattrs_at, status_at, xattrs_at
from layertui.core.fs.path_handle import PathHandle
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Device, Entry, Kind
from layertui.core.layers.table.layer_folder import KINDS
from layertui.core.layers.table.whiteouts import OPAQUE_NAME, PREFIX, is_whiteout, overlay_xattr
from layertui.core.oci.whiteout_names import OPAQUE_XATTR

if TYPE_CHECKING:
    from layertui.core.layers.stack.view import View


@dataclass(frozen=True, slots=True)
class _Step:
    """One path on the way down: what is there, and whether the image is still visible below it."""

    seen: FileStatus | None
    in_writable_layer: bool
    """Whether it is in the writable layer."""
    through: bool
    """Whether the image's files below it are visible."""


class StoppedRoot:
    """The root of a container without a process; a context manager for changes, while the caller holds the container's lock."""

    def __init__(
        self, upper: Path, below: Callable[[], View], sidecar: Sidecar, opaque_xattr: str = OPAQUE_XATTR
    ) -> None:
        """`opaque_xattr`: by which this overlay marks a folder as opaque."""
        self.upper = upper
        self.sidecar = sidecar
        self._opaque_xattr = opaque_xattr
        self.syncing = SyncPlan(upper)
        self._below = below
        self.staging = Staging(upper)
        self._alone = False  # set while only we change the layer
        # Cached meanwhile: the last folder that was walked to, and the steps to it.
        self._way: tuple[list[str], list[_Step]] = ([], [])

    def __enter__(self) -> Self:
        self.staging.__enter__()
        self._alone = True
        return self

    def __exit__(self, *_: object) -> None:
        self._alone = False
        self._changed("/")
        self.staging.__exit__()

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path without symlinks in it, whether or not it exists; with `follow`, none at its end either."""
        return resolved(self.look, path, follow=follow)

    def look(self, path: str) -> FileStatus | None:
        """What is at a path; symlinks are not followed."""
        return self._walk(path)[-1].seen

    def is_where(self, path: str) -> tuple[bool, bool]:
        """Whether the writable layer has what is at a path, and whether the image's files there are visible."""
        step = self._walk(path)[-1]
        return step.in_writable_layer, step.through

    def names(self, path: str) -> list[str]:
        step = self._walk(path)[-1]
        found: set[str] = set()
        if step.in_writable_layer:
            found.update(name for name in self._own_names(path) if not name.startswith(os.fsdecode(PREFIX)))
        if step.through:
            view = self._below()
            index = view.find(path)
            if index is not None:
                found.update(view.name(int(child)) for child in view.children(index))
        return sorted(name for name in found if self.look(f"{path.rstrip('/')}/{name}") is not None)

    def _own_names(self, path: str) -> list[str]:
        with Beneath(self.upper, symlinks=False) as root:
            return names_in(root, path)

    def leads_only_to(self, ends: Collection[str]) -> set[str]:
        """The folders that the layer has only because these paths are in it, with the image's attributes."""
        found: set[str] = set()
        for path in sorted({above for end in ends for above in _above(end)}, key=len, reverse=True):
            with suppress(PermissionError):  # its mode denies access, and differs from the image's
                if self._is_as_below(path):
                    names = self._own_names(path)
                    found |= {path} if all(f"{path}/{name}" in (*ends, *found) for name in names) else set()
        return found

    def _is_as_below(self, path: str) -> bool:
        """Whether the layer has a folder there, with the image's attributes."""
        step, entry = self._walk(path)[-1], self._below().get(path)
        if step.seen is None or entry is None or not step.in_writable_layer or not step.through:
            return False
        return replace(step.seen, inode=None) == replace(_seen(entry), inode=None)

    def mount_of(self, path: str) -> str:
        """Returns the empty string: nothing is mounted in the layers themselves."""
        return ""

    @contextmanager
    def at(self, path: str) -> Iterator[tuple[int, bytes]]:
        """The parent folder of `path` in the writable layer, copied up if necessary, and the name in it.

        Raises NotFound.
        """
        parent, _, _ = path.rpartition("/")
        self.copy_up(parent)
        seen = self._walk(parent, kind_only=True)[-1].seen
        if seen is None or seen.kind is not Kind.DIR:
            raise NotFound(tr("{parent}: no such folder in the container", parent=parent))
        with Beneath(self.upper, symlinks=False) as root, root.at(path) as (fd, name), writable(fd):
            yield fd, name

    @contextmanager
    def new(self, path: str) -> Iterator[tuple[int, bytes]]:
        """A staging folder and a name in it; the file is moved to `path`, in one step, when the block ends well."""
        fd, name = self.staging.name()
        yield fd, name
        self.sidecar.save()  # with the inode, so it does not apply to the file that is still there
        with self.at(path) as (to_fd, to), movable(fd, name), movable(to_fd, to):
            if _is_folder(fd, name) and self._shows(path, Kind.DIR):
                _make_opaque(fd, name, self._opaque_xattr)
            self._changed(path)
            rename_into_place(fd, name, to_fd, to)
            remove_whiteout_file(to_fd, to)
            self.syncing.names(to_fd)

    def chown(self, held: PathHandle, path: str, owner: Owner) -> None:
        """Set the owner of what is, or will be, at `path`."""
        self.sidecar.chown(held, path, owner)

    def on_hardlink(self, held: PathHandle, path: str, seen: FileStatus) -> None:
        """Called when `path` has become another name of `seen`."""
        self.sidecar.on_hardlink(held, path, seen)

    def record_placeholder(self, held: PathHandle, path: str, device: Device) -> None:
        """Record that the empty file that is, or will be, at `path` stands in for a device."""
        self.sidecar.record_placeholder(held, path, device)

    def remove(self, path: str, keep: tuple[int, bytes] | None = None) -> None:
        """Remove `path` with everything below it, in one step; a whiteout replaces what the image has there.

        What the layer had is moved to `keep`, a free name in a folder of the same file system, where two names can be exchanged.
        """
        shown = self._shows(path)
        with self.at(path) as (fd, name), movable(fd, name):
            staging, free = self.staging.name()
            self._changed(path)
            if shown and _make_whiteout(staging, free):
                if keep is not None and _is_there(fd, name) and exchange(staging, free, fd, name):
                    os.rename(free, keep[1], src_dir_fd=staging, dst_dir_fd=keep[0])
                else:
                    rename_into_place(staging, free, fd, name)
            else:
                if shown:  # a whiteout as in a layer tar
                    make_whiteout_file(fd, name)
                to_fd, to = keep or (staging, free)
                with suppress(FileNotFoundError):
                    os.rename(name, to, src_dir_fd=fd, dst_dir_fd=to_fd)
            self.syncing.names(fd)
        self.sidecar.forget(path)

    def move(self, path: str, to: str) -> None:
        """Move `path` to a free path, in one step; what only the image has of it is copied up before."""
        self.copy_up_tree(path)
        shown = self._shows(path)
        self.sidecar.copy(path, to)
        self.sidecar.save()
        with self.at(path) as (fd, name), self.at(to) as (to_fd, last), movable(fd, name):
            if _is_folder(fd, name) and self._shows(to, Kind.DIR):
                _make_opaque(fd, name, self._opaque_xattr)
            self._changed(path)
            self._changed(to)
            self._move(fd, name, to_fd, last, shown=shown)
            remove_whiteout_file(to_fd, last)
            self.syncing.names(to_fd)
            self.syncing.names(fd)
        self.sidecar.forget(path)

    def _move(self, fd: int, name: bytes, to_fd: int, to: bytes, *, shown: bool) -> None:
        """With `shown`, a whiteout is at the new path before, and changes places with the file in one step."""
        staging, free = self.staging.name()
        if (shown or _is_there(to_fd, to)) and _make_whiteout(staging, free):
            os.rename(free, to, src_dir_fd=staging, dst_dir_fd=to_fd)
            if exchange(fd, name, to_fd, to):
                if not shown:
                    os.unlink(name, dir_fd=fd)
                return
            os.unlink(to, dir_fd=to_fd)
        if shown:  # a whiteout as in a layer tar, which hides nothing of its own layer
            make_whiteout_file(fd, name)
        os.rename(name, to, src_dir_fd=fd, dst_dir_fd=to_fd)

    def copy_up_tree(self, path: str) -> None:
        """Copy up everything at and below `path`, so that nothing of the image is visible there. The parent keeps its time."""
        if self._walk(path)[-1].through:
            with self.at(path) as (fd, _):
                before = os.fstat(fd)
            copy(self, path, path)
            with self.at(path) as (fd, _):
                os.utime(b".", ns=(before.st_atime_ns, before.st_mtime_ns), dir_fd=fd)

    def copy_up(self, path: str) -> None:
        """Copy up `path` and all folders above it, with the image's attributes. Raises NotFound."""
        if all(step.in_writable_layer for step in self._walk(path, kind_only=True)):
            return
        so_far = ""
        for part in (part for part in path.split("/") if part):
            so_far += "/" + part
            step = self._walk(so_far)[-1]
            if step.seen is None:
                raise NotFound(tr("{so_far}: no such file or folder in the container", so_far=so_far))
            if not step.in_writable_layer:
                self._copy_up(so_far, step.seen)

    def _copy_up(self, path: str, seen: FileStatus) -> None:
        """Copy up what the image has at `path`; the writable layer has its parent, which keeps its time."""
        staging, free = self.staging.name()
        make_like(self, staging, free, path, seen, lambda: self.open(path))
        self.sidecar.save()
        with Beneath(self.upper, symlinks=False) as root, root.at(path) as (fd, name), writable(fd):
            before = os.fstat(fd)
            self._changed(path)
            with movable(staging, free):
                os.rename(free, name, src_dir_fd=staging, dst_dir_fd=fd)
            os.utime(b".", ns=(before.st_atime_ns, before.st_mtime_ns), dir_fd=fd)
            self.syncing.names(fd)

    def open(self, path: str) -> BinaryIO:
        """Open the file at `path`."""
        if self._walk(path)[-1].in_writable_layer:
            from layertui.core.layers.table.layer_folder import FolderContent

            return FolderContent(self.upper).open(Entry(path, Kind.FILE, 0, 0, 0, 0, 0))
        view = self._below()
        return view.stack.open(view.resolve(path, follow=False))

    def _shows(self, path: str, kind: Kind | None = None) -> bool:
        """Whether the image has something at `path` that would be visible without the writable layer."""
        *above, _ = self._walk(path)
        if not above or not above[-1].through:
            return False
        entry = self._below().get(path)
        return entry is not None and kind in (None, entry.kind)

    def _walk(self, path: str, *, kind_only: bool = False) -> list[_Step]:
        """The root, each folder on the way, and `path`. The way is cached, as consecutive paths are often in one folder.

        With `kind_only`, `path` itself may be cached too, with an earlier mode and time.
        """
        parts = [part for part in path.split("/") if part]
        known, steps = self._way
        steps = steps[: 1 + _in_common(known, parts if kind_only else parts[:-1])]
        if len(steps) == len(parts) + 1:
            return steps
        with Beneath(self.upper, symlinks=False) as root:
            if not steps:
                through = not _is_opaque(root.fd, b".")
                steps = [_Step(FileStatus(Kind.DIR, 0o755, 0, 0), in_writable_layer=True, through=through)]
            for number in range(len(steps), len(parts) + 1):
                steps.append(self._step(root, "/" + "/".join(parts[:number]), steps[-1]))
        if self._alone and known[: len(parts)] != parts:
            self._way = (parts, steps)
        return steps

    def _changed(self, path: str) -> None:
        """Drop what is cached of a path that has changed, here or in the writable layer."""
        parts = [part for part in path.split("/") if part]
        known, steps = self._way
        if known[: len(parts)] == parts:
            self._way = (known[: max(0, len(parts) - 1)], steps[: len(parts)])

    def _step(self, root: Beneath, path: str, above: _Step) -> _Step:
        if above.seen is None or above.seen.kind is not Kind.DIR:
            return _Step(None, in_writable_layer=False, through=False)
        if above.in_writable_layer:
            with root.at(path) as (fd, name):
                with suppress(FileNotFoundError):
                    return self._own_step(fd, name, path, above)
                if has_whiteout_file(fd, name):
                    return _Step(None, in_writable_layer=False, through=False)
        entry = self._below().get(path) if above.through else None
        return _Step(_seen(entry) if entry is not None else None, in_writable_layer=False, through=entry is not None)

    def _own_step(self, fd: int, name: bytes, path: str, above: _Step) -> _Step:
        what, target = status_at(fd, name)
        if is_whiteout(what, {}, by_xattr=False):
            return _Step(None, in_writable_layer=False, through=False)
        kind = KINDS.get(stat.S_IFMT(what.st_mode), Kind.FILE)
        link = os.fsdecode(target) if kind is Kind.SYMLINK else None
        below = self._below().get(path) if above.through else None
        xattrs = xattrs_at(fd, name)
        uid, gid = self.sidecar.of(path, what, xattrs, below)
        through = kind is Kind.DIR and below is not None and below.kind is Kind.DIR and not _is_opaque(fd, name)
        device = self.sidecar.device(path, what)
        kind, *dev = device or (kind, os.major(what.st_rdev), os.minor(what.st_rdev))
        mode, known = stat.S_IMODE(what.st_mode), self.sidecar.xattrs(what, xattrs)
        seen = FileStatus(kind, mode, uid, gid, link, known, what.st_mtime_ns, (dev[0], dev[1]), inode_of(what))
        return _Step(seen, in_writable_layer=True, through=through)


def _above(path: str) -> Iterator[str]:
    """The folders above a path, without the root."""
    while path := path.rpartition("/")[0]:
        yield path


def _in_common(one: list[str], other: list[str]) -> int:
    """How many components at the beginning are the same."""
    return next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _seen(entry: Entry) -> FileStatus:
    ns = entry.mtime * 10**9 + entry.mtime_ns
    inode = entry.hardlink_to or entry.path  # all names of a file have the first one's identity
    return FileStatus(
        entry.kind, entry.mode, entry.uid, entry.gid, entry.link, entry.xattrs, ns, entry.dev or (0, 0), inode
    )


def _is_folder(fd: int, name: bytes) -> bool:
    return stat.S_ISDIR(os.stat(name, dir_fd=fd, follow_symlinks=False).st_mode)


def _is_opaque(fd: int, name: bytes) -> bool:
    return overlay_xattr(xattrs_at(fd, name), "opaque") == b"y" or _is_there(fd, os.path.join(name, OPAQUE_NAME))


def _is_there(fd: int, name: bytes) -> bool:
    try:
        os.stat(name, dir_fd=fd, follow_symlinks=False)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _make_opaque(fd: int, name: bytes, xattr: str) -> None:
    try:
        set_xattrs_at(fd, name, {xattr: b"y"})
        if _is_opaque(fd, name):
            return
    except OSError:
        pass
    folder = os.open(name, STEP, dir_fd=fd)
    try:
        make_empty_at(folder, OPAQUE_NAME)
    finally:
        os.close(folder)


def _make_whiteout(fd: int, name: bytes) -> bool:
    """Make a whiteout; False where the system or the file system does not support it."""
    try:
        os.mknod(name, stat.S_IFCHR, 0, dir_fd=fd)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS):
            raise
        return False
    return True
