"""Compares a container's namespaces with the host's, by their inode numbers (namespaces(7))."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from layertui.core.containers.model.container import Container, State
from layertui.core.containers.model.process_identity import Process, host_namespaces, inside, namespaces_of


@dataclass(frozen=True, slots=True)
class Namespaces:
    """Inode numbers by kind: the host's, and the container's while it runs."""

    status: State
    pid: int
    host: Mapping[str, int]
    container: Mapping[str, int] | None = None
    own: tuple[str, ...] = ()
    """The kinds that differ."""
    processes: Mapping[str, tuple[int, ...]] = field(default_factory=dict, hash=False)
    """The host pids of the container's processes in each namespace: a process may be in nested ones of its own."""


def namespaces(container: Container) -> Namespaces:
    """The namespaces of a container; only the host's unless it runs."""
    host = host_namespaces()
    pid = container.pid or 0
    theirs = namespaces_of(pid) if pid else {}
    if not theirs:  # not running, or just ended
        return Namespaces(container.state, pid, host)
    own = tuple(kind for kind, inode in theirs.items() if inode != host.get(kind))
    first = Process.of(pid)
    each = {one.pid: namespaces_of(one.pid) for one in inside(first)} if first is not None else {}
    within = {
        kind: tuple(pid for pid, found in each.items() if found.get(kind) == inode) for kind, inode in theirs.items()
    }
    return Namespaces(container.state, pid, host, theirs, own, within)
