"""Metadata of a writable layer that the file system cannot store, kept in a file beside the layer.

Owners: root can set any owner, a user with a range of IDs those in the range; for other users all files are their own.
Devices: only root can create them; an empty file takes their path. Both are stored with the inode for which they are
valid, a device also with the file's time, so that nothing outdated is used after the container replaced a file.

Capabilities are stored on the files (`fs/overlay/override_xattrs.py`). They are used only if all files of the container belong
to one user. Otherwise the file system stores capabilities, and any process that may write to the file could set the
attribute.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layertui.core.containers.model.id_ranges import Ids
from layertui.core.containers.rootfs.container_root import FileStatus, Owner
from layertui.core.errors import Damaged, UnsafePath
from layertui.core.fs.atomic import write_atomically
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.file_window import read_small
from layertui.core.fs.overlay.override_xattrs import CAPABILITY, CAPABILITY_NOTE, capability_override, owner_override
from layertui.core.fs.path_handle import PathHandle
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Device, Entry, Kind
from layertui.core.oci import strict_json

if TYPE_CHECKING:
    from layertui.core.layers.table.layer_folder import OverlayNotes

ORIGIN = "user.overlay.origin"  # set on files that the kernel has copied up
Note = dict[str, Any]
"""`inode`, with `owner` (user and group ID), `device` (the name of its kind, major, minor) and its `ns`, or one of both."""


class Sidecar:
    """The recorded metadata of one container's layer."""

    def __init__(self, file: Path, upper: Path, ids: Ids) -> None:
        self.file, self.upper, self.ids = file, upper, ids
        self._changed = False
        self._kept: dict[str, list[Note]] | None = None

    def chown(self, held: PathHandle, path: str, owner: Owner) -> None:
        """Set the owner of a file in the writable layer."""
        if not self.given(held, owner):
            # A copied-up file that root owns on disk counts as owned as in the layer below; so root as owner is recorded, too.
            self._keep_owner(path, owner, held.status.st_ino)

    def given(self, held: PathHandle, owner: Owner) -> bool:
        """Set the owner on disk; False if that is not possible, for an ID outside our range: the file is root's then."""
        if self.ids.mode == "single":
            _forget_capability(held)  # as chown does
            return False
        try:
            held.chown(owner)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            held.chown((0, 0))
            return False
        return True

    def holds(self, held: PathHandle, owner: Owner) -> bool:
        """Whether the file has this owner on disk."""
        what = held.status
        return self.ids.mode != "single" and (what.st_uid, what.st_gid) == owner

    def on_hardlink(self, held: PathHandle, path: str, seen: FileStatus) -> None:
        """Called when another name was made for `seen`."""
        what = held.status
        if not self.holds(held, (seen.uid, seen.gid)):
            self._keep_owner(path, (seen.uid, seen.gid), what.st_ino)
        if seen.device is not None and stat.S_ISREG(what.st_mode):
            self._keep_device(path, seen.device, what)

    def record_placeholder(self, held: PathHandle, path: str, device: Device) -> None:
        """Record that an empty file, whose time is final, stands in for a device."""
        self._keep_device(path, device, held.status)

    def note(self, path: str, name: bytes, *, owner: Owner | None = None, device: Device | None = None) -> None:
        """The same for a file that is at `name` in a running container, instead of `path`."""
        with suppress(OSError, UnsafePath), Beneath(self.upper, symlinks=False) as root:
            what = root.stat(os.path.join(os.path.dirname(os.fsencode(path)), name))
            if owner is not None:
                self._keep_owner(path, owner, what.st_ino)
            if device is not None:
                self._keep_device(path, device, what)

    def _keep_owner(self, path: str, owner: Owner, inode: int) -> None:
        self._keep(path, {"inode": inode, "owner": owner})

    def _keep_device(self, path: str, device: Device, what: os.stat_result) -> None:
        """Its owner, if it is recorded at all, was recorded just before."""
        kind, major, minor = device
        known = next((note for note in self._all().get(path, []) if note["inode"] == what.st_ino), {})
        new = {"inode": what.st_ino, "device": (kind.word, major, minor), "ns": what.st_mtime_ns}
        self._keep(path, {**known, **new})

    def _keep(self, path: str, note: Note) -> None:
        """Adds to what was recorded of the path before, which applies until the new file has replaced the old one."""
        others = [known for known in self._all().get(path, []) if known["inode"] != note["inode"]]
        self._all()[path] = [note, *others[:1]]
        self._changed = True

    def copy(self, path: str, to: str) -> None:
        """Apply the records of a path, and of everything below it, to its new path, too: the inodes stay the same."""
        found = [kept for kept in self._all() if kept == path or kept.startswith(path + "/")]
        for kept in found:
            self._all()[to + kept[len(path) :]] = self._all()[kept]
        self._changed |= bool(found)

    def forget(self, path: str) -> None:
        """Remove the records of a path, and of everything below it."""
        stale = [kept for kept in self._all() if kept == path or kept.startswith(path + "/")]
        for kept in stale:
            del self._all()[kept]
        self._changed |= bool(stale)

    def below(self, path: str) -> dict[str, list[Note]]:
        """The records of a path, and of everything below it."""
        return {kept: notes for kept, notes in self._all().items() if kept == path or kept.startswith(path + "/")}

    def restore(self, records: Mapping[str, list[Note]]) -> None:
        """Put records back that were read before; of files with the same inodes."""
        self._all().update(records)
        self._changed |= bool(records)

    def save(self) -> None:
        if self._changed:
            write_atomically(self.file, strict_json.dumps(self._all()))
            self._changed = False

    def of(self, path: str, what: os.stat_result, xattrs: Mapping[str, bytes], below: Entry | None) -> Owner:
        """The owner, inside the container, of a file in the writable layer."""
        if (kept := self._owner_of(path, what)) is not None:
            return kept
        if self.ids.mode != "single":
            owner = (what.st_uid, what.st_gid)
            return owner if any(owner) else owner_override(xattrs) or owner
        if (noted := owner_override(xattrs)) is not None:
            return noted
        if below is not None and ORIGIN in xattrs:
            return below.uid, below.gid
        return 0, 0

    def xattrs(self, what: os.stat_result, xattrs: Mapping[str, bytes]) -> dict[str, bytes]:
        """The xattrs, inside the container, of a file that has these on disk."""
        from layertui.core.layers.table.whiteouts import portable_xattrs  # imports numpy

        found = portable_xattrs(xattrs)
        capability = capability_override(xattrs, what) if self.ids.mode == "single" else None
        return found if capability is None else {**found, CAPABILITY: capability}

    def device(self, path: str, what: os.stat_result) -> Device | None:
        """The device that an empty file in the writable layer stands in for."""
        note = self._note_of(path, what)
        if "device" not in note or not stat.S_ISREG(what.st_mode) or what.st_size or what.st_mtime_ns != note["ns"]:
            return None
        word, major, minor = note["device"]
        return Kind.CHAR if word == Kind.CHAR.word else Kind.BLOCK, major, minor

    def kept(self) -> bool:
        """Whether there is any record that still applies. Raises Damaged."""
        return bool(self._all())

    def _owner_of(self, path: str, what: os.stat_result) -> Owner | None:
        if self.ids.mode != "single" and (what.st_uid, what.st_gid) != (0, 0):
            return None  # the owner on disk counts
        owner = self._note_of(path, what).get("owner")
        return None if owner is None else (owner[0], owner[1])

    def _note_of(self, path: str, what: os.stat_result) -> Note:
        return next((note for note in self._all().get(path, []) if note["inode"] == what.st_ino), {})

    def as_read(self, below: Callable[[str], Entry | None]) -> OverlayNotes | None:
        """The records for `read_folder`; `below` returns the image's entry at a path."""
        single = self.ids.mode == "single"
        if not single and not self._all():
            return None

        from layertui.core.layers.table.layer_folder import OverlayNotes  # imports numpy

        owners: dict[str, Owner] = {}
        devices: dict[str, Device] = {}
        for path, what in self._noted():
            if (owner := self._owner_of(path, what)) is not None:
                owners[path] = owner
            if (device := self.device(path, what)) is not None:
                devices[path] = device
        if not single:
            return OverlayNotes(owners=owners, devices=devices)

        def owner_below(path: str) -> Owner | None:
            entry = below(path)
            return None if entry is None else (entry.uid, entry.gid)

        return OverlayNotes(lambda _uid, _gid: (0, 0), owners, owner_below, devices, self.xattrs)

    def _noted(self) -> Iterator[tuple[str, os.stat_result]]:
        """The files in the writable layer that have a record, with their paths."""
        if not self._all():
            return
        with Beneath(self.upper, symlinks=False) as root:
            for path in self._all():
                with suppress(OSError, UnsafePath):
                    yield path, root.stat(path)

    def _all(self) -> dict[str, list[Note]]:
        if self._kept is None:
            try:
                read = strict_json.loads_trusted_object(read_small(self.file), what=str(self.file))
            except FileNotFoundError:
                read = {}
            found = {path: _notes(kept) for path, kept in read.items()}
            if not all(isinstance(kept, list) and all(map(_is_note, kept)) for kept in found.values()):
                raise Damaged(tr("{file}: contains something that is not a note; see `layertui fsck`", file=self.file))
            self._kept = found
        return self._kept


def _forget_capability(held: PathHandle) -> None:
    if CAPABILITY_NOTE in held.xattrs():
        mode = stat.S_IMODE(held.status.st_mode)
        held.chmod(mode | 0o200)
        held.remove_xattr(CAPABILITY_NOTE)
        held.chmod(mode)


def _notes(kept: Any) -> Any:
    """Convert records of older versions, which were a list of user ID, group ID and inode, and those of the file before."""
    if isinstance(kept, list) and len(kept) % 3 == 0 and kept and isinstance(kept[0], int):
        return [{"owner": kept[at : at + 2], "inode": kept[at + 2]} for at in range(0, len(kept), 3)]
    return kept


def _is_note(note: Any) -> bool:
    if not isinstance(note, dict) or not isinstance(note.get("inode"), int):
        return False
    owner, device = note.get("owner", (0, 0)), note.get("device", ("", 0, 0))
    return (
        isinstance(owner, (list, tuple))
        and isinstance(device, (list, tuple))
        and (len(owner), len(device)) == (2, 3)
        and all(isinstance(number, int) for number in (*owner, *device[1:], note.get("ns", 0)))
        and ("device" not in note or "ns" in note)
    )
