"""Sets owner, xattrs, mode and time of files that a layer was unpacked to, and records what could not be set."""

import errno
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from layertui.core.fs.dir_fd import NOT_GIVEN, chmod_at, set_xattrs_at
from layertui.core.fs.overlay.override_xattrs import CAPABILITY, CAPABILITY_NOTE, OWNER, SPACE, capability_note, note_of
from layertui.core.layers.table.entry import Entry
from layertui.core.layers.table.path_keys import path_of
from layertui.core.layers.table.whiteouts import portable_xattrs
from layertui.core.streams.tar.tar_contents import SYMLINK, Header


@dataclass(slots=True)
class ApplyResult:
    """What could not be set in the folder, by absolute path; the caller stores it beside the folder."""

    owners: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Owners other than 0:0 that could not be set."""
    devices: dict[str, Entry] = field(default_factory=dict)
    """Devices that could not be made, and their further names."""
    xattrs: dict[str, dict[str, bytes]] = field(default_factory=dict)


class MetadataWriter:
    """Sets the metadata of one file after another."""

    def __init__(self, applied: ApplyResult, *, keeps_owners: bool, merges: bool) -> None:
        self._applied, self._keeps_owners, self._merges = applied, keeps_owners, merges

    def open_file(self, fd: int, key: bytes, header: Header) -> None:
        """Set the metadata of an open file or folder."""
        # The owner first: changing it clears setuid bits and capabilities. The time last but for the mode.
        if self._merges and sys.platform == "linux":
            _clear_metadata(fd, header)
        if not self._own(key, header, lambda uid, gid: os.fchown(fd, uid, gid)):
            with suppress(OSError):
                _need_xattrs()
                os.setxattr(fd, OWNER, note_of(header.uid, header.gid))
        if header.xattrs:
            self._give_xattrs(key, header, lambda name, value: os.setxattr(fd, name, value))
        with suppress(OverflowError):
            os.utime(fd, ns=_times(header))
        capability = self._applied.xattrs.get(path_of(key), {}).get(CAPABILITY)
        if capability is not None:
            with suppress(OSError):
                _need_xattrs()
                os.setxattr(fd, CAPABILITY_NOTE, capability_note(capability, os.fstat(fd)))
        os.fchmod(fd, header.mode & 0o7777)

    def name(self, folder: int, name: bytes, key: bytes, header: Header) -> None:
        """Set the metadata of what cannot be opened: a symlink, a pipe, a device."""
        self._own(key, header, lambda uid, gid: os.chown(name, uid, gid, dir_fd=folder, follow_symlinks=False))
        if header.xattrs:
            self._give_xattrs(key, header, lambda xattr, value: set_xattrs_at(folder, name, {xattr: value}))
        if header.type != SYMLINK:
            chmod_at(folder, name, header.mode & 0o7777)
        with suppress(OverflowError):
            os.utime(name, ns=_times(header), dir_fd=folder, follow_symlinks=False)

    def _own(self, key: bytes, header: Header, chown: Callable[[int, int], None]) -> bool:
        """Set the owner; False if it is recorded instead."""
        uid, gid = header.uid, header.gid
        if self._keeps_owners and uid >= 0 and gid >= 0:
            try:
                chown(uid, gid)
                return True
            except OverflowError:
                pass
            except OSError as error:
                if error.errno not in NOT_GIVEN:
                    raise
        if (uid, gid) != (0, 0):
            self._applied.owners[path_of(key)] = (uid, gid)
        return (uid, gid) == (0, 0)

    def _give_xattrs(self, key: bytes, header: Header, give: Callable[[str, bytes], None]) -> None:
        for name, value in portable_xattrs(header.xattrs).items():
            try:
                _need_xattrs()
                give(name, value)
            except OSError as error:
                if error.errno not in NOT_GIVEN:
                    raise
                self._applied.xattrs.setdefault(path_of(key), {})[name] = value


def _need_xattrs() -> None:
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, "no xattrs by Python on this system")


def _times(header: Header) -> tuple[int, int]:
    time = header.mtime * 10**9 + header.mtime_ns
    return time, time


def _clear_metadata(fd: int, header: Header) -> None:
    """Clear the metadata of an existing folder that another one replaces."""
    found = os.listxattr(fd)
    for name in portable_xattrs(dict.fromkeys(found, b"")):
        if name not in header.xattrs:
            os.removexattr(fd, name)
    for name in found:
        if name.startswith(SPACE):
            os.removexattr(fd, name)
