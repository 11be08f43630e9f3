"""Which paths each package claims, and to which of them a file belongs where several do.

Most packages list the paths of their files; a package of Node has its folder, a jar and an executable of Go are one file. The
package managers of distributions come before those of languages, of which the file is often a part of a package too.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.packages.database_rows import DatabaseFile
from layertui.core.analysis.packages.formats import dpkg_packages, python_packages
from layertui.core.analysis.packages.listed_paths import places_through_links
from layertui.core.bounds import bounds, exceeded
from layertui.core.layers.table.columns import Column
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.analysis.packages.database_contents import DatabaseContents
    from layertui.core.analysis.packages.lifetimes import PackageLifetime
    from layertui.core.analysis.packages.package import Key
    from layertui.core.layers.stack.view import View

_ORDER = ("go", "java", "node", "python", "rpm", "apk", "dpkg")  # a later one wins
_OWN_FILE = ("go", "java")


class Claims:
    """The paths that some packages claim, as numbers of the stack's paths."""

    def __init__(self, view: View, contents: DatabaseContents, packages: Sequence[PackageLifetime]) -> None:
        self._view, self._stack = view, view.stack
        self._contents, self._packages = contents, packages
        self._lists = self._list_places()
        self._of = self._claimed()

    def owner(self) -> Column:
        """For each row of the view the index of the package that owns it, -1 for none and for folders (int32)."""
        view = self._view
        owner = np.full(len(view), -1, np.int32)
        claimed = np.zeros(len(view), np.int32)
        for kind in _ORDER:
            for number, one in enumerate(self._packages):
                if one.package.kind == kind and one.gone > view.upto:
                    rows = self._rows_of(self._of[number])
                    owner[rows] = number
                    claimed[rows] += 1
        # A symlink to a folder is listed, as a folder, by all packages that have something in that.
        owner[(view.kind == Kind.DIR) | ((view.kind == Kind.SYMLINK) & (claimed > 1))] = -1
        return owner

    def bytes_in(self, number: int, layer: int) -> int:
        """Bytes of the files that a package claims, as of a layer."""
        rows = self._stack.visible(self._of[number], layer)
        rows = rows[rows >= 0]
        counts = (self._stack.kind[rows] == Kind.FILE) & ((self._stack.flags[rows] & HARDLINK) == 0)
        return int(self._stack.size[rows[counts]].sum())

    def _rows_of(self, places: Column) -> Column:
        """The view's rows of those paths that it shows."""
        rows = np.searchsorted(self._view.places, places)
        rows = np.minimum(rows, max(len(self._view) - 1, 0))
        shown: Column = rows[self._view.places[rows] == places] if len(self._view) else rows[:0]
        return shown

    def _claimed(self) -> list[Column]:
        """The paths of each package."""
        keys: list[Key] = []
        ends: list[int] = []
        left = bounds().entries
        for one in self._packages:
            found = [] if one.package.kind in (*_OWN_FILE, "node") else list(self._keys(one, left))
            left -= len(found)
            keys += found
            ends.append(len(keys))
        if not left:
            self._contents.problems.append(str(exceeded("entries", "the packages list more files")))
        places = places_through_links(self._view, keys)
        claimed = []
        for one, start, end in zip(self._packages, chain([0], ends), ends, strict=False):
            if one.package.built_in:
                claimed.append(np.zeros(0, np.int64))
            elif one.package.kind in _OWN_FILE:
                claimed.append(np.array([one.place], np.int64))
            elif one.package.kind == "node":
                folder = int(self._stack.parent[one.place])
                claimed.append(np.arange(folder, int(self._stack.end[folder])))
            else:
                mine = places[start:end]
                claimed.append(mine[mine >= 0])
        return claimed

    def _keys(self, one: PackageLifetime, most: int) -> Iterator[Key]:
        """The paths that a package lists, as of the layer in which it is looked at, with the file that describes it."""
        for count, key in enumerate(self._listed(one)):
            if count >= most:
                return
            yield key

    def _listed(self, one: PackageLifetime) -> Iterator[Key]:
        yield from one.files
        stack, kind = self._stack, one.package.kind
        if kind not in ("dpkg", "python"):
            return
        folder = int(stack.parent[one.place])
        layer = self._view.upto if one.gone > self._view.upto else one.born
        if kind == "dpkg":
            for name in dpkg_packages.list_names(one.package):
                yield from dpkg_packages.listed_files(
                    self._list(DatabaseFile.DPKG_LIST, name + dpkg_packages.LIST, layer)
                )
                yield from dpkg_packages.summed_files(
                    self._list(DatabaseFile.DPKG_SUMS, name + dpkg_packages.SUMS, layer)
                )
            return
        key = stack.key(folder).replace(b"\0", b"/")
        yield stack.key(one.place)
        yield from python_packages.recorded_files(self._list(DatabaseFile.PYTHON_RECORD, folder, layer), key)
        yield from python_packages.installed_files(self._list(DatabaseFile.PYTHON_INSTALLED, folder, layer), key)

    def _list_places(self) -> dict[tuple[DatabaseFile, bytes | int], int]:
        """The path of each list: by its name for dpkg, which has all in one folder, by its folder for Python."""
        found: dict[tuple[DatabaseFile, bytes | int], int] = {}
        for what, rows in self._contents.list_rows.items():
            for place in np.unique(self._stack.place[rows]).tolist():
                by_name = what in (DatabaseFile.DPKG_LIST, DatabaseFile.DPKG_SUMS)
                found[what, self._stack.name(place) if by_name else int(self._stack.parent[place])] = place
        return found

    def _list(self, what: DatabaseFile, of: bytes | int, layer: int) -> bytes:
        """The content of a list as of a layer; empty if there is none."""
        place = self._lists.get((what, of))
        if place is None:
            return b""
        row = int(self._stack.visible(np.array([place]), layer)[0])
        return self._contents.lists.get(row, b"")
