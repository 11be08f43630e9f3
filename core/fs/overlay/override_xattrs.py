"""Records owners and capabilities that a plain user cannot set, as extended attributes of the files.

Owners are recorded if there is only one user ID, or the owner is outside the user's range of IDs; capabilities, if
there is only one user ID. The kernel keeps the attributes when an overlay copies the file up, moves or links it.
"""

import os
from collections.abc import Mapping

SPACE = "user.layertui."
OWNER = "user.layertui.owner"  # `UID:GID`
_DIGITS = 20  # more than 64 bits have
CAPABILITY = "security.capability"  # the kernel's own attribute
CAPABILITY_NOTE = "user.layertui.capability"  # the file's mtime in nanoseconds, `:`, the value


def note_of(uid: int, gid: int) -> bytes:
    """The value of the attribute that records this owner."""
    return b"%d:%d" % (uid, gid)


def owner_override(xattrs: Mapping[str, bytes]) -> tuple[int, int] | None:
    """The owner recorded on a file, if it is valid: the container's own programs can write these attributes too."""
    uid, _, gid = xattrs.get(OWNER, b"").partition(b":")
    if not (uid.isdigit() and gid.isdigit() and len(uid) + len(gid) < 2 * _DIGITS):
        return None
    owner = int(uid), int(gid)
    return owner if max(owner) < 1 << 63 else None


def capability_note(value: bytes, what: os.stat_result) -> bytes:
    """The attribute's value for a file whose mtime is already final."""
    return b"%d:%s" % (what.st_mtime_ns, value)


def capability_override(xattrs: Mapping[str, bytes], what: os.stat_result) -> bytes | None:
    """The capability recorded on a file; none if it was written to since, as the kernel drops capabilities then."""
    ns, _, value = xattrs.get(CAPABILITY_NOTE, b"").partition(b":")
    return value if value and ns == b"%d" % what.st_mtime_ns else None
