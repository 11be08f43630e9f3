"""OverlayFolders: the folders of a container's overlay on this machine, as far as it is safe to read them.

Where they lie is what the daemon says. That is believed only of a daemon that is root's on this machine, to root, of paths that
have the form of its storage, and where the owners on disk are those in the container. Everything below is opened by
descriptors, without following a symlink: the container may change it meanwhile. Nothing is written here; see `stopped_overlay.py`.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layertui.core.containers.rootfs.container_root import FileStatus
from layertui.core.errors import UnsafePath
from layertui.core.fs.beneath import Beneath, parts_of
from layertui.core.fs.dir_fd import status_at, xattrs_at
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.whiteouts import overlay_xattr
from layertui.core.oci.whiteout_names import OVERLAY_XATTRS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from layertui.core.engines.daemon.endpoints import Endpoint
    from layertui.core.layers.table.layer_table import LayerTable

_FORM = re.compile(r"/[^:\0]*/overlay2?/[0-9a-f]{64}(-init)?/diff")  # of Docker's overlay2 and of containers/storage
_MOST = 500  # layers of an overlay
_KINDS = {
    stat.S_IFREG: Kind.FILE,
    stat.S_IFDIR: Kind.DIR,
    stat.S_IFLNK: Kind.SYMLINK,
    stat.S_IFCHR: Kind.CHAR,
    stat.S_IFBLK: Kind.BLOCK,
    stat.S_IFIFO: Kind.FIFO,
}


class NotPlain(Exception):
    """A file or folder of an overlay refers to one of another name below it, so its own folder does not say what is seen."""


def require_plain(xattrs: Mapping[str, bytes]) -> None:
    """NotPlain for a file without its content (metacopy), and a folder that was renamed without it (redirect)."""
    if overlay_xattr(xattrs, "metacopy") is not None or overlay_xattr(xattrs, "redirect") is not None:
        raise NotPlain


def plain_layer(folder: Path) -> LayerTable:
    """The table of one folder of an overlay. Raises NotPlain."""
    from layertui.core.layers.table.layer_folder import OverlayNotes, read_folder
    from layertui.core.layers.table.whiteouts import portable_xattrs

    def own_xattrs(_: os.stat_result, found: Mapping[str, bytes]) -> dict[str, bytes]:
        require_plain(found)
        return portable_xattrs(found)

    return read_folder(folder, OverlayNotes(xattrs=own_xattrs))


class OverlayFolders:
    """The upper folder and those below it, from the top down."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = folders

    @classmethod
    def found(cls, inspected: Mapping[str, Any], endpoint: Endpoint) -> OverlayFolders | None:
        """Those of a container, from what `docker inspect` says of it; None where they cannot be read or not be trusted."""
        driver = inspected.get("GraphDriver")
        data = driver.get("Data") if isinstance(driver, dict) else None
        if not isinstance(data, dict) or os.geteuid() != 0 or not endpoint.is_of(0):
            return None
        upper, lower = data.get("UpperDir"), data.get("LowerDir")
        paths = [str(upper), *str(lower).split(":")] if upper and lower else []
        if not paths or len(paths) > _MOST or not all(_FORM.fullmatch(path) for path in paths):
            return None
        try:
            status = os.lstat(paths[0])
        except OSError:
            return None
        # In a user namespace of the daemon, or of the container, the folder is that namespace's root's, and so are the files in it.
        if not stat.S_ISDIR(status.st_mode) or (status.st_uid, status.st_gid) != (0, 0):
            return None
        return cls([Path(path) for path in paths])

    @property
    def upper(self) -> Path:
        """The container's writable layer."""
        return self._folders[0]

    @property
    def init(self) -> Path | None:
        """Docker's layer of mount points, between the container's own and the image's."""
        return next((folder for folder in self._folders[1:2] if folder.parent.name.endswith("-init")), None)

    def look(self, path: str) -> FileStatus | None:
        """What the overlay shows at a path without symlinks in its folders; None for nothing, and for a socket. Raises NotPlain."""
        for folder in self._folders:
            try:
                with Beneath(folder, symlinks=False) as root:
                    found, is_hidden_below = _look_in(root, parts_of(path))
            except FileNotFoundError:
                continue  # the folder itself: the container has just been removed
            except (NotADirectoryError, UnsafePath):
                return None  # on the way there is something else than a folder
            if found is not None or is_hidden_below:
                return found
        return None


def _look_in(root: Beneath, parts: Sequence[bytes]) -> tuple[FileStatus | None, bool]:
    """What one folder has at a path; and whether it hides what those below have there."""
    opaque = overlay_xattr(xattrs_at(root.fd, b"."), "opaque") == b"y"
    for depth, part in enumerate(parts, 1):
        try:
            with root.at(b"/".join((*parts[: depth - 1], part))) as (fd, name):
                status, target = status_at(fd, name)
                xattrs = xattrs_at(fd, name)
                require_plain(xattrs)
                link = os.fsdecode(target) if stat.S_ISLNK(status.st_mode) else None
        except FileNotFoundError:
            return None, opaque
        if stat.S_ISCHR(status.st_mode) and status.st_rdev == 0:
            return None, True
        if depth == len(parts):
            return _status(status, link, xattrs), True
        if not stat.S_ISDIR(status.st_mode):
            return None, True
        opaque = opaque or overlay_xattr(xattrs, "opaque") == b"y"
    return _status(os.fstat(root.fd), None, {}), True


def _status(status: os.stat_result, link: str | None, xattrs: Mapping[str, bytes]) -> FileStatus | None:
    kind = _KINDS.get(stat.S_IFMT(status.st_mode))
    if kind is None:
        return None
    return FileStatus(
        kind,
        stat.S_IMODE(status.st_mode),
        status.st_uid,
        status.st_gid,
        link,
        {name: value for name, value in xattrs.items() if not name.startswith(OVERLAY_XATTRS)},
        status.st_mtime_ns,
        (os.major(status.st_rdev), os.minor(status.st_rdev)),
    )
