"""Looks a path up in the folders of an overlay that is not mounted yet.

For the few files that decide how a container starts: its passwd and group, its working folder. The View of the same layers
would answer too, but loads numpy, and a start is not to wait for that.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from layertui.core.containers.cstrings import is_c_string
from layertui.core.errors import UnsafePath
from layertui.core.layers.beneath import MOST_LINKS, Beneath

_LIMIT = 16 << 20


def find(roots: Sequence[Path], path: str, *, follow: bool = True) -> Path | None:
    """Where the file or folder lies that the overlay of these roots, top first, would show.

    Symlinks are followed, at the end of the path only with `follow`.
    """
    if not is_c_string(path):
        return None
    ahead = [part for part in path.split("/") if part not in ("", ".")]
    came_by: list[tuple[list[Path], str]] = []
    here, links = list(roots), 0
    while ahead:
        name = ahead.pop(0)
        if name == "..":
            here = came_by.pop()[0] if came_by else here
            continue
        found = _step(here, name)
        if not found:
            return None
        mode = os.lstat(found[0]).st_mode
        if stat.S_ISLNK(mode) and (ahead or follow):
            links += 1
            if links > MOST_LINKS:
                return None
            target = os.readlink(found[0])
            if target.startswith("/"):
                came_by, here = [], list(roots)
            ahead[:0] = [part for part in target.split("/") if part not in ("", ".")]
            continue
        if ahead and not stat.S_ISDIR(mode):
            return None
        came_by.append((here, name))
        here = found
    return here[0] if here else None


def real(roots: Sequence[Path], path: str) -> str | None:
    """The path without symlinks in it; None where nothing is."""
    found = find(roots, path)
    root = next((root for root in roots if found is not None and found.is_relative_to(root)), None)
    return None if found is None or root is None else f"/{found.relative_to(root)}"


def read(roots: Sequence[Path], path: str) -> bytes | None:
    """The bytes of a small file; None where there is no such file."""
    found = find(roots, path)
    root = next((root for root in roots if found is not None and found.is_relative_to(root)), None)
    if found is None or root is None:
        return None
    # A container that runs may have put a link, or a pipe, in its place meanwhile.
    with suppress(OSError, UnsafePath), Beneath(root, symlinks=False) as beneath:
        fd = beneath.open(str(found.relative_to(root)), os.O_RDONLY | os.O_NONBLOCK, last=False)
        with open(fd, "rb") as file:
            return file.read(_LIMIT) if stat.S_ISREG(os.fstat(fd).st_mode) else None
    return None


def _step(folders: Sequence[Path], name: str) -> list[Path]:
    """What `name` is in merged folders, top first: one thing, or the folders that merge into one."""
    found: list[Path] = []
    for folder in folders:
        path = folder / name
        try:
            what = os.lstat(path)
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ENOTDIR):
                raise
            if os.path.lexists(folder / f".wh.{name}") or os.path.lexists(folder / ".wh..wh..opq"):
                break
            continue
        if stat.S_ISCHR(what.st_mode) and what.st_rdev == 0:
            break
        if not stat.S_ISDIR(what.st_mode):
            return found or [path]
        found.append(path)
        if _opaque(path):
            break
    return found


def _opaque(folder: Path) -> bool:
    if sys.platform != "linux":  # Python has xattrs there alone
        return False
    with suppress(OSError):
        return os.getxattr(folder, "user.overlay.opaque", follow_symlinks=False) == b"y"
    return False
