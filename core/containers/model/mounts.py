"""Mounts of a container: bind mounts, volumes and tmpfs, parsed from docker's options.

Mounted files are not part of the container's layer: diff, commit and export show only the mount point.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from layertui.core.errors import Conflict, NotFound, UsageError
from layertui.core.language.texts import tr

_SIZE = re.compile(r"(\d+)([bkmg]?)b?", re.IGNORECASE)
VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
_UNFELT = ("z", "Z", "cached", "delegated", "consistent")  # options of -v without an effect here
_FLAGS = ("exec", "noexec", "suid", "nosuid", "dev", "nodev")
Kind = Literal["volume", "bind", "tmpfs"]
_KINDS: tuple[Kind, ...] = ("volume", "bind", "tmpfs")
_RESERVED = ("/proc", "/dev/pts", "/dev/mqueue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder or file of the host, a volume, or a tmpfs, and its path in the container."""

    kind: Kind
    target: str
    source: str = ""
    """The path on the host; the name of a volume; empty for an anonymous volume or a tmpfs."""
    read_only: bool = False
    makes_source: bool = False
    """Whether a missing source is made as a folder, as by `-v`."""
    copies: bool = True
    """Whether an empty volume gets what the image has at its target."""
    size: int | None = None
    """The largest size of a tmpfs in bytes."""
    mode: int | None = None
    """The mode of a tmpfs's root folder; 1777 by default."""
    flags: tuple[str, ...] = ()
    """Further options of a tmpfs for mount(8)."""


def volume(spelled: str) -> Mount:
    """Parse `SRC:DST[:ro]`, `NAME:DST[:ro]` or `DST`, the value of `-v`. Raises UsageError."""
    source, colon, rest = spelled.partition(":")
    if not colon:
        return Mount(kind="volume", target=_target(source))
    target, _, words = rest.partition(":")
    if not target or not source:
        raise UsageError(
            tr(
                "invalid volume {spelled!r}: write FOLDER:PATH or NAME:PATH, with :ro at the end for read-only",
                spelled=spelled,
            )
        )
    read_only, copies = False, True
    for word in filter(None, words.split(",")):
        if word in ("ro", "rw"):
            read_only = word == "ro"
        elif word == "nocopy":
            copies = False
        elif word not in _UNFELT:
            raise UsageError(tr("invalid mode {word!r} in {spelled!r}: write ro or rw", word=word, spelled=spelled))
    if "/" not in source and not source.startswith("."):
        return Mount(
            kind="volume", source=volume_name(source), target=_target(target), read_only=read_only, copies=copies
        )
    return Mount(
        kind="bind", source=os.path.abspath(source), target=_target(target), read_only=read_only, makes_source=True
    )


def volume_name(name: str) -> str:
    """The name, if it is a valid volume name. Raises UsageError."""
    if not VOLUME_NAME.fullmatch(name):
        raise UsageError(
            tr(
                "{name!r} is not a volume name: letters, digits, '_', '.' and '-', at least two; a folder is written as ./{name}",
                name=name,
            )
        )
    return name


def tmpfs(spelled: str) -> Mount:
    """Parse `PATH[:size=64m,mode=755,ro,…]`, the value of `--tmpfs`. Raises UsageError."""
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
                tr(
                    "invalid tmpfs option {word!r} in {spelled!r}: there are size, mode, {flags}, ro",
                    word=word,
                    spelled=spelled,
                    flags=", ".join(_FLAGS),
                )
            )
    return Mount(kind="tmpfs", target=_target(path), size=size, mode=mode, read_only=read_only, flags=tuple(flags))


