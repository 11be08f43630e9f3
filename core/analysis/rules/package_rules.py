"""Rules for packages: those that are forbidden, `openssl<3.0.15`, and how many there may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast, get_args

from layertui.core.analysis.packages.package import PackageKind
from layertui.core.analysis.packages.versions.version_range import VersionLimit, is_within, version_range
from layertui.core.analysis.rules.findings import RuleFinding
from layertui.core.analysis.search.globs import Glob
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from layertui.core.analysis.packages.find_packages import PackagesFound
    from layertui.core.analysis.packages.package import Package

_KINDS = "|".join(get_args(PackageKind))
_WRITTEN = re.compile(rf"(?:({_KINDS}):)?([^\s<>=!,]+)\s*([<>=!].*)?", re.DOTALL)
_PYTHON_DASH = re.compile(r"[-_.]+")


@dataclass(frozen=True, slots=True)
class ForbiddenPackage:
    """Packages that may not be there: `[KIND:]NAME[RANGE]`, as `dpkg:openssl<3.0.15` or `python:django>=4,<4.2.16`."""

    written: str
    kind: PackageKind | None
    name: Glob
    python_name: Glob
    """The name as Python compares it: `_` is `-`, and capital letters are small ones."""
    limits: tuple[VersionLimit, ...]

    def why(self, package: Package) -> str | None:
        """What a package is that this forbids; None if it is not forbidden."""
        is_python = package.kind == "python"
        matches = self.python_name.matches(_python_name(package.name)) if is_python else self.name.matches(package.name)
        if self.kind not in (None, package.kind) or not matches:
            return None
        try:
            return package.title if is_within(package.kind, package.version, self.limits) else None
        except ValueError:
            return tr("{title}, a version that cannot be compared", title=package.title)


def forbidden_package(text: str) -> ForbiddenPackage:
    """The packages that a text names. Raises ValueError, and UsageError for a glob that is none."""
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            tr("{text!r} is no package; write openssl, openssl<3.0.15 or dpkg:openssl>=3,<3.0.15", text=text)
        )
    kind, name = cast("PackageKind | None", match[1]), match[2]
    limits = version_range(match[3]) if match[3] else ()
    if kind is not None:
        is_within(kind, "0", tuple(VersionLimit("!=", limit.version) for limit in limits))  # all of them are compared
    names = Glob(name), Glob(_python_name(name))
    for glob in names:
        glob.matches("")  # raises for a glob that is none
    return ForbiddenPackage(text, kind, *names, limits)


def forbidden_in(packages: PackagesFound, rule: ForbiddenPackage) -> list[RuleFinding]:
    """The packages of a view that are forbidden."""
    return [
        RuleFinding(found.package.database, found.layer, why)
        for found in packages.shown
        if (why := rule.why(found.package)) is not None
    ]


def package_count(packages: PackagesFound) -> int:
    """How many packages the view has; those that are part of another one are not counted."""
    return sum(not found.part for found in packages.shown)


def _python_name(name: str) -> str:
    return _PYTHON_DASH.sub("-", name).lower()
