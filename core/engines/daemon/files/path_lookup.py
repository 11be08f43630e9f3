"""PathLookup: what a container has at a path, whether in its layers or in what is mounted there, one path at a time.

From the overlay's folders where they can be read; else, and for what is mounted, from the daemon. A few requests find out where
a write would go, and no layer of the image is read for that.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from layertui.core.containers.rootfs.container_root import FileStatus, resolved
from layertui.core.engines.daemon.files.overlay_folders import NotPlain
from layertui.core.layers.table.entry import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertui.core.engines.daemon.files.container_archive import ContainerArchive
    from layertui.core.engines.daemon.files.overlay_folders import OverlayFolders

_ROOT = FileStatus(Kind.DIR, 0o755, 0, 0)


class PathLookup:
    """Paths of one container, absolute, as its processes see them."""

    def __init__(self, archive: ContainerArchive, folders: OverlayFolders | None, mounts: tuple[str, ...]) -> None:
        self._archive, self._folders = archive, folders
        self.mounts = mounts
        """Where something is mounted that the daemon can reach: volumes and folders or files of its host."""

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path without symlinks in it, whether or not something is there; with `follow`, none at its end either."""
        return resolved(self.look, path, follow=follow)

    def look(self, path: str) -> FileStatus | None:
        """What is at a path without symlinks in its folders; owner, xattrs and time may be missing, see `status`."""
        if not path.strip("/"):
            return _ROOT
        return self._look(path)[0]

    def _look(self, path: str) -> tuple[FileStatus | None, bool]:
        """What is at a path, and whether that says all: the daemon does not give owner, xattrs and time."""
        if self._folders is not None and not self.mount_of(path):
            with suppress(NotPlain):
                return self._folders.look(path), True
        return self._archive.stat(path), False

    def status(self, path: str) -> FileStatus | None:
        """The same with its owner. Podman does not report the owners of files that we cannot look at ourselves: they count as root's."""
        if not path.strip("/"):
            return _ROOT
        seen, is_all = self._look(path)
        if seen is None or is_all:
            return seen
        from layertui.core.engines.daemon.files.daemon_tar import first_member

        with self._archive.tar(path) as tar:
            header = first_member(tar, path).header
        ns = header.mtime * 10**9 + header.mtime_ns
        return replace(seen, uid=header.uid, gid=header.gid, xattrs=header.xattrs, ns=ns)

    def written_link(self, path: str) -> str | None:
        """What is written in the symlink at a path; None where that cannot be known: Podman follows it."""
        seen, is_all = self._look(path)
        return seen.link if seen is not None and is_all else None

    def mount_of(self, path: str) -> str:
        """The mount point above a path; empty for the container's layers."""
        above = [one for one in self.mounts if path == one or path.startswith(f"{one.rstrip('/')}/")]
        return max(above, key=len, default="")


def mounts_of(inspected: Mapping[str, Any]) -> tuple[str, ...]:
    """The paths of a container's volumes and bind mounts, from what `docker inspect` says of it.

    The daemon does not reach what is mounted only for the container's processes, such as memory.
    """
    targets = [target for target, row in mount_rows(inspected) if row.get("Type") in ("volume", "bind")]
    return tuple(sorted(targets))


def mount_rows(inspected: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What `docker inspect` says of each mount of a container, with the path at which it is."""
    rows = inspected.get("Mounts")
    found = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    named = [(str(row.get("Destination")).rstrip("/"), row) for row in found]
    return [(target, row) for target, row in named if target.startswith("/")]
