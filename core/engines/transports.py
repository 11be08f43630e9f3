"""Transports: by which prefixes images are named, in one table that the reading of names, completion and help all use.

A name is `PREFIX:REST`, as skopeo and podman spell it. Behind a prefix lies a file (`docker-archive:`, `oci-archive:`, `oci:`), the
engine of that name (`embedded:`), a container (`container:`), or a place that is not read yet and says so. Each engine that
another package brings has its own name as prefix too (`Engines.names`); those are looked up only where a bare name is not found, since
finding them reads the metadata of every installed package.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Kind = Literal["archive", "engine", "container", "refused"]


class Transport(NamedTuple):
    """One row of the table."""

    kind: Kind
    """What opens it: `archive` a file or folder, `engine` an engine, `container` the default engine; `refused` nothing."""
    rest: str
    """What follows the colon, as usage shows it."""
    about: str
    """An archive's form, in words; for a refused one where its images are kept."""
    engine: str = ""
    """The name of the engine that opens it."""
    starts: str = ""
    """With what the rest must begin; else it is a bare name that happens to begin so."""


TRANSPORTS: dict[str, Transport] = {
    "docker-archive": Transport("archive", "FILE[:REF]", "a docker archive"),
    "oci-archive": Transport("archive", "FILE[:REF]", "an OCI archive"),
    "oci": Transport("archive", "DIR[:REF]", "an OCI layout folder"),
    "embedded": Transport("engine", "NAME", "the embedded store", engine="embedded"),
    "container": Transport("container", "NAME", "a container"),
    "docker-daemon": Transport("refused", "NAME", "Docker Engine"),
    "podman": Transport("refused", "NAME", "Podman"),
    "docker": Transport("refused", "//NAME", "a registry", starts="//"),
    "containers-storage": Transport("refused", "NAME", "Podman's store"),
}


def transport_of(text: str) -> tuple[str, Transport, str] | None:
    """The prefix that a text begins with, its row, and the rest of the text; None for a name without a transport or a path."""
    prefix, colon, rest = text.partition(":")
    row = TRANSPORTS.get(prefix) if colon else None
    return (prefix, row, rest) if row is not None and rest.startswith(row.starts) else None


def archive_prefixes() -> list[str]:
    """The prefixes behind which a path follows, each with its colon."""
    return [f"{prefix}:" for prefix, row in TRANSPORTS.items() if row.kind == "archive"]
