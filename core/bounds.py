"""Limits on untrusted input. Each has a name, an environment variable, and is named in the error of whatever exceeds it.

They apply to the whole process, like rlimits. The settings set them once, before anything is opened.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, Self

from layertui.core.errors import LimitExceeded, UsageError
from layertui.core.language.texts import tr

PREFIX = "LAYERTUI_MAX_"
NONE = 1 << 62
NO_BOMB = 1 << 30  # output up to this size is never a bomb, however small the input
_SPELLED = r"(\d{1,18})([kmgt]?)(?:i?b)?"
_UNITS = {unit: 1 << shift for unit, shift in {"": 0, "k": 10, "m": 20, "g": 30, "t": 40}.items()}


class Bounds(NamedTuple):
    """The largest allowed value of each; the environment variable is `LAYERTUI_MAX_` and the name in upper case."""

    unpacked: int = 1 << 40
    """Bytes that one compressed stream unpacks to; of the files in a tar that we write; and that one command writes out."""
    ratio: int = 200
    """Bytes that a compressed stream, or a sparse file, becomes per stored byte, beyond the first gigabyte."""
    entries: int = 3_000_000
    """Members of a tar, and paths of all layers of an image together; each takes 310 bytes of memory."""
    names: int = 1 << 30
    """Bytes of the names in a tar: paths, link targets, and what is in extended headers: attributes, sparse maps."""
    path: int = 1 << 15
    """Bytes of one path; the kernel takes 4,096. Half as many levels must fit the 16 bits of a table's depth."""
    depth: int = 1000
    """Nesting of folders that are written; no real tree is as deep."""
    tree_depth: int = 4096
    """Nesting of folders that are read on disk: of a container, or of what is copied from another user's folder."""
    watched: int = 8192
    """Folders of a container's writable layer that are watched with inotify; changes in others are found at the next poll."""
    put_depth: int = 500
    """The same in a tar that is copied into a container, where each path is walked from the container's root."""
    json: int = 4 << 20
    """Bytes of one JSON document: registries have the same limit."""
    json_depth: int = 100
    """Nesting of lists and objects; documents of the specifications have six levels."""
    documents: int = 1 << 26
    """Bytes of all JSON that is read from an archive, each time it is read, and 100 per comma: about what it takes in memory."""
    layers: int = 1000
    """Layers of one image: docker allows 127, and an overlay 500."""
    header: int = 1 << 20
    """Bytes of one extended header of a tar; Go, and so docker, has the same limit."""
    global_header: int = 4 << 10
    """Bytes of a tar's global headers, which apply to all members that follow: each of these holds a copy."""
    packages: int = 200_000
    """Packages that are read from the databases of one image."""
    package_database: int = 256 << 20
    """Bytes of one package database: dpkg's status, an rpm database, a jar."""
    package_databases: int = 4 << 30
    """Bytes of all package databases that are read of one image, in all its layers."""
    archive_entries: int = 100_000
    """Entries that are listed of an archive that is a file of an image, such as a jar or a wheel."""
    archive_unpacked: int = 4 << 30
    """Bytes that such an archive unpacks to, each time it is listed or one of its entries is read."""
    archive_depth: int = 8
    """Archives in an archive that is a file of an image, one in the other; a compressed file counts as one."""
    picture: int = 64 << 20
    """Bytes of a picture's file that is decoded."""
    picture_pixels: int = 50_000_000
    """Width times height of a picture that is decoded, each pixel taking up to 16 bytes of memory meanwhile."""

    @classmethod
    def of(cls, variables: Mapping[str, str]) -> Self:
        """The bounds that environment variables set: bytes as `512m`, `2g`, counts as numbers; 0 is no limit. Raises UsageError."""
        given: dict[str, int] = {}
        for name in cls._fields:
            if text := variables.get(PREFIX + name.upper()):
                if (number := spelled_number(text)) is None:
                    raise UsageError(
                        tr(
                            "invalid {prefix}{name}={text!r}: write a number, with k, m, g or t; 0 is no limit",
                            prefix=PREFIX,
                            name=name.upper(),
                            text=text,
                        )
                    )
                given[name] = number or NONE
        return cls(**given)


def spelled_number(text: str) -> int | None:
    """A number as `512m` or `2g`; None if it is not spelled so."""
    spelled = re.fullmatch(_SPELLED, text.strip(), re.IGNORECASE)
    return int(spelled[1]) * _UNITS[spelled[2].lower()] if spelled is not None else None


class _InForce:
    bounds = Bounds()


def bounds() -> Bounds:
    """The bounds in force; a loop calls this once."""
    return _InForce.bounds


def set_bounds(new: Bounds) -> None:
    """Set the bounds for all threads of the process."""
    _InForce.bounds = new


def check(name: str, found: float, what: str) -> None:
    """Raise LimitExceeded if `found` exceeds the bound `name`; `what` begins the message."""
    if found > getattr(_InForce.bounds, name):
        raise exceeded(name, what)


def exceeded(name: str, what: str) -> LimitExceeded:
    """The error for exceeding a bound: what exceeds it, its name, its value, and how to set it."""
    return LimitExceeded(
        tr(
            "{what}; the limit is {value:,}, {prefix}{name} sets another (0: none)",
            what=what,
            value=getattr(_InForce.bounds, name),
            prefix=PREFIX,
            name=name.upper(),
        )
    )
