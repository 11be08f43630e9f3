"""Which user and group ids a container can have here."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Ids:
    """How ids inside a user namespace of ours stand for ids outside.

    `root`: every id stands for itself. `single`: one id inside, which is our own outside; so a container sees all files
    as that one user's, and the true owners are kept beside its layer.
    """

    mode: Literal["root", "single"]
    uid_map: tuple[str, ...] = ()
    gid_map: tuple[str, ...] = ()


def ids() -> Ids:
    """What this process may give a container."""
    if os.geteuid() != 0:
        return Ids("single")
    return Ids("root", _identity("uid_map"), _identity("gid_map"))


def _identity(name: str) -> tuple[str, ...]:
    # We may be in a user namespace ourselves, and can hand on only what we have.
    with suppress(FileNotFoundError), open(f"/proc/self/{name}", encoding="ascii") as file:
        ranges = [line.split() for line in file]
        return tuple(f"{first} {first} {count}" for first, _, count in ranges)
    return ()  # no Linux, so no containers run
