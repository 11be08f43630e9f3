"""Limits on untrusted input. Each has a name, an environment variable, and is named in the error of whatever exceeds it.

They apply to the whole process, like rlimits. The settings set them once, before anything is opened.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, Self

from layertui.core.errors import LimitExceeded, UsageError

PREFIX = "LAYERTUI_MAX_"
NONE = 1 << 62
NO_BOMB = 1 << 30  # bytes that anything may become, however little it was
_SPELLED = r"(\d{1,18})([kmgt]?)(?:i?b)?"
_UNITS = {unit: 1 << shift for unit, shift in {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}.items()}


class Bounds(NamedTuple):
    """Each is the most that is taken; as a variable it has the same name behind `LAYERTUI_MAX_`."""

    unpacked: int = 1 << 40
    """Bytes that one compressed stream becomes; of the files in a tar that we write, and of those that one verb writes out."""
    ratio: int = 200
    """Bytes that a compressed stream, or the holes of a sparse file, become for each that is stored, beyond the first gigabyte."""
    entries: int = 3_000_000
    """Members of a tar, and paths of all layers of an image together; 310 bytes of memory each."""
    names: int = 1 << 30
    """Bytes of their paths, of what links lead to, and of what else has no place in a header: attributes, maps of holes."""
    path: int = 1 << 15
    """Bytes of one path; the kernel takes 4,096, and half as many levels still fit the 16 bits of a table's depth."""
    depth: int = 1000
    """Folders within folders that are written; no real tree has so many."""
    tree_depth: int = 4096
    """Folders within folders that are looked at on disk, where a container has made them, or somebody else in what is copied."""
    watched: int = 8192
    """Folders of a container's own layer in which the kernel tells a screen of changes; others show at its next look."""
    put_depth: int = 500
    """The same in a tar that is put into a container, where each path is walked from the container's root."""
    json: int = 4 << 20
    """Bytes of one JSON document: registries stop there too."""
    json_depth: int = 100
    """Lists and objects in each other; what the specifications have ends at six."""
    documents: int = 1 << 26
    """Bytes of all JSON that an archive has us read together, each time it is read, and 100 for each comma: about what it takes in memory."""
    layers: int = 1000
    """Layers of one image: docker takes 127 of them, and an overlay 500."""
    header: int = 1 << 20
    """Bytes of one extended header of a tar; Go, and so docker, stops there too."""
    global_header: int = 4 << 10
    """Bytes that global headers of a tar may say of all members that follow: each of them has to take them in."""

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        """Those that variables set: numbers of bytes as `512m`, `2g`, counts as they are; 0 is no limit. UsageError."""
        given: dict[str, int] = {}
        for name in cls._fields:
            if text := variables.get(PREFIX + name.upper()):
                spelled = re.fullmatch(_SPELLED, text.strip(), re.IGNORECASE)
                if spelled is None:
                    raise UsageError(
                        f"invalid {PREFIX}{name.upper()}={text!r}: write a number, with k, m, g or t; 0 is no limit"
                    )
                given[name] = int(spelled[1]) * _UNITS[spelled[2].lower()] or NONE
        return cls(**given)


class _InForce:
    bounds = Bounds()


def bounds() -> Bounds:
    """Those in force; a loop asks once."""
    return _InForce.bounds


def set_bounds(new: Bounds) -> None:
    """From now on these hold, in every thread."""
    _InForce.bounds = new


def check(name: str, found: float, what: str) -> None:
    """LimitExceeded where more was found than the limit of that name takes; `what` was found begins the line."""
    if found > getattr(_InForce.bounds, name):
        raise exceeded(name, what)


def exceeded(name: str, what: str) -> LimitExceeded:
    """A line that says what has too much, and which limit that is: its name, its value, and what sets another one."""
    return LimitExceeded(
        f"{what}; the limit is {getattr(_InForce.bounds, name)}, {PREFIX}{name.upper()} sets another (0: none)"
    )
