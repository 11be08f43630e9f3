"""The packages that differ between two views: added, removed, or in another version.

Only databases that differ are read: which files do is known when the views were compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.packages.database_contents import read_databases
from layertui.core.analysis.packages.database_rows import LISTS, database_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from layertui.core.analysis.packages.package import PackageKind
    from layertui.core.layers.diff.file_changes import ChangeKind, Changes
    from layertui.core.layers.stack.view import View
    from layertui.core.layers.table.columns import Column
    from layertui.core.progress import Progress

Versions = dict[tuple["PackageKind", str], list[str]]


@dataclass(frozen=True, slots=True)
class PackageChange:
    """A package that differs, with its versions on both sides; there may be several of Node, Java or an architecture each."""

    kind: PackageKind
    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def change(self) -> ChangeKind:
        """Modified where both sides have it in other versions."""
        return "modified" if self.before and self.after else "removed" if self.before else "added"


@dataclass(frozen=True, slots=True)
class PackageChanges:
    """The packages that differ, by kind and name; `problems` are reasons why a database was not read, a line each."""

    changes: tuple[PackageChange, ...]
    problems: tuple[str, ...] = ()


def package_changes(files: Changes, progress: Progress) -> PackageChanges:
    """The packages that differ between two views, of which these files do. Raises Cancelled."""
    problems: list[str] = []
    before = _versions(files.lineup.a, files.left[files.left >= 0], problems, progress)
    after = _versions(files.lineup.b, files.right[files.right >= 0], problems, progress)
    found = [
        PackageChange(kind, name, tuple(old), tuple(new))
        for kind, name in sorted(before.keys() | after.keys())
        if (old := sorted(before.get((kind, name), []))) != (new := sorted(after.get((kind, name), [])))
    ]
    return PackageChanges(tuple(found), tuple(dict.fromkeys(problems)))


def _versions(view: View, rows: Column, problems: list[str], progress: Progress) -> Versions:
    """The packages in those databases of a view that are among its rows; what is built into another package is left out."""
    shown = view.shown[rows]
    known = database_rows(view.stack, len(view.stack))
    changed = {what: found[np.isin(found, shown)] for what, found in known.items() if what not in LISTS}
    if not any(len(found) for found in changed.values()):
        return {}
    contents = read_databases(view.stack, known | changed, progress)
    problems += contents.problems
    return _by_name(
        (one.package.kind, one.package.name, one.package.version, one.package.built_in) for one in contents.lifetimes
    )


def _by_name(packages: Iterable[tuple[PackageKind, str, str, bool]]) -> Versions:
    found: Versions = {}
    for kind, name, version, built_in in packages:
        if not built_in:
            found.setdefault((kind, name), []).append(version)
    return found
