"""A container's namespaces beside the host's, by the inodes that the kernel gives them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from layertui.core.containers.container import Container, State
from layertui.core.containers.process import namespaces_of


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Inode numbers by kind: the host's, and the container's while it runs."""

    status: State
    pid: int
    host: Mapping[str, int]
    container: Mapping[str, int] | None = None
    own: tuple[str, ...] = ()
    """The kinds in which the two differ."""


def namespaces(container: Container) -> Namespaces:
    """The namespaces of a container; none of its own unless it runs."""
    host = namespaces_of("self")
    theirs = namespaces_of(container.pid) if container.pid else {}
    if not theirs:  # it has none, or has just ended
        return Namespaces(container.state, container.pid, host)
    own = tuple(kind for kind, inode in theirs.items() if inode != host.get(kind))
    return Namespaces(container.state, container.pid, host, theirs, own)
