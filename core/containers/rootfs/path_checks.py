"""Checks of the paths at which a container's files are changed: whether something is there, and may be put or removed there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from layertui.core.containers.model.c_strings import is_c_string
from layertui.core.errors import Conflict, NotFound, UnsafePath
from layertui.core.language.texts import tr
from layertui.core.layers.table.entry import Kind
from layertui.core.oci.whiteout_names import WHITEOUT_PREFIX

if TYPE_CHECKING:
    from layertui.core.containers.rootfs.container_root import FileStatus

_LONGEST = 4095  # PATH_MAX, without the NUL


class Paths(Protocol):
    """What a container has at its paths."""

    def resolve(self, path: str, *, follow: bool = True) -> str:
        """The path without symlinks in it, whether or not something is there; with `follow`, none at its end either."""

    def look(self, path: str) -> FileStatus | None:
        """What is at a path without symlinks in its folders."""


def check_path(path: str) -> None:
    """UnsafePath for a path that the kernel would not take."""
    if not is_c_string(path):
        raise UnsafePath(
            tr("invalid path, it contains a NUL byte or is not valid UTF-8 (lone surrogate): {path!r}", path=path[:200])
        )
    if len(os.fsencode(path)) > _LONGEST:
        raise UnsafePath(
            tr(
                "a path must not be longer than {longest:,} bytes, as the kernel has it: {path!r} …",
                longest=_LONGEST,
                path=path[:200],
            )
        )


def refuse_markers(path: str) -> None:
    """UnsafePath for a name that a layer would read as a whiteout."""
    if any(part.startswith(WHITEOUT_PREFIX) for part in path.split("/")):
        raise UnsafePath(tr("{path}: names that begin with .wh. are reserved for whiteouts", path=path))


def file_target(paths: Paths, path: str) -> tuple[str, FileStatus | None]:
    """Where a file is written that is named by a path, and the file that is there. Conflict for something else there."""
    target = paths.resolve(path)
    old = paths.look(target)
    if path.endswith("/") or not target.strip("/") or (old is not None and old.kind is Kind.DIR):
        raise Conflict(tr("{path} is a folder; name a file", path=path))
    if old is not None and old.kind is not Kind.FILE:
        raise Conflict(tr("{path} is a {word}, not a file", path=path, word=old.kind.word))
    refuse_markers(target)
    return target, old


def folder_target(paths: Paths, path: str, *, parents: bool) -> str | None:
    """Where a folder is made; None if it is there and with `parents` no error. Conflict for anything else there."""
    target = paths.resolve(path)
    seen = paths.look(target)
    if seen is not None:
        if parents and seen.kind is Kind.DIR:
            return None
        raise Conflict(tr("{path} exists already", path=path))
    refuse_markers(target)
    return target


def existing(paths: Paths, path: str) -> tuple[str, FileStatus]:
    """The path without symlinks, its last component not followed, and what is there. Raises NotFound, and Conflict for the root."""
    target = paths.resolve(path.rstrip("/"), follow=False)
    if not target.strip("/") or target.endswith(("/.", "/..")):
        raise Conflict(tr("cannot remove or replace the container's root directory"))
    seen = paths.look(target)
    if seen is None:
        raise NotFound(tr("{path}: no such file or folder in the container", path=path))
    return target, seen


def move_target(paths: Paths, source: str, path: str, new: str) -> str:
    """The target of moving `source`, which the user named `path`, to `new`.

    Raises Conflict if it exists or is inside `source`, NotFound if its folder does not exist.
    """
    target = paths.resolve(new.rstrip("/"), follow=False)
    if not target.strip("/") or paths.look(target) is not None:
        raise Conflict(tr("{new} exists already", new=new))
    if target.startswith(source + "/"):
        raise Conflict(tr("{new} is inside {path}", new=new, path=path))
    refuse_markers(target)
    above = target.rpartition("/")[0]
    seen = paths.look(paths.resolve(above)) if above else None
    if above and (seen is None or seen.kind is not Kind.DIR):
        raise NotFound(tr("{above}: no such folder in the container", above=above))
    return target


def missing_folders(paths: Paths, path: str) -> tuple[str, list[str]]:
    """The first missing path on the way, and the names below it. Raises Conflict for anything but a folder."""
    names: list[str] = []
    while True:
        above, _, name = path.rstrip("/").rpartition("/")
        above = paths.resolve(above or "/").rstrip("/")
        seen = paths.look(above) if above else None
        if seen is not None and seen.kind is not Kind.DIR:
            raise Conflict(tr("{above} is a {word}, not a folder", above=above, word=seen.kind.word))
        if seen is not None or not above:
            return f"{above}/{name}", names
        names.insert(0, name)
        path = above


def no_folder(path: str) -> NotFound:
    """The error where a folder above `path` is missing and is not made."""
    return NotFound(tr("{path}: no such folder in the container; -p makes it", path=path.rpartition("/")[0]))
