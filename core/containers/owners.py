"""Owners in a container's own layer that the disk cannot hold.

Root gives a file any owner. For everybody else all files are their own; what they are to be inside the container is kept in a
file beside the layer, with the inode it is true for, so that nothing stale is believed when the container has replaced a file.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from layertui.core.containers.ids import Ids
from layertui.core.containers.root import Owner
from layertui.core.layers.entry import Entry
from layertui.core.layers.noted import noted_owner
from layertui.core.oci import json
from layertui.core.streams.atomic import write_atomically

if TYPE_CHECKING:
    from layertui.core.layers.folder import Owners

_LIMIT = 256 << 20
ORIGIN = "user.overlay.origin"  # on what the kernel has copied up


class OwnersKept:
    """The owners of one container's layer."""

    def __init__(self, file: Path, upper: Path, ids: Ids) -> None:
        self.file, self.upper, self.ids = file, upper, ids
        self._changed = False
        self._kept: dict[str, list[int]] | None = None

    def give(self, fd: int, name: bytes, path: str, owner: Owner) -> None:
        """Make something in the own layer somebody's."""
        if self.ids.mode != "single":
            os.chown(name, *owner, dir_fd=fd, follow_symlinks=False)
            return
        # What was copied up by the kernel and is root's on disk counts as whose it is below; so root's own is noted too.
        self._keep(path, owner, os.stat(name, dir_fd=fd, follow_symlinks=False).st_ino)

    def note(self, path: str, owner: Owner, name: bytes) -> None:
        """The same for something that a running container shows under `name`, beside `path`."""
        with suppress(OSError):
            inode = os.lstat(os.path.join(self.upper, os.path.dirname(path).lstrip("/"), os.fsdecode(name))).st_ino
            self._keep(path, owner, inode)

    def _keep(self, path: str, owner: Owner, inode: int) -> None:
        """Beside what was last known of the path: that is true until the new thing has taken its place."""
        self._all()[path] = [*owner, inode, *self._all().get(path, ())[:3]]
        self._changed = True

    def copy(self, path: str, to: str) -> None:
        """What is known of a path, and of all below it, is true where it goes, too: it goes with its inodes."""
        if self.ids.mode != "single":
            return
        found = [kept for kept in self._all() if kept == path or kept.startswith(path + "/")]
        for kept in found:
            self._all()[to + kept[len(path) :]] = self._all()[kept]
        self._changed |= bool(found)

    def forget(self, path: str) -> None:
        """What was at a path, and all below it, is no more."""
        if self.ids.mode != "single" or not self._all():
            return
        stale = [kept for kept in self._all() if kept == path or kept.startswith(path + "/")]
        for kept in stale:
            del self._all()[kept]
        self._changed |= bool(stale)

    def save(self) -> None:
        """Write what has changed."""
        if self._changed:
            write_atomically(self.file, json.dumps(self._all()))
            self._changed = False

    def of(self, path: str, what: os.stat_result, xattrs: Mapping[str, bytes], below: Entry | None) -> Owner:
        """The owner, inside the container, of something in the own layer."""
        if self.ids.mode != "single":
            owner = (what.st_uid, what.st_gid)
            return owner if any(owner) else noted_owner(xattrs) or owner
        if (kept := self._owner_of(path, what.st_ino)) is not None:
            return kept
        if (noted := noted_owner(xattrs)) is not None:
            return noted
        if below is not None and ORIGIN in xattrs:
            return below.uid, below.gid
        return 0, 0

    def known(self) -> dict[str, Owner]:
        """Every owner that is still true, by path."""
        found = {}
        for path in self._all():
            with suppress(OSError):
                kept = self._owner_of(path, os.lstat(self.upper / path.lstrip("/")).st_ino)
                if kept is not None:
                    found[path] = kept
        return found

    def _owner_of(self, path: str, inode: int) -> Owner | None:
        kept = self._all().get(path, [])
        return next(((kept[at], kept[at + 1]) for at in range(0, len(kept), 3) if kept[at + 2] == inode), None)

    def as_read(self, below: Callable[[str], Entry | None]) -> Owners | None:
        """What `read_folder` needs to know; `below` gives the image's entry at a path."""
        if self.ids.mode != "single":
            return None

        from layertui.core.layers.folder import Owners  # brings numpy

        def owner_below(path: str) -> Owner | None:
            entry = below(path)
            return None if entry is None else (entry.uid, entry.gid)

        return Owners(mapped=lambda _uid, _gid: (0, 0), kept=self.known(), below=owner_below)

    def _all(self) -> dict[str, list[int]]:
        if self._kept is None:
            try:
                self._kept = json.load_object(self.file.read_bytes(), _LIMIT, what=str(self.file))
            except FileNotFoundError:
                self._kept = {}
        return self._kept
