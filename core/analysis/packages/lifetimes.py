"""Follows the packages of each database file from its lowest version to the one that shows: which layer brings and removes each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from layertui.core.analysis.packages.package import Package, RecordedPackage


@dataclass(slots=True)
class PackageLifetime:
    """A package in the layers from `born` to the one below `gone`, as the versions of its database file say."""

    package: Package
    path_id: int
    """The number of the database file's path in the stack."""
    born: int
    gone: int
    files: bytes = b""
    """Those that the database itself lists, as in `RecordedPackage`."""


class Lifetimes:
    """Collects lifetimes; the versions of one file are added from the lowest layer up. No more than `most` packages are kept."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[int, tuple[int, dict[Package, PackageLifetime]]] = {}
        self._closed: list[PackageLifetime] = []
        self._count = 0
        self.is_full = False
        """There are packages beyond the limit."""

    def add(self, path_id: int, born: int, gone: int, records: Iterable[RecordedPackage]) -> None:
        """One version of a database file, visible in the layers from `born` to the one below `gone`, and what it holds."""
        ended, before = self._open.get(path_id, (born, {}))
        now: dict[Package, PackageLifetime] = {}
        for record in records:
            package = record.package
            known = before.get(package) if ended >= born else None
            if known is None and self._count >= self._most:
                self.is_full = True
                continue
            if known is None:
                self._count += 1
                known = PackageLifetime(package, path_id, born, gone)
            known.gone, known.files = gone, record.files
            now[package] = known
        for package, lifetime in before.items():
            if now.get(package) is not lifetime:
                lifetime.gone = min(ended, born)
                self._closed.append(lifetime)
        self._open[path_id] = gone, now

    def __iter__(self) -> Iterator[PackageLifetime]:
        yield from self._closed
        for _, lifetimes in self._open.values():
            yield from lifetimes.values()
