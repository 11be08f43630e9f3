"""Which paths each package claims, and to which of them a file belongs where several do.

Most packages list the paths of their files; a package of Node has its folder, a jar and an executable of Go are one file. The
package managers of distributions come before those of languages, of which the file is often a part of a package too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.packages.database_rows import DatabaseFile
from layertui.core.analysis.packages.formats import dpkg_packages, python_packages
from layertui.core.analysis.packages.listed_paths import path_ids_through_links
from layertui.core.analysis.packages.package import key_lines
from layertui.core.bounds import bounds, exceeded
from layertui.core.language.texts import tr
from layertui.core.layers.table.columns import Column
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.layer_table import HARDLINK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from layertui.core.analysis.packages.database_contents import DatabaseContents
    from layertui.core.analysis.packages.formats.dpkg_packages import Diversion
    from layertui.core.analysis.packages.lifetimes import PackageLifetime
    from layertui.core.analysis.packages.package import Key
    from layertui.core.layers.stack.view import View

_ORDER = ("go", "java", "node", "python", "rpm", "apk", "dpkg")  # a later one wins
_WITHOUT_LIST = ("go", "java", "node")
_BY_NAME = (DatabaseFile.DPKG_LIST, DatabaseFile.DPKG_SUMS, DatabaseFile.DPKG_DIVERSIONS)  # all in one folder


class Claims:
    """The paths that some packages claim, as numbers of the stack's paths."""

    def __init__(self, view: View, contents: DatabaseContents, packages: Sequence[PackageLifetime]) -> None:
        self._view, self._stack = view, view.stack
        self._contents, self._packages = contents, packages
        self._lists = self._list_path_ids()
        self._moved: dict[int, dict[Key, Diversion]] = {}
        self._of = self._claimed()

    def owner(self) -> Column:
        """For each row of the view the index of the package that owns it, -1 for none and for folders (int32)."""
        view = self._view
        owner = np.full(len(view), -1, np.int32)
        claims = np.zeros(len(view), np.int32)
        for kind in _ORDER:
            numbers = [
                number
                for number, one in enumerate(self._packages)
                if one.package.kind == kind and one.gone > view.upto and len(self._of[number])
            ]
            if not numbers:
                continue
            path_ids = np.concatenate([self._of[number] for number in numbers])
            of = np.repeat(np.array(numbers, np.int32), [len(self._of[number]) for number in numbers])
            rows, shown = rows_of(view, path_ids)
            owner[rows[shown]] = of[shown]  # of rows that come twice, the last
            claims += np.bincount(rows[shown], minlength=len(view)).astype(np.int32)
        # A symlink to a folder is listed, as a folder is, by all packages that have something in it.
        owner[(view.kind == Kind.DIR) | ((view.kind == Kind.SYMLINK) & (claims > 1))] = -1
        return owner

    def bytes_in(self, number: int, layer: int) -> int:
        """Bytes of the files that a package claims, as of a layer."""
        rows = self._stack.visible(self._of[number].astype(np.int64), layer)
        rows = rows[rows >= 0]
        counts = (self._stack.kind[rows] == Kind.FILE) & ((self._stack.flags[rows] & HARDLINK) == 0)
        return int(self._stack.size[rows[counts]].sum())

    def _claimed(self) -> list[Column]:
        """The paths of each package."""
        listed: list[bytes] = []
        left = bounds().entries
        for one in self._packages:
            lines = b"" if one.package.kind in _WITHOUT_LIST or left < 0 else b"".join(self._listed(one))
            left -= lines.count(b"\n")
            listed.append(lines if left >= 0 else b"")
        if left < 0:
            self._contents.problems.append(str(exceeded("entries", tr("the packages list more files"))))
        path_ids = path_ids_through_links(self._view, b"".join(listed))
        claimed = []
        start = 0
        for one, lines in zip(self._packages, listed, strict=True):
            end = start + lines.count(b"\n")
            claimed.append(self._own(one) if one.package.kind in _WITHOUT_LIST else path_ids[start:end])
            start = end
        return claimed

    def _own(self, one: PackageLifetime) -> Column:
        """The paths of a package that has no list of them."""
        if one.package.built_in:
            return np.zeros(0, np.int32)
        if one.package.kind == "node":
            folder = int(self._stack.parent[one.path_id])
            return np.arange(folder, int(self._stack.end[folder]), dtype=np.int32)
        return np.array([one.path_id], np.int32)

    def _listed(self, one: PackageLifetime) -> Iterator[bytes]:
        """The paths that a package lists, as lines, as of the layer in which it is looked at, and the file that describes it."""
        yield one.files
        stack, kind = self._stack, one.package.kind
        if kind not in ("dpkg", "python"):
            return
        folder = int(stack.parent[one.path_id])
        layer = self._view.upto if one.gone > self._view.upto else one.born
        if kind == "dpkg":
            moved = self._diversions(layer)
            for name in dpkg_packages.list_names(one.package):
                listed = self._list(DatabaseFile.DPKG_LIST, name + dpkg_packages.LIST, layer)
                yield dpkg_packages.diverted(dpkg_packages.listed_files(listed), one.package.name, moved)
                yield dpkg_packages.summed_files(self._list(DatabaseFile.DPKG_SUMS, name + dpkg_packages.SUMS, layer))
            return
        key = stack.key(folder).replace(b"\0", b"/")
        yield key_lines([stack.key(one.path_id)])
        yield python_packages.recorded_files(self._list(DatabaseFile.PYTHON_RECORD, folder, layer), key)
        yield python_packages.installed_files(self._list(DatabaseFile.PYTHON_INSTALLED, folder, layer), key)

    def _diversions(self, layer: int) -> dict[Key, Diversion]:
        """Dpkg's diversions as of a layer."""
        if layer not in self._moved:
            name = dpkg_packages.DIVERSIONS.rpartition(b"/")[2]
            self._moved[layer] = dpkg_packages.diversions(self._list(DatabaseFile.DPKG_DIVERSIONS, name, layer))
        return self._moved[layer]

    def _list_path_ids(self) -> dict[tuple[DatabaseFile, bytes | int], int]:
        """The path of each list: by its name for dpkg, which has all in one folder, by its folder for Python."""
        found: dict[tuple[DatabaseFile, bytes | int], int] = {}
        for what, rows in self._contents.list_rows.items():
            for path_id in np.unique(self._stack.path_id[rows]).tolist():
                by_name = what in _BY_NAME
                found[what, self._stack.name(path_id) if by_name else int(self._stack.parent[path_id])] = path_id
        return found

    def _list(self, what: DatabaseFile, of: bytes | int, layer: int) -> bytes:
        """The content of a list as of a layer; empty if there is none."""
        path_id = self._lists.get((what, of))
        if path_id is None:
            return b""
        stack = self._stack
        for row in range(int(stack.start[path_id]), int(stack.start[path_id + 1])):
            if stack.born[row] <= layer < stack.gone[row]:
                return self._contents.lists.get(row, b"")
        return b""


def rows_of(view: View, path_ids: Column) -> tuple[Column, Column]:
    """The view's row of each path (int32), and whether it shows it."""
    rows = np.searchsorted(
        view.path_ids, path_ids
    )  # all at once, and of one dtype: else it copies all of the view's for each
    rows = np.minimum(rows, max(len(view) - 1, 0))
    shown: Column = view.path_ids[rows] == path_ids if len(view) else np.zeros(len(path_ids), bool)
    return rows, shown
