"""Owners noted on files that could not be given to them: where there is one user id only, or the owner lies outside our range.

The note is an extended attribute, so the kernel carries it along when an overlay copies the file up, moves or links it.
"""

from collections.abc import Mapping

OWNER = "user.layertui.owner"  # `UID:GID`


def note_of(uid: int, gid: int) -> bytes:
    """The attribute's value."""
    return b"%d:%d" % (uid, gid)


def noted_owner(xattrs: Mapping[str, bytes]) -> tuple[int, int] | None:
    """Whose a file is to be, if that is noted on it."""
    uid, _, gid = xattrs.get(OWNER, b"").partition(b":")
    return (int(uid), int(gid)) if uid.isdigit() and gid.isdigit() else None
