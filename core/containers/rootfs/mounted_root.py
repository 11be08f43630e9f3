"""The root filesystem of a stopped container together with its mounts: volumes and bind mounts.

Files below a mount point are changed in the mounted folder, where the container will see them. Docker mounts everything for
the time of a copy; here nothing is mounted. The path is resolved as the container would, including symlinks in layers
and mounts; `mount_sources.py` does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import BinaryIO, Self

from layertui.core.containers.model.mounts import Mount, checked
from layertui.core.containers.model.process_identity import Process
from layertui.core.containers.rootfs.container_root import FileStatus, Owner, Root, resolved
from layertui.core.containers.rootfs.mount_sources import MemorySource, MountSource
from layertui.core.containers.rootfs.put_files import FOLDER, copy, make_folder, staged
from layertui.core.containers.rootfs.stopped_root import StoppedRoot
from layertui.core.errors import Conflict, NotFound
from layertui.core.fs.path_handle import PathHandle
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Device, Kind

READ_ONLY_MOUNT = tr("mounted volume is marked read-only")  # docker's words, for this one and the next
READ_ONLY_ROOT = tr("container rootfs is marked read-only")


def _way_to(target: str) -> Iterator[str]:
    """The folders above it, and itself."""
    parts = target.strip("/").split("/")
    return ("/" + "/".join(parts[:end]) for end in range(1, len(parts) + 1))


class MountedRoot:
    """The layers with the mounts over them, each at its target; mounts may be nested."""

    def __init__(
        self,
        layers: StoppedRoot,
        mounts: Sequence[Mount],
        *,
        volumes: Sequence[str] = (),
        read_only: bool = False,
        process: Process | None = None,
    ) -> None:
        """`mounts` have volumes as their folders, except anonymous ones, which are in the layers.

        `volumes` are the targets of these, also the image's; with `read_only` nothing else in the layers may be changed.
        `process` is the container's first, if it runs.
        """
        self.layers, self._volumes, self._read_only = layers, volumes, read_only
        self.syncing = layers.syncing
        self.sources: dict[str, MountSource] = {}
        targets = (*(mount.target for mount in mounts), *volumes)
        self._points = {above for target in targets for above in _way_to(target)}
        self._missing: list[str] | None = None
        for mount in checked(mounts):
            if mount.kind == "volume":
                continue
            with suppress(NotFound):  # such a mount would fail at a start
                target = self.resolve(mount.target)
                words = (mount, target, layers.sidecar, layers.syncing, layers.staging)
                self.sources[target] = MemorySource(*words, process) if mount.kind == "tmpfs" else MountSource(*words)

    def __enter__(self) -> Self:
        self.layers.__enter__()
        return self

    def __exit__(self, *of: object) -> None:
        self.layers.__exit__(*of)

    def source_of(self, path: str) -> MountSource | None:
        """The innermost mount that a path is in; None for the layers."""
        while path.strip("/"):
            if path in self.sources:
                return self.sources[path]
            path = path.rpartition("/")[0]
        return None

    def _of(self, path: str) -> Root:
        return self.source_of(path) or self.layers

    def require_change(self, path: str) -> None:
        """Raise Conflict if the path is in something that is mounted read-only."""
        source = self.source_of(path)
        if source is not None and source.mount.read_only:
            raise Conflict(f"{path}: {READ_ONLY_MOUNT}")
        if source is None and self._read_only and self.volume_of(path) is None:
            raise Conflict(f"{path}: {READ_ONLY_ROOT}")

    def volume_of(self, path: str) -> str | None:
        """The anonymous volume that a path is in, if any."""
        for volume in self._volumes:
            with suppress(NotFound):
                if f"{path}/".startswith(f"{(found := self.resolve(volume))}/"):
                    return found
        return None

    def _to_change(self, path: str) -> Root:
        self.require_change(path)
        root = self._of(path)
        if root is self.layers:
            for point in (path.rpartition("/")[0], path):
                if point in self.missing_points():
                    with staged(root, point, parents=True) as (fd, name):
                        make_folder(root, fd, name, point, FOLDER)
                    self._missing = None
        return root

    def missing_points(self) -> list[str]:
        """Folders above mount targets that the layers lack until a start makes them; they are visible all the same."""
        if self._missing is None:
            lacking = (point for point in self._points if self.layers.look(point) is None)
            self._missing = sorted(filter(self._is_folder, lacking))
        return self._missing

    def _is_folder(self, point: str) -> bool:
        source = self.source_of(point)
        return source is None or source.is_folder

    def _require_no_mount(self, path: str) -> None:
        for target in self.sources:
            if target == path or target.startswith(f"{path}/"):
                raise Conflict(tr("{path} stays as it is: something is mounted at {target}", path=path, target=target))

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path without symlinks in it, whether or not it exists; with `follow`, none at its end either."""
        return resolved(self.look, path, follow=follow)

    def look(self, path: str) -> FileStatus | None:
        """What is at a path; symlinks are not followed."""
        seen = self._of(path).look(path)
        return FileStatus(Kind.DIR, FOLDER.mode, 0, 0) if seen is None and path in self._points else seen

    def names(self, path: str) -> list[str]:
        """The names in a folder, including mount targets."""
        points = (point.rpartition("/") for point in (*self.sources, *self.missing_points()))
        mounted = {name for above, _, name in points if above == path.rstrip("/")}
        found = [] if self._of(path).look(path) is None else self._of(path).names(path)
        return sorted({*found, *mounted})

    def mount_of(self, path: str) -> str:
        """The target of the mount that a path is in; empty for the layers."""
        return self._of(path).mount_of(path)

    @contextmanager
    def at(self, path: str) -> Iterator[tuple[int, bytes]]:
        """The parent folder of `path`, and the name in it."""
        with self._to_change(path).at(path) as found:
            yield found

    @contextmanager
    def new(self, path: str) -> Iterator[tuple[int, bytes]]:
        """A folder and a name in it for a new file, which is moved to `path` when the block ends well."""
        with self._to_change(path).new(path) as found:
            yield found

    def chown(self, held: PathHandle, path: str, owner: Owner) -> None:
        """Set the owner of what is, or will be, at `path`."""
        self._of(path).chown(held, path, owner)

    def on_hardlink(self, held: PathHandle, path: str, seen: FileStatus) -> None:
        """Called when `path` has become another name of `seen`."""
        self._of(path).on_hardlink(held, path, seen)

    def record_placeholder(self, held: PathHandle, path: str, device: Device) -> None:
        """Record that the empty file that is, or will be, at `path` stands in for a device."""
        self._of(path).record_placeholder(held, path, device)

    def copy_up_tree(self, path: str) -> None:
        """Called before `path` is used without the image's files below it."""
        self._to_change(path).copy_up_tree(path)

    def copy_up(self, path: str) -> None:
        """Called before the attributes of `path` are changed."""
        self._to_change(path).copy_up(path)

    def open(self, path: str) -> BinaryIO:
        """Open the file at `path`."""
        return self._of(path).open(path)

    def move(self, path: str, to: str) -> None:
        """Move `path` to a free path; between mounts by a copy, as `mv` does."""
        self._require_no_mount(path)
        source, target = self._to_change(path), self._to_change(to)
        if source is target:
            source.move(path, to)
        else:
            copy(self, path, to)
            source.remove(path)
        self._missing = None

    def remove(self, path: str, keep: tuple[int, bytes] | None = None) -> None:
        """Remove `path` with everything below it; `keep` as for the layers, where the path is in them."""
        self._require_no_mount(path)
        self._to_change(path).remove(path, keep)
        self._missing = None
