"""Whiteouts and opaque folders, as represented in a layer tar and in an overlay's folder.

In a tar (image-spec layer.md): an empty file `.wh.NAME` hides NAME of the lower layers, `.wh..wh..opq` hides everything
that they have in its folder; other `.wh..wh.*` names are remains of aufs without a meaning. In a folder (the kernel's
overlayfs.rst): a character device 0:0 hides a name, the xattr `overlay.opaque` = "y" makes a folder opaque; where no
device can be created, an empty file with the xattr `overlay.whiteout`, in a folder whose `overlay.opaque` is "x".
"""

import os
import stat
from collections.abc import Mapping
from typing import NamedTuple

from layertui.core.errors import Damaged
from layertui.core.fs.overlay.override_xattrs import CAPABILITY
from layertui.core.fs.overlay.override_xattrs import SPACE as NOTES
from layertui.core.language.texts import tr
from layertui.core.layers.table.layer_table import OPAQUE, WHITED
from layertui.core.oci.whiteout_names import AUFS_PREFIX, OPAQUE_WHITEOUT, OVERLAY_XATTRS, WHITEOUT_PREFIX

PREFIX, OPAQUE_NAME, AUFS = WHITEOUT_PREFIX.encode(), OPAQUE_WHITEOUT.encode(), AUFS_PREFIX.encode()
KEPT_BESIDE_USERS = (CAPABILITY, "system.posix_acl_access", "system.posix_acl_default")


class Marker(NamedTuple):
    """What a marker hides: WHITED the path itself, OPAQUE the contents; 0 nothing."""

    hides: int
    key: bytes


def marker(key: bytes) -> Marker | None:
    """The meaning of the marker at `key`, None if it is not a marker. Raises Damaged for a marker without a name."""
    if PREFIX not in key:
        return None
    folder, _, name = key.rpartition(b"\0")
    if folder.startswith(PREFIX) or b"\0" + PREFIX in folder:
        return Marker(0, key)  # what is inside a marker has no meaning
    if not name.startswith(PREFIX):
        return None
    if name == OPAQUE_NAME:
        return Marker(OPAQUE, folder)
    if name.startswith(AUFS):
        return Marker(0, key)
    hidden = name[len(PREFIX) :]
    if hidden in (b"", b".", b".."):
        text = key.replace(b"\0", b"/").decode(errors="backslashreplace")
        raise Damaged(tr("{text!r} in a layer is a whiteout that names nothing", text=text))
    return Marker(WHITED, folder + b"\0" + hidden if folder else hidden)


def is_whiteout(status: os.stat_result, xattrs: Mapping[str, bytes], *, by_xattr: bool) -> bool:
    """Whether a file in an overlay's folder is a whiteout; `by_xattr` if its folder allows the second form."""
    if stat.S_ISCHR(status.st_mode):
        return status.st_rdev == 0
    return by_xattr and stat.S_ISREG(status.st_mode) and overlay_xattr(xattrs, "whiteout") is not None


def overlay_xattr(xattrs: Mapping[str, bytes], name: str) -> bytes | None:
    """One of overlay's own xattrs, in whichever namespace it is."""
    return next((xattrs[space + name] for space in OVERLAY_XATTRS if space + name in xattrs), None)


def portable_xattrs(xattrs: Mapping[str, bytes]) -> dict[str, bytes]:
    """A file's own xattrs: without overlay's, and without those that only this host understands (labels, signatures)."""
    return {
        name: _portable_capability(value) if name == CAPABILITY else value
        for name, value in sorted(xattrs.items())
        if not name.startswith(OVERLAY_XATTRS)
        and not name.startswith(NOTES)
        and (name.startswith(("user.", "trusted.")) or name in KEPT_BESIDE_USERS)
    }


def _portable_capability(value: bytes) -> bytes:
    """Capabilities without the user namespace in which they were set (revision 3 made revision 2); capabilities(7)."""
    if len(value) == 24 and value[3] == 3:
        return value[:3] + b"\2" + value[4:20]
    return value