def mount(spelled: str) -> Mount:
    """Parse `type=volume|bind|tmpfs,source=…,target=…`, the value of `--mount`. Raises UsageError."""
    found: dict[str, str] = {}
    for word in spelled.split(","):
        key, equals, value = word.partition("=")
        name = _KEYS.get(key.strip().lower())
        if name is None:
            raise UsageError(
                tr(
                    "invalid mount {spelled!r}: unknown key {key!r}; known are type, source, target, readonly",
                    spelled=spelled,
                    key=key,
                )
            )
        found[name] = value if equals else "true"
    kind, target, source = _kind(found.get("type", "volume"), spelled), found.get("target"), found.get("source", "")
    if not target or (bool(source) != (kind == "bind") and kind != "volume"):
        raise UsageError(
            tr(
                "invalid mount {spelled!r}: a {kind} needs {word}a target",
                spelled=spelled,
                kind=kind,
                word=tr("a source and ") * (kind == "bind"),
            )
        )
    if kind != "tmpfs" and found.keys() & {"size", "mode"}:
        raise UsageError(tr("invalid mount {spelled!r}: size and mode are for the type tmpfs", spelled=spelled))
    if found.get("readonly", "false") not in _WORDS:
        raise UsageError(tr("invalid mount {spelled!r}: readonly is true or false", spelled=spelled))
    return Mount(
        kind=kind,
        source=os.path.abspath(source) if kind == "bind" else volume_name(source) if source else "",
        target=_target(target),
        read_only=_WORDS[found.get("readonly", "false")],
        copies=not _WORDS.get(found.get("nocopy", "false"), True),
        size=bytes_of(found["size"]) if "size" in found else None,
        mode=_mode(found["mode"]) if "mode" in found else None,
    )


def _kind(word: str, spelled: str) -> Kind:
    found = next((kind for kind in _KINDS if kind == word), None)
    if found is None:
        raise UsageError(
            tr(
                "invalid mount {spelled!r}: there are the types {kinds}, no {word}",
                spelled=spelled,
                kinds=", ".join(_KINDS),
                word=word,
            )
        )
    return found


_WORDS = {"true": True, "1": True, "false": False, "0": False}
_KEYS = {
    "type": "type", "source": "source", "src": "source", "target": "target", "dst": "target", "destination": "target",
    "readonly": "readonly", "ro": "readonly", "tmpfs-size": "size", "tmpfs-mode": "mode",
    "volume-nocopy": "nocopy",
}  # fmt: skip


def bytes_of(spelled: str) -> int:
    """Parse a size in docker's form: `512m`, `2g`, `1024`. Raises UsageError."""
    found = _SIZE.fullmatch(spelled.strip())
    if found is None:
        raise UsageError(tr("invalid size {spelled!r}: write a number with k, m or g", spelled=spelled))
    return int(found[1]) * _UNITS[found[2].lower()]


def checked(mounts: Iterable[Mount]) -> tuple[Mount, ...]:
    """The mounts, outer ones before those inside them, each target once. Raises Conflict for two at one target.

    Another mount replaces an anonymous volume at its target.
    """
    once = dict.fromkeys(mounts)
    named = {one.target for one in once if not _is_nameless(one)}
    kept = (one for one in once if not (_is_nameless(one) and one.target in named))
    ordered = sorted(kept, key=lambda one: one.target.split("/"))
    for one, following in pairwise(ordered):
        if one.target == following.target:
            raise Conflict(tr("duplicate mount point: {target}", target=one.target))
    return tuple(ordered)


def _is_nameless(mount: Mount) -> bool:
    return mount.kind == "volume" and not mount.source


def with_volume_folders(mounts: Iterable[Mount], volumes: Path) -> Iterator[Mount]:
    """The same, with named volumes as their folders in `volumes`."""
    for mount in mounts:
        if mount.kind == "volume" and mount.source:
            yield replace(mount, kind="bind", source=str(volumes / volume_name(mount.source)))
        else:
            yield mount


def make_source(mount: Mount) -> None:
    """Make a missing folder on the host, if the mount asks for it. Raises StorageError."""
    if mount.makes_source and not os.path.lexists(mount.source):
        os.makedirs(mount.source, exist_ok=True)


def require_source(mount: Mount) -> None:
    """Raise NotFound if the source does not exist on the host."""
    if mount.kind == "bind" and not mount.makes_source and not os.path.exists(mount.source):
        raise NotFound(tr("cannot mount {source}: the host has no such file or folder", source=mount.source))


def _target(spelled: str) -> str:
    if not spelled.startswith("/"):
        raise UsageError(tr("invalid mount path {spelled!r}: write an absolute path", spelled=spelled))
    path = posixpath.normpath("/" + spelled.lstrip("/"))
    if path == "/" or any(path == one or path.startswith(one + "/") for one in _RESERVED):
        raise UsageError(tr("nothing can be mounted at {path}", path=path))
    return path


def _mode(spelled: str) -> int:
    try:
        return int(spelled, 8) & 0o7777
    except ValueError:
        raise UsageError(tr("invalid mode {spelled!r}: write it in octal, as 1777", spelled=spelled)) from None
