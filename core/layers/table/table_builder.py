"""TableBuilder: makes a layer table of entries that are added one by one, as from a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import OPAQUE, WHITED, LayerTable, pack_device, pack_xattrs
from layertui.core.layers.table.path_keys import normalize
from layertui.core.layers.table.tree_order import Arrivals, arrange

if TYPE_CHECKING:
    from collections.abc import Mapping


class TableBuilder:
    """Entries, added in the order in which they would be applied, made into a LayerTable."""

    def __init__(self) -> None:
        self._keys: list[bytes] = []
        self._kinds = bytearray()
        self._numbers: list[tuple[int, ...]] = []  # flags mode uid gid size mtime mtime_ns body owner
        self._owners: dict[tuple[str, str], int] = {("", ""): 0}
        self._links: dict[int, bytes] = {}
        self._hardlinks: dict[int, bytes] = {}
        self._xattrs: dict[int, bytes] = {}
        self._devices: dict[int, bytes] = {}
        self._members = 0
        self._root_opaque = False

    def add(  # noqa: PLR0913 - a tar header has as many fields
        self,
        path: bytes,
        kind: Kind,
        *,
        mode: int = 0o644,
        uid: int = 0,
        gid: int = 0,
        size: int = 0,
        mtime: int = 0,
        mtime_ns: int = 0,
        link: bytes = b"",
        uname: str = "",
        gname: str = "",
        dev: tuple[int, int] = (0, 0),
        xattrs: Mapping[str, bytes] | None = None,
        body: int = -1,
    ) -> None:
        """Add an entry. ``path`` is relative to the root, as in a tar."""
        key = normalize(path)
        if not key:
            return
        at = len(self._keys)
        owner = self._owners.setdefault((uname, gname), len(self._owners))
        self._put(key, kind, (0, mode, uid, gid, size, mtime, mtime_ns, body, owner))
        self._members += 1
        if kind is Kind.SYMLINK:
            self._links[at] = link
        if kind in (Kind.CHAR, Kind.BLOCK):
            self._devices[at] = pack_device(dev)
        if xattrs:
            self._xattrs[at] = pack_xattrs(xattrs)

    def hardlink(self, path: bytes, target: bytes, **attributes: Any) -> None:
        """Add another name of the inode that ``target`` names at this moment."""
        at = len(self._keys)
        self.add(path, Kind.FILE, **attributes)
        if len(self._keys) > at:
            self._hardlinks[at] = normalize(target)

    def whiteout(self, path: bytes) -> None:
        """Hide what lower layers have at ``path``."""
        self._put(normalize(path), Kind.WHITEOUT, (WHITED, 0, 0, 0, 0, 0, 0, -1, 0))

    def opaque(self, folder: bytes) -> None:
        """Hide what lower layers have inside ``folder``."""
        key = normalize(folder)
        if key:
            self._put(key, Kind.PLACE, (OPAQUE, 0, 0, 0, 0, 0, 0, -1, 0))
        else:
            self._root_opaque = True

    def build(self) -> LayerTable:
        """The table of all entries added."""
        numbers = np.array(self._numbers, np.int64).reshape(-1, 9)
        return arrange(
            Arrivals(
                keys=self._keys,
                kind=np.frombuffer(bytes(self._kinds), np.uint8).copy(),
                **{name: numbers[:, at].copy() for at, name in enumerate(_NUMBERS)},
                owners=list(self._owners),
                links=self._links,
                hardlinks=self._hardlinks,
                xattrs=self._xattrs,
                devices=self._devices,
                maps={},
                members=self._members,
                root_opaque=self._root_opaque,
            )
        )

    def _put(self, key: bytes, kind: Kind, numbers: tuple[int, ...]) -> None:
        self._keys.append(key)
        self._kinds.append(kind)
        self._numbers.append(numbers)


_NUMBERS = ("flags", "mode", "uid", "gid", "size_of", "mtime", "mtime_ns", "body", "owner")
