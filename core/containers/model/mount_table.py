"""The mounts of a container, and the host's folder of each layer of its root filesystem."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_ESCAPED = re.compile(r"\\([0-7]{3})")


@dataclass(frozen=True, slots=True)
class MountEntry:
    """One line of the container's mount table (proc_pid_mountinfo(5))."""

    path: str
    kind: str
    """The type of the file system."""
    source: str
    options: tuple[str, ...]
    """The mount's options, `ro` or `rw` first."""
    number: int = 0
    """The mount's ID, as `mnt_id` in `/proc/self/fdinfo`."""


@dataclass(frozen=True, slots=True)
class MountedLayer:
    """A host folder that is a layer of the container's root."""

    first: int
    last: int
    """The numbers of its layers: one, or several merged into one folder. Both are 0 for the mount points below all layers."""
    folder: Path
    writable: bool = False


@dataclass(frozen=True, slots=True)
class MountTable:
    """The layers of the root, top first, and the mounts of the running container."""

    layers: tuple[MountedLayer, ...]
    mounts: tuple[MountEntry, ...] = ()


def mounts_of(pid: int) -> tuple[MountEntry, ...]:
    """The mount table of a process; empty after its end."""
    with suppress(OSError), open(f"/proc/{pid}/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return tuple(_mount(line) for line in file)
    return ()


def _mount(line: str) -> MountEntry:
    before, _, after = line.rstrip("\n").partition(" - ")
    number, _, _, _, path, options, *_ = before.split(" ")
    kind, source, *_ = after.split(" ")
    return MountEntry(_plain(path), kind, _plain(source), tuple(options.split(",")), int(number))


def _plain(text: str) -> str:
    """Decode the octal escapes of blanks and the like."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 8)), text)
