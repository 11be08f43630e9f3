"""Records owners and capabilities that a plain user cannot set, as extended attributes of the files.

Owners are recorded if there is only one user ID, or the owner is outside the user's range of IDs; capabilities, if
there is only one user ID. The kernel keeps the attributes when an overlay copies the file up, moves or links it.
"""

import os
from collections.abc import Mapping

SPACE = "user.layertui."
OWNER = "user.layertui.owner"  # `UID:GID`
_DIGITS = 20  # more than 64 bits have
CAPABILITY = "security.capability"  # what the kernel has it in
CAPABILITY_NOTE = "user.layertui.capability"  # the file's time in nanoseconds, `:`, the value


def note_of(uid: int, gid: int) -> bytes:
    """The attribute's value."""
    return b"%d:%d" % (uid, gid)


def owner_override(xattrs: Mapping[str, bytes]) -> tuple[int, int] | None:
    """Whose a file is to be, if that is noted on it: a container's own programs may have noted anything."""
    uid, _, gid = xattrs.get(OWNER, b"").partition(b":")
    if not (uid.isdigit() and gid.isdigit() and len(uid) + len(gid) < 2 * _DIGITS):
        return None
    owner = int(uid), int(gid)
    return owner if max(owner) < 1 << 63 else None


def capability_note(value: bytes, what: os.stat_result) -> bytes:
    """The attribute's value, for a file that has its time already."""
    return b"%d:%s" % (what.st_mtime_ns, value)


def capability_override(xattrs: Mapping[str, bytes], what: os.stat_result) -> bytes | None:
    """The capability noted on a file; none where it was written to since, which would have taken it away."""
    ns, _, value = xattrs.get(CAPABILITY_NOTE, b"").partition(b":")
    return value if value and ns == b"%d" % what.st_mtime_ns else None
