"""The user and group IDs that a container can have on this machine."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class IdRange:
    """Ids that follow each other."""

    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Ids:
    """How ids inside a user namespace of ours stand for ids outside.

    `root`: every id stands for itself. `multi`: the same, in a user namespace of a plain user (`userns.py`), which has not
    all of them. `single`: one id inside, which is our own outside; so a container sees all files as that one user's, and the
    true owners are kept beside its layer.
    """

    mode: Literal["root", "multi", "single"]
    uids: tuple[IdRange, ...] = ()
    gids: tuple[IdRange, ...] = ()

    @property
    def uid_map(self) -> tuple[str, ...]:
        """The lines of a `uid_map` by which a namespace below ours has what we have."""
        return tuple(f"{one.first} {one.first} {one.count}" for one in self.uids)

    @property
    def gid_map(self) -> tuple[str, ...]:
        """The same for groups."""
        return tuple(f"{one.first} {one.first} {one.count}" for one in self.gids)


def ids() -> Ids:
    """What this process may give a container."""
    if os.geteuid() != 0:
        return Ids("single")
    outer, uids = _own("uid_map")
    # Our own namespaces begin with the one id of who made it, others that we may be in do not.
    mode: Literal["root", "multi"] = "multi" if uids and uids[0].count == 1 and outer else "root"
    return Ids(mode, uids, _own("gid_map")[1])


def _own(name: str) -> tuple[int, tuple[IdRange, ...]]:
    """Who our 0 is outside, and what we have: in a user namespace we can hand on no more than that."""
    with suppress(FileNotFoundError), open(f"/proc/self/{name}", encoding="ascii") as file:
        lines = [tuple(map(int, line.split())) for line in file]
        return lines[0][1], tuple(IdRange(first, count) for first, _, count in lines)
    return 0, ()  # no Linux, so no containers run
