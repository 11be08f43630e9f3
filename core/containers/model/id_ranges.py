"""The user and group IDs that a container can have on this machine."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class IdRange:
    """User or group IDs from `first` on."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Ids:
    """How IDs in a user namespace of layertui map to IDs outside.

    `root`: every ID maps to itself. `multi`: the same, in a user namespace of a plain user (`user_namespace.py`), which does not
    have all IDs. `single`: one ID inside, which is our own outside; so all files look like that one user's in a container,
    and the real owners are recorded beside its layer.
    """

    mode: Literal["root", "multi", "single"]
    uids: tuple[IdRange, ...] = ()
    gids: tuple[IdRange, ...] = ()

    @property
    def uid_map(self) -> tuple[str, ...]:
        """The lines of a `uid_map` by which a child namespace has all IDs of ours."""
        return tuple(f"{one.first} {one.first} {one.count}" for one in self.uids)

    @property
    def gid_map(self) -> tuple[str, ...]:
        """The same for group IDs."""
        return tuple(f"{one.first} {one.first} {one.count}" for one in self.gids)


def ids() -> Ids:
    """The IDs that this process can give to a container."""
    if os.geteuid() != 0:
        return Ids("single")
    outer, uids = _own("uid_map")
    # Namespaces of layertui begin with the one ID of the user who made it, others do not.
    mode: Literal["root", "multi"] = "multi" if uids and uids[0].count == 1 and outer else "root"
    return Ids(mode, uids, _own("gid_map")[1])


def _own(name: str) -> tuple[int, tuple[IdRange, ...]]:
    """The ID outside of our 0, and the ranges that we have: in a user namespace we cannot hand on more."""
    with suppress(FileNotFoundError), open(f"/proc/self/{name}", encoding="ascii") as file:
        lines = [tuple(map(int, line.split())) for line in file]
        return lines[0][1], tuple(IdRange(first, count) for first, _, count in lines)
    return 0, ()  # not Linux, so no containers run
