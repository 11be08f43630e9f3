"""Transports: by which prefixes images are named, in one table that the reading of names, completion and help all use.

A name is `PREFIX:REST`, as skopeo and podman spell it. Behind a prefix lies a file (`docker-archive:`, `oci-archive:`, `oci:`), an
engine (`embedded:`, `docker-daemon:`, `podman:`), the files of Podman or containerd without their service (`containers-storage:`,
`containerd:`), a registry (`docker://`) or a container (`container:`). In an engine, `container:` may follow: `podman:container:web`.
Every other engine has its own name as prefix (`Engines.names`: docker's contexts, and engines that another package brings); those are
looked up only where a bare name is not found, since finding them reads files of docker and the metadata of every installed package.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from layertui.core.language.texts import tr

Kind = Literal["archive", "engine", "registry", "container"]


class Transport(NamedTuple):
    """One row of the table."""

    kind: Kind
    """What opens it: `archive` a file or folder, `engine` an engine, `registry` that of the registry which the rest names,
    `container` the default engine."""
    rest: str
    """What follows the colon, as usage shows it."""
    about: str
    """An archive's form, or where images are kept, in words."""
    engine: str = ""
    """The name of the engine that opens it."""
    starts: str = ""
    """With what the rest must begin; else it is a bare name that happens to begin so."""


TRANSPORTS: dict[str, Transport] = {
    "docker-archive": Transport("archive", "FILE[:REF]", tr("a docker archive")),
    "oci-archive": Transport("archive", "FILE[:REF]", tr("an OCI archive")),
    "oci": Transport("archive", "DIR[:REF]", tr("an OCI layout folder")),
    "embedded": Transport("engine", "NAME", tr("the embedded store"), engine="embedded"),
    "container": Transport("container", "NAME", "a container"),
    "docker-daemon": Transport("engine", "NAME", "Docker Engine", engine="docker"),
    "podman": Transport("engine", "NAME", "Podman", engine="podman"),
    "docker": Transport("registry", "//HOST/NAME", "a registry", starts="//"),
    "containers-storage": Transport("engine", "NAME", "Podman's store", engine="containers-storage"),
    "catalog": Transport("engine", "NAME", tr("the catalog"), engine="catalog"),
    "containerd": Transport("engine", "NAME", "containerd's store", engine="containerd"),
}


def transport_of(text: str) -> tuple[str, Transport, str] | None:
    """The prefix that a text begins with, its row, and the rest of the text; None for a name without a transport or a path."""
    prefix, colon, rest = text.partition(":")
    row = TRANSPORTS.get(prefix) if colon else None
    return (prefix, row, rest) if row is not None and rest.startswith(row.starts) else None


def engine_prefix(engine: str) -> str:
    """The prefix, without its colon, behind which images of this engine are named: `docker-daemon` for `docker`, else its name."""
    return next((prefix for prefix, row in TRANSPORTS.items() if row.engine == engine), engine)


def archive_prefixes() -> list[str]:
    """The prefixes behind which a path follows, each with its colon."""
    return [f"{prefix}:" for prefix, row in TRANSPORTS.items() if row.kind == "archive"]
