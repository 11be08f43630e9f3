"""ChangeRules: which paths of a daemon's container stay as they are, whatever is asked: mount points, and what is mounted read-only.

Checked before a request, since a daemon has other words for each, and before the start of a container some of them change what
lies below a mount instead.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from layertui.core.containers.rootfs.mounted_root import READ_ONLY_MOUNT, READ_ONLY_ROOT
from layertui.core.engines.daemon.files.path_lookup import mount_rows
from layertui.core.errors import Conflict
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layertui.core.engines.daemon.files.path_lookup import PathLookup

_OF_EVERY_CONTAINER = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/proc", "/sys", "/dev")
"""Where both daemons mount something at each start."""
_MEMORY = ("/dev", "/run", "/tmp", "/var/tmp")  # noqa: S108 - where Podman mounts memory over a root that is read-only


class ChangeRules:
    """Of one container, from what `docker inspect` says of it."""

    def __init__(self, inspected: Mapping[str, Any], paths: PathLookup, title: str) -> None:
        """`title` is the daemon's name for a message."""
        self._paths, self._title = paths, title
        self._shut = {target for target, row in mount_rows(inspected) if row.get("RW") is False}
        host = inspected.get("HostConfig")
        host = host if isinstance(host, dict) else {}
        tmpfs = host.get("Tmpfs")
        self._tmpfs = tuple(str(one).rstrip("/") for one in tmpfs) if isinstance(tmpfs, dict) else ()
        state = inspected.get("State")
        self._runs = isinstance(state, dict) and state.get("Status") in ("running", "paused")
        self._is_read_only = host.get("ReadonlyRootfs") is True

    def require_change(self, path: str, *, follow: bool = True) -> None:
        """Raise Conflict for what lies in something that is read-only, or in memory that the daemon does not reach. Not `follow`: a symlink at the end is meant itself."""
        for target in self._spellings(path, follow=follow):
            self._require_layer(path, target)
            mount = self._paths.mount_of(target)
            if mount in self._shut:
                raise Conflict(f"{path}: {READ_ONLY_MOUNT}")
            if (
                self._is_read_only
                and not mount
                and not any(_is_in(target, memory) for memory in (*_MEMORY, *self._tmpfs))
            ):
                raise Conflict(f"{path}: {READ_ONLY_ROOT}")

    def _require_layer(self, path: str, target: str) -> None:
        """Raise Conflict for a path in memory, where a daemon would write below the mount instead; a running Podman would not."""
        memory = next((one for one in self._tmpfs if target != one and _is_in(target, one)), None)
        if memory is None:
            return
        if not self._runs:
            raise Conflict(
                tr(
                    "{path}: {memory} is a tmpfs, which exists only while the container runs; nothing in it is kept",
                    path=path,
                    memory=memory,
                )
            )
        if self._title != "Podman":
            raise Conflict(
                tr(
                    "{path}: {memory} is a tmpfs, which no call of {title} reaches; use exec",
                    path=path,
                    memory=memory,
                    title=self._title,
                )
            )

    def require_no_mount(self, path: str) -> None:
        """Raise Conflict for a mount point, and for what has one below it, of which `rm` would remove all the rest."""
        for target in self._spellings(path, follow=False):
            for mount in (*self._paths.mounts, *_OF_EVERY_CONTAINER):
                if _is_in(mount, target):
                    raise Conflict(tr("{path} stays as it is: something is mounted at {mount}", path=path, mount=mount))
        self.require_change(path, follow=False)

    def _spellings(self, path: str, *, follow: bool) -> tuple[str, ...]:
        """The path as written, then without symlinks: Podman fails when it is asked for a mount's target before the start."""
        if self._paths.mount_of(written := posixpath.normpath(f"/{path.lstrip('/')}")):
            return (written,)
        return written, self._paths.resolve(path.rstrip("/"), follow=follow)


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder.rstrip('/')}/")
