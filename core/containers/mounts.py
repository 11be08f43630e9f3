"""Mount: a folder or file of the host, or memory, that a container sees at a path of its own; as docker's options spell it.

What is mounted is no part of the container's layer: no diff, commit or export shows it, only the mount point that it needs.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from layertui.core.errors import Conflict, NotFound, UsageError

_SIZE = re.compile(r"(\d+)([bkmg]?)b?", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_UNFELT = ("z", "Z", "nocopy", "cached", "delegated", "consistent")  # words of -v that change nothing here
_FLAGS = ("exec", "noexec", "suid", "nosuid", "dev", "nodev")
_RESERVED = ("/proc", "/dev/pts", "/dev/mqueue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One mount."""

    kind: Literal["bind", "tmpfs"]
    target: str
    source: str = ""
    """On the host; empty for memory."""
    read_only: bool = False
    makes_source: bool = False
    """A source that is missing becomes a folder, as by `-v`."""
    size: int | None = None
    """Bytes that memory may take at most."""
    mode: int | None = None
    """Of the folder that memory shows; 1777 unless given."""
    flags: tuple[str, ...] = ()
    """What else mount(8) is to be told of memory."""


def volume(spelled: str) -> Mount:
    """`SRC:DST[:ro]`, what `-v` takes."""
    source, colon, rest = spelled.partition(":")
    target, _, words = rest.partition(":")
    if not colon or not target or not source:
        raise UsageError(f"invalid volume {spelled!r}: write FOLDER:PATH, or FOLDER:PATH:ro")
    if "/" not in source and source not in (".", ".."):
        raise UsageError(
            f"{source!r} would be a named volume, and there are none here; write a folder's path, as ./{source}"
        )
    read_only = False
    for word in filter(None, words.split(",")):
        if word in ("ro", "rw"):
            read_only = word == "ro"
        elif word not in _UNFELT:
            raise UsageError(f"invalid mode {word!r} in {spelled!r}: write ro or rw")
    return Mount(
        kind="bind", source=os.path.abspath(source), target=_target(target), read_only=read_only, makes_source=True
    )


def tmpfs(spelled: str) -> Mount:
    """`PATH[:size=64m,mode=755,ro,…]`, what `--tmpfs` takes."""
    path, _, words = spelled.partition(":")
    size, mode, read_only, flags = None, None, False, []
    for word in filter(None, words.split(",")):
        key, _, value = word.partition("=")
        if key == "size":
            size = bytes_of(value)
        elif key == "mode":
            mode = _mode(value)
        elif word in ("ro", "rw"):
            read_only = word == "ro"
        elif word in _FLAGS:
            flags.append(word)
        else:
            raise UsageError(
                f"invalid tmpfs option {word!r} in {spelled!r}: there are size, mode, {', '.join(_FLAGS)}, ro"
            )
    return Mount(kind="tmpfs", target=_target(path), size=size, mode=mode, read_only=read_only, flags=tuple(flags))


def mount(spelled: str) -> Mount:
    """`type=bind|tmpfs,source=…,target=…`, what `--mount` takes."""
    found: dict[str, str] = {}
    for word in spelled.split(","):
        key, equals, value = word.partition("=")
        name = _KEYS.get(key.strip().lower())
        if name is None:
            raise UsageError(
                f"invalid mount {spelled!r}: unknown key {key!r}; there are type, source, target, readonly"
            )
        found[name] = value if equals else "true"
    kind, target, source = found.get("type", "volume"), found.get("target"), found.get("source", "")
    if kind not in ("bind", "tmpfs"):
        raise UsageError(f"invalid mount {spelled!r}: there are the types bind and tmpfs, no {kind}")
    if not target or bool(source) != (kind == "bind"):
        raise UsageError(f"invalid mount {spelled!r}: a {kind} needs {'a source and ' * (kind == 'bind')}a target")
    if kind == "bind" and found.keys() & {"size", "mode"}:
        raise UsageError(f"invalid mount {spelled!r}: size and mode are for the type tmpfs")
    if found.get("readonly", "false") not in _WORDS:
        raise UsageError(f"invalid mount {spelled!r}: readonly is true or false")
    return Mount(
        kind="bind" if kind == "bind" else "tmpfs",
        source=os.path.abspath(source) if source else "",
        target=_target(target),
        read_only=_WORDS[found.get("readonly", "false")],
        size=bytes_of(found["size"]) if "size" in found else None,
        mode=_mode(found["mode"]) if "mode" in found else None,
    )


_WORDS = {"true": True, "1": True, "false": False, "0": False}
_KEYS = {
    "type": "type", "source": "source", "src": "source", "target": "target", "dst": "target", "destination": "target",
    "readonly": "readonly", "ro": "readonly", "tmpfs-size": "size", "tmpfs-mode": "mode",
}  # fmt: skip


def bytes_of(spelled: str) -> int:
    """A size in docker's words: `512m`, `2g`, `1024`."""
    found = _SIZE.fullmatch(spelled.strip())
    if found is None:
        raise UsageError(f"invalid size {spelled!r}: write a number with k, m or g")
    return int(found[1]) * _UNITS[found[2].lower()]


def checked(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """The mounts in an order in which one may lie in another. Conflict for two at one path."""
    ordered = sorted(mounts, key=lambda one: one.target.split("/"))
    for one, following in pairwise(ordered):
        if one.target == following.target:
            raise Conflict(f"duplicate mount point: {one.target}")
    return tuple(ordered)


def require_source(mount: Mount) -> None:
    """NotFound where there is nothing on the host to mount."""
    if mount.kind == "bind" and not mount.makes_source and not os.path.exists(mount.source):
        raise NotFound(f"cannot mount {mount.source}: the host has no such file or folder")


def _target(spelled: str) -> str:
    if not spelled.startswith("/"):
        raise UsageError(f"invalid mount path {spelled!r}: write an absolute path")
    path = posixpath.normpath("/" + spelled.lstrip("/"))
    if path == "/" or any(path == one or path.startswith(one + "/") for one in _RESERVED):
        raise UsageError(f"nothing can be mounted at {path}")
    return path


def _mode(spelled: str) -> int:
    try:
        return int(spelled, 8) & 0o7777
    except ValueError:
        raise UsageError(f"invalid mode {spelled!r}: write it in octal, as 1777") from None
