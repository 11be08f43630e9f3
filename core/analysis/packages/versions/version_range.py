"""Ranges of versions, `>=3.0,<3.0.15`, each package manager's versions in its own order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from layertui.core.analysis.packages.versions.apk_order import compare_apk
from layertui.core.analysis.packages.versions.debian_order import debian_key, split_debian
from layertui.core.analysis.packages.versions.rpm_order import compare_rpm
from layertui.core.analysis.packages.versions.semantic_order import compare_maven, semantic_key
from layertui.core.language.texts import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from layertui.core.analysis.packages.package import PackageKind

_LIMIT = re.compile(r"\s*(<=|>=|==|!=|<|>|=)\s*([^\s<>=!,]{1,300})\s*")
_HOLDS: dict[str, Callable[[int], bool]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    "=": lambda order: order == 0,
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    ">=": lambda order: order >= 0,
    ">": lambda order: order > 0,
}


class VersionLimit(NamedTuple):
    """One comparison: `<3.0.15`."""

    operator: str
    version: str


def version_range(text: str) -> tuple[VersionLimit, ...]:
    """The comparisons of a range, which has commas between them. Raises ValueError."""
    limits = []
    for part in text.split(","):
        match = _LIMIT.fullmatch(part)
        if match is None:
            raise ValueError(tr("{part!r} is no version with one of < <= = != >= > before it", part=part.strip()))
        limits.append(VersionLimit(match[1], match[2]))
    return tuple(limits)


def is_within(kind: PackageKind, version: str, limits: tuple[VersionLimit, ...]) -> bool:
    """Whether a version is in a range. Raises ValueError where it, or a limit, is no version of this kind."""
    return all(_HOLDS[limit.operator](compare_versions(kind, version, limit.version)) for limit in limits)


def compare_versions(kind: PackageKind, version: str, limit: str) -> int:
    """Below 0 if a package's version comes before a limit; above 0 if after it; else 0.

    A limit without an epoch or a revision is compared without that of the package: 3.0.15 is `1:3.0.15-2` too. Raises ValueError.
    """
    match kind:
        case "dpkg":
            return _by_parts(split_debian(version), split_debian(limit), _compare_debian)
        case "rpm":
            return _by_parts(_split_rpm(version), _split_rpm(limit), compare_rpm)
        case "apk":
            if "-r" not in limit:
                version = version.partition("-r")[0]
            return compare_apk(version, limit)
        case "python":
            from packaging.version import Version  # raises InvalidVersion, a ValueError

            return _order(Version(version), Version(limit))
        case "java":
            return compare_maven(version, limit)
        case _:
            return _order(semantic_key(version), semantic_key(limit))


def _by_parts(
    version: tuple[int | None, str, str | None],
    limit: tuple[int | None, str, str | None],
    compare: Callable[[str, str], int],
) -> int:
    """By epoch, by version and by revision, as far as the limit has them."""
    if limit[0] is not None and (version[0] or 0) != limit[0]:
        return _order(version[0] or 0, limit[0])
    order = compare(version[1], limit[1])
    if order or limit[2] is None:
        return order
    return compare(version[2] or "", limit[2])


def _compare_debian(one: str, other: str) -> int:
    return _order(debian_key(one), debian_key(other))


def _split_rpm(version: str) -> tuple[int | None, str, str | None]:
    """Epoch, version and release; None where there is none."""
    epoch, colon, rest = version.partition(":")
    if not colon or not (epoch.isascii() and epoch.isdigit()):
        epoch, rest = "", version
    number, hyphen, release = rest.partition("-")
    return int(epoch) if epoch else None, number, release if hyphen else None


def _order(one: Any, other: Any) -> int:
    return int(one > other) - int(one < other)
