"""The packages in a view, the layer that brought each, whether it is hidden again, and which package owns which file.

The databases of package managers are read as of each layer that touches them: only those layers' versions. All else is array
work on the stack. What reads them is imported where that is done: packages that are cached need none of it. Sizes obey one law: the bytes of all packages that show and of all files that no package owns are the view's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from layertui.core.layers.stack.view import ROOT
from layertui.core.layers.table.columns import Column
from layertui.core.layers.table.entry import Kind
from layertui.core.progress import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from layertui.core.analysis.packages.database_rows import DatabaseFile
    from layertui.core.analysis.packages.lifetimes import PackageLifetime
    from layertui.core.analysis.packages.package import Package
    from layertui.core.layers.stack.stack import Stack
    from layertui.core.layers.stack.view import View
    from layertui.core.progress import Progress


_OF_DISTRIBUTIONS = ("dpkg", "apk", "rpm")  # one file describes many packages


@dataclass(frozen=True, slots=True)
class FoundPackage:
    """A package, and the layers in which it is there."""

    package: Package
    layer: int
    """The layer that brought it."""
    hidden_in: int | None
    """The layer that removed it or brought another version; None if it shows."""
    replaced: bool
    """Whether the layer that hides it brought another version."""
    part: bool
    """Whether its database is a file of another package, as where Debian has a package of Python: then that owns the files."""
    size: int
    """Bytes of the files that it owns: in the view, or of a hidden one in the layer that brought it. An inode counts once."""


class FileOwner(NamedTuple):
    """Who owns a file."""

    package: FoundPackage | None
    """None if no package does."""


@dataclass(frozen=True, slots=True)
class LayerPackages:
    """What one layer brought: how many packages, with how many bytes, and how many of them are hidden again.

    Packages that are part of another one are not counted.
    """

    layer: int
    count: int
    size: int
    hidden: int
    replaced: int
    """Those of the hidden ones of which another version was brought."""


class PackagesFound:
    """The packages of a view.

    `packages` has those that show and those that are hidden again, by layer, kind and name. `owner` (int32) has, for each row of
    the view, the index of the package that owns it, or -1; folders have no owner. `problems` are reasons, a line each, why
    something was not read.
    """

    def __init__(
        self,
        view: View,
        packages: Sequence[FoundPackage],
        owner: Column,
        problems: Sequence[str],
        *,
        low: int = 1,
        may_pass: bool = False,
    ) -> None:
        """`low` is the first layer that `shown` and `by_layer` speak of; `may_pass`: a problem may be gone the next time."""
        self.view = view
        self._low = low
        self.packages = tuple(packages)
        self.owner = owner
        self.problems = tuple(problems)
        self.may_pass = may_pass

    def since(self, low: int) -> PackagesFound:
        """The same, for what layer `low` and those above it brought; what lower layers brought still owns its files."""
        return PackagesFound(self.view, self.packages, self.owner, self.problems, low=low, may_pass=self.may_pass)

    @property
    def shown(self) -> list[FoundPackage]:
        """Those that are not hidden again."""
        return [found for found in self.packages if found.hidden_in is None and found.layer >= self._low]

    def owner_of(self, path: str) -> FileOwner | None:
        """Which package owns a file, by its absolute path, taken literally.

        None for a folder, a path that does not show, and where there are no packages.
        """
        index = self.view.find(path)
        if index is None or index == ROOT or self.view.kind[index] == Kind.DIR or not self.packages:
            return None
        number = int(self.owner[index])
        return FileOwner(None if number < 0 else self.packages[number])

    def files_of(self, number: int) -> Column:
        """The rows of the view that a package owns, by its index in `packages`."""
        return np.flatnonzero(self.owner == number)

    def files_named(self, name: str) -> Column:
        """The rows of the view that the packages with this name own."""
        numbers = [number for number, found in enumerate(self.packages) if found.package.name == name]
        return np.flatnonzero(np.isin(self.owner, numbers))

    @cached_property
    def unowned(self) -> Column:
        """The rows of the view that no package owns, folders left out."""
        return np.flatnonzero((self.owner < 0) & (self.view.kind != Kind.DIR))

    @property
    def unowned_size(self) -> int:
        """Bytes of the files that no package owns."""
        return int(_bytes(self.view)[self.unowned].sum())

    def by_layer(self) -> list[LayerPackages]:
        """What each layer brought that brought packages, lowest first."""
        layers: dict[int, list[FoundPackage]] = {}
        for found in self.packages:
            if not found.part and found.layer >= self._low:
                layers.setdefault(found.layer, []).append(found)
        return [
            LayerPackages(
                layer,
                len(brought),
                sum(found.size for found in brought),
                sum(found.hidden_in is not None for found in brought),
                sum(found.replaced for found in brought),
            )
            for layer, brought in sorted(layers.items())
        ]


def find_packages(stack: Stack, *, upto: int | None = None, progress: Progress | None = None) -> PackagesFound:
    """The packages in the view as of layer `upto` (default: the top).

    A database that is damaged or too large gives what could be read, and a line in `problems`. Raises NotFound for a layer that
    does not exist, and Cancelled.
    """
    from layertui.core.analysis.packages.database_rows import database_rows

    view = stack.view(upto)
    return _found(view, database_rows(stack, view.upto), progress or quiet())


def find_owner(
    stack: Stack, path: str, *, upto: int | None = None, progress: Progress | None = None
) -> FileOwner | None:
    """Which package owns a file of the view, as `PackagesFound.owner_of`; jars and programs are read only at that path."""
    from layertui.core.analysis.packages.database_rows import DatabaseFile, database_rows

    view = stack.view(upto)
    index = view.find(path)
    if index is None or index == ROOT or view.kind[index] == Kind.DIR:
        return None
    path_id = int(view.path_ids[index])
    rows = database_rows(stack, view.upto)
    for what in (DatabaseFile.JAR, DatabaseFile.GO_EXECUTABLE):
        rows[what] = rows[what][stack.path_id[rows[what]] == path_id]
    folders = stack.parent[stack.path_id[rows[DatabaseFile.NODE_MANIFEST]]]
    inside = (folders <= path_id) & (path_id < stack.end[folders])
    rows[DatabaseFile.NODE_MANIFEST] = rows[DatabaseFile.NODE_MANIFEST][inside]
    return _found(view, rows, progress or quiet()).owner_of(path)


def _found(view: View, rows: dict[DatabaseFile, Column], progress: Progress) -> PackagesFound:
    """The packages that these rows of databases have."""
    from layertui.core.analysis.packages.database_contents import read_databases
    from layertui.core.analysis.packages.package_claims import Claims

    contents = read_databases(view.stack, rows, progress)
    found = sorted(contents.lifetimes, key=_order)
    claims = Claims(view, contents, found)
    owner = claims.owner()
    sizes = np.zeros(len(found), np.int64)
    owned = np.flatnonzero(owner >= 0)
    np.add.at(sizes, owner[owned], _bytes(view)[owned])
    came = {(one.born, *_same(one.package)) for one in found}
    packages = []
    parts = _parts(view, owner, found)
    for number, one in enumerate(found):
        hidden = one.gone if one.gone <= view.upto else None
        packages.append(
            FoundPackage(
                one.package,
                one.born,
                hidden,
                hidden is not None and (hidden, *_same(one.package)) in came,
                one.package.built_in or (hidden is None and parts[number]),
                int(sizes[number]) if hidden is None else claims.bytes_in(number, one.born),
            )
        )
    return PackagesFound(view, packages, owner, contents.problems, may_pass=contents.may_pass)


def _bytes(view: View) -> Column:
    """The bytes of each row, each inode once."""
    size: Column = np.where(view.counted, view.size, 0)
    return size


def _parts(view: View, owner: Column, found: Sequence[PackageLifetime]) -> list[bool]:
    """Whether the file that describes each package belongs to another one."""
    from layertui.core.analysis.packages.package_claims import rows_of

    rows, shown = rows_of(view, np.array([one.path_id for one in found], np.int32))
    owners = np.where(shown, owner[rows], -1).tolist() if len(view) else [-1] * len(found)
    return [
        one.package.kind not in _OF_DISTRIBUTIONS and of not in (-1, number)
        for number, (one, of) in enumerate(zip(found, owners, strict=True))
    ]


def _order(one: PackageLifetime) -> tuple[int, str, str, str, str, str]:
    package = one.package
    return one.born, package.kind, package.name, package.version, package.arch, package.database


def _same(package: Package) -> tuple[str, str, str]:
    """What versions of one package have in common."""
    return package.kind, package.name, package.arch
