"""The table of a container's writable layer, from the daemon's list of changes and tars of what has changed.

The list has names and letters; kind, mode, owner, time, size and links come from the archive endpoint. A request takes a daemon
about as long as some megabytes of a tar, so a folder is asked for as a whole if it has little else, and else what has
changed in it one by one. Of each tar only as much is read as is needed, and members that have not changed are dropped.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from layertui.core.containers.rootfs.container_root import FileStatus
from layertui.core.engines.daemon.files.daemon_tar import add_member, found_members
from layertui.core.errors import NotFound
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.table_builder import TableBuilder
from layertui.core.streams.tar.tar_contents import HARDLINK, Header

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from layertui.core.containers.observe.layer_diff import DiffLine
    from layertui.core.engines.daemon.files.container_archive import ContainerArchive
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.layer_table import LayerTable
    from layertui.core.progress import Progress

_REQUEST = 8 << 20  # bytes of a tar that take about as long
_FEW = 8  # requests, for which the image is not read only to know what is the least


def changes_table(
    archive: ContainerArchive, mounts: Sequence[str], below: Callable[[], View], progress: Progress | None = None
) -> LayerTable:
    """The layer as a table. `mounts`: where the archive endpoint shows something else than the layer. `below`: the image's files.

    What vanishes meanwhile is left out; LimitExceeded where there is too much.
    """
    changes = archive.changes()
    wanted = _Wanted(changes, mounts)
    reader = _Reader(archive, wanted, progress)
    for request in wanted.requests(below):
        reader.read(request)
    reader.read_missing()
    table = TableBuilder()
    # Hard links last: what they lead to is there then.
    for at, header in sorted(reader.found.items(), key=lambda one: (one[1].type == HARDLINK, one[0])):
        add_member(table, at, header)
    for change in changes:
        if change.kind == "D":
            table.whiteout(os.fsencode(change.path))
    return table.build()


class _Wanted:
    """The paths whose attributes are asked for, as a tree. Keys are paths as the list of changes spells them, see `listed_name`."""

    def __init__(self, changes: Sequence[DiffLine], mounts: Sequence[str]) -> None:
        letters = {change.path.rstrip("/"): change.kind for change in changes}
        # Podman lists a folder that was removed and made again as deleted, and what is in it now as added.
        remade = {above for path, letter in letters.items() if letter != "D" for above in _above(path)}
        self.letters = {path: letter for path, letter in letters.items() if letter != "D" or path in remade}
        self.below: dict[str, list[str]] = {}
        for path in sorted(self.letters):
            self.below.setdefault(path.rpartition("/")[0], []).append(path)
        # The daemon shows what is mounted there, which may be much.
        self._not_whole = {above for mount in mounts for above in (mount, *_above(mount))} | {"", "/"}

    def requests(self, below: Callable[[], View]) -> list[tuple[str, bool]]:
        """What to ask for: each path, and whether all below it is wanted with it or only the path itself."""
        apart = [path for path in self.letters if path not in self._new_inside()]
        view = below() if len(apart) > _FEW else None
        costs: dict[str, tuple[int, bool]] = {}
        for path in sorted(self.letters, key=lambda one: one.count("/"), reverse=True):
            inside = self.below.get(path, ())
            single = _REQUEST + sum(costs[one][0] for one in inside)
            whole = _REQUEST + self._unchanged_bytes(path, view)
            is_whole = bool(inside) and path not in self._not_whole and whole < single
            costs[path] = (whole if is_whole else single, is_whole)
        found: list[tuple[str, bool]] = []
        waiting = [path for path in self.letters if path.rpartition("/")[0] not in self.letters]
        while waiting:
            path = waiting.pop()
            found.append((path, costs[path][1]))
            if not costs[path][1]:
                waiting.extend(self.below.get(path, ()))
        return found

    def _new_inside(self) -> set[str]:
        """The paths in folders that are new as a whole: one request each brings all of them."""
        inside: set[str] = set()
        for path in sorted(self.letters):
            above = path.rpartition("/")[0]
            if above in inside or (self.letters.get(above, "C") != "C" and above not in self._not_whole):
                inside.add(path)
        return inside

    def _unchanged_bytes(self, path: str, view: View | None) -> int:
        """What a tar of the path would have besides what is wanted."""
        if self.letters[path] != "C":
            return 0
        index = view.find(path) if view is not None else None
        return view.total_of(index) if view is not None and index is not None and index >= 0 else 1 << 50

    def names_in(self, folder: str) -> set[str]:
        """All that is wanted below a folder, and the folder."""
        names, waiting = set(), [folder]
        while waiting:
            path = waiting.pop()
            names.add(path)
            waiting.extend(self.below.get(path, ()))
        return names


def _above(path: str) -> list[str]:
    """The folders above a path, without the root."""
    parts = path.split("/")
    return ["/".join(parts[:end]) for end in range(2, len(parts))]


def listed_name(path: bytes) -> str:
    """A member's path as the list of changes spells it: JSON has U+FFFD for each byte that is not UTF-8."""
    text = path.decode("utf-8", "surrogateescape")
    return "/" + "".join("\ufffd" if "\udc80" <= character <= "\udcff" else character for character in text)


class _Reader:
    """Asks for paths, and keeps the headers of those that are wanted."""

    def __init__(self, archive: ContainerArchive, wanted: _Wanted, progress: Progress | None) -> None:
        self._archive, self._wanted, self._progress = archive, wanted, progress
        self.found: dict[bytes, Header] = {}
        self._names: set[str] = set()
        self._missing: set[str] = set()

    def read(self, request: tuple[str, bool]) -> None:
        """Take what a request brings."""
        path, is_whole = request
        follows_links = self._archive.client.endpoint.kind == "podman"
        if is_whole:
            self._take(path, self._wanted.names_in(path))
        elif follows_links and not self._wanted.below.get(path) and _leads_elsewhere(self._archive.stat(path)):
            self._missing.add(path)
        else:
            self._take(path, {path})

    def read_missing(self) -> None:
        """Ask for the folders of what could not be had by its own path: symlinks of Podman's, and names that are not UTF-8."""
        by_folder: dict[str, set[str]] = {}
        for path in self._missing - self._names:
            by_folder.setdefault(path.rpartition("/")[0] or "/", set()).add(path)
        self._missing.clear()
        for folder, names in sorted(by_folder.items()):
            self._take(folder, names)

    def _take(self, path: str, names: set[str]) -> None:
        left = names - self._names
        try:
            with self._archive.tar(path) as tar:
                for member in found_members(tar, path, self._progress):
                    name = listed_name(member.path)
                    if name in left:
                        self.found[member.path] = member.header
                        self._names.add(name)
                        left.discard(name)
                    if not left:
                        return
        except NotFound:
            pass
        self._missing |= left


def _leads_elsewhere(seen: FileStatus | None) -> bool:
    return seen is None or seen.kind is Kind.SYMLINK
