"""Applies whiteouts and opaque folders when a layer is unpacked: last for an overlay, first for a merged folder."""

import os
import stat
from typing import BinaryIO

from layertui.core.fs.dir_fd import set_xattrs_at
from layertui.core.layers.table.entry import Entry, Kind
from layertui.core.layers.table.layer_table import OPAQUE, WHITED
from layertui.core.layers.table.path_keys import normalize, path_of
from layertui.core.layers.table.tar_entry import header_of
from layertui.core.layers.table.whiteouts import marker
from layertui.core.layers.write.layer_writer import LayerWriter
from layertui.core.oci.whiteout_names import OPAQUE_XATTR, WHITEOUT_XATTR
from layertui.core.streams.tar.tar_contents import walk

HOLDS_XATTR_WHITEOUTS = b"x"  # as the value of OPAQUE_XATTR


def merge_markers(writer: LayerWriter, raw: BinaryIO) -> None:
    """Remove what a layer's markers name, before its entries are written."""
    for member in walk(raw):
        found = marker(normalize(member.name))
        if found is None or not found.hides:
            continue
        parts = _parts(found.key)
        folder_path = parts[:-1] if found.hides == WHITED else parts
        writer.remember([*folder_path, b""])
        folder = writer.dir_fds.find(folder_path)
        if folder is not None:
            for name in parts[-1:] if found.hides == WHITED else _names(folder):
                writer.remove(folder, name, b"\0".join([*folder_path, name]))


def _parts(key: bytes) -> list[bytes]:
    return key.split(b"\0") if key else []


def _names(folder: int) -> list[bytes]:
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    try:
        return list(map(os.fsencode, os.listdir(fd)))
    finally:
        os.close(fd)


class OverlayMarkers:
    """Writes markers in overlayfs's form (the kernel's overlayfs.rst), and folders as in the lower layers.

    A folder that contains only markers is made, since overlay needs it for them; but not if the lower layers are known not
    to have what the markers would hide: a marker alone makes no folder.
    """

    def __init__(self, writer: LayerWriter) -> None:
        self._writer = writer
        self._whited = {found.key for found in writer.hidden if found.hides == WHITED}
        self._opaque = {found.key for found in writer.hidden if found.hides == OPAQUE}
        if b"" in self._opaque:
            self._opaque.remove(b"")
            self._whited |= self._all_at_the_top()
        self._to_mark = {key for key in writer.replaced if not self._hidden_above(key)}

    def finish(self) -> None:
        """Write all markers, then set the attributes of folders that no member lists."""
        for key in sorted(self._whited, key=_shallow_first):
            if not self._hidden_above(key):
                self._whiteout(key)
        for key in sorted(self._opaque, key=_shallow_first):
            if key not in self._whited and not self._hidden_above(key):
                self._empty(key)
        for key in self._to_mark:
            folder = self._writer.dir_fds.find(_parts(key))
            if folder is not None:
                set_xattrs_at(folder, b".", {OPAQUE_XATTR: b"y"})
        self._imply()

    def _hidden_above(self, key: bytes) -> bool:
        """Whether this layer hides, at a folder above, everything that lower ones have at `key`."""
        while key:
            key = key.rpartition(b"\0")[0]
            if key in self._opaque or key in self._whited or key in self._writer.replaced:
                return True
        return False

    def _all_at_the_top(self) -> set[bytes]:
        """Every name in the root: overlay merges the roots of its layers even if one is opaque."""
        names = set(_names(self._writer.root))
        below = self._writer.below
        if below is not None:
            names.update(os.fsencode(below.name(int(at))) for at in below.children())
        return names

    def _whiteout(self, key: bytes) -> None:
        *above, name = _parts(key)
        folder = self._writer.dir_fds.find(above)
        if folder is not None and (status := _status(folder, name)) is not None:
            if stat.S_ISDIR(status.st_mode):
                self._to_mark.add(key)
            return
        if self._is_noise(key) or (folder := self._enter(above)) is None:
            return
        try:
            os.mknod(name, stat.S_IFCHR, os.makedev(0, 0), dir_fd=folder)
        except PermissionError:  # overlayfs accepts this form since Linux 6.7
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=folder))
            set_xattrs_at(folder, name, {WHITEOUT_XATTR: b"y"})
            set_xattrs_at(folder, b".", {OPAQUE_XATTR: HOLDS_XATTR_WHITEOUTS})

    def _empty(self, key: bytes) -> None:
        path = _parts(key)
        if self._writer.dir_fds.find(path) is None and (self._is_noise(key, Kind.DIR) or self._enter(path) is None):
            return
        self._to_mark.add(key)

    def _is_noise(self, key: bytes, kind: Kind | None = None) -> bool:
        """Whether the lower layers are known to have nothing (of that kind) at `key`."""
        if self._writer.below is None:
            return False
        found = self._lower(key)
        return found is None or kind not in (None, found.kind)

    def _lower(self, key: bytes) -> Entry | None:
        return self._writer.below.get(path_of(key)) if self._writer.below is not None else None

    def _enter(self, path: list[bytes]) -> int | None:
        """The folder at `path`, made if missing; None if this layer has something else there."""
        for depth in range(1, len(path) + 1):
            above = self._writer.dir_fds.find(path[: depth - 1])
            if above is None:
                return None
            status = _status(above, path[depth - 1])
            if status is None:
                break
            if not stat.S_ISDIR(status.st_mode):
                return None
        return self._writer.dir_fds.enter(path, self._writer.imply)

    def _imply(self) -> None:
        missing: set[bytes] = set()  # no need to search below a missing path
        for key, header in self._writer.pending.items():
            if key.rpartition(b"\0")[0] in missing:
                missing.add(key)
                continue
            if header is not None or key in self._whited or key in self._writer.replaced or self._hidden_above(key):
                continue
            found = self._lower(key)
            if found is None:
                missing.add(key)
            elif found.kind is Kind.DIR:
                self._writer.pending[key] = header_of(found)


def _shallow_first(key: bytes) -> tuple[int, bytes]:
    return key.count(b"\0"), key


def _status(folder: int, name: bytes) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
