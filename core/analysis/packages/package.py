"""A package, and what one database file says of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from layertui.core.bounds import bounds

if TYPE_CHECKING:
    from collections.abc import Iterable

PackageKind = Literal["dpkg", "apk", "rpm", "python", "node", "java", "go"]

_LONGEST = 300  # characters of a name or a version; longer ones are cut off

Key = bytes
"""The key of a path, see `core.layers.table.path_keys`."""


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package, as its database names it."""

    kind: PackageKind
    name: str
    version: str
    arch: str = ""
    source: str = ""
    """The source package that it was built from, if the database says it and it has another name."""
    database: str = ""
    """The absolute path of the file that says so."""
    built_in: bool = False
    """It is part of that file, which is another package: a module in an executable of Go, a jar in a jar."""

    @property
    def title(self) -> str:
        """Kind, name and version in one line."""
        return f"{self.kind} {self.name} {self.version}".rstrip()


@dataclass(frozen=True, slots=True)
class RecordedPackage:
    """A package in one version of a database file, with the files that the database itself lists for it."""

    package: Package
    files: bytes = b""
    """The keys of their paths, each with a newline after it."""


def key_lines(keys: Iterable[Key]) -> bytes:
    """Keys of paths as lines; those with a newline in them, which no real package has, are left out."""
    found = [key for key in islice(keys, bounds().entries + 1) if b"\n" not in key]
    return b"\n".join((*found, b"")) if found else b""


def field_text(field: bytes) -> str:
    """A field of a database as text, with surrogate escapes, without blanks around it, and not endlessly long."""
    return field[: 4 * _LONGEST].decode("utf-8", "surrogateescape").strip()[:_LONGEST]
