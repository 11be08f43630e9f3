"""Looks up paths in the folders of an overlay that is not mounted yet.

For the few files that a container's start needs: passwd, group, working folder. The View of the same layers would give
the same result, but loads numpy, which would slow down the start.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from layertui.core.containers.model.c_strings import is_c_string
from layertui.core.errors import Damaged, UnsafePath
from layertui.core.fs.beneath import Beneath
from layertui.core.fs.dir_fd import xattrs_at
from layertui.core.fs.symlink_walk import WalkStep, follow_links
from layertui.core.oci.whiteout_names import OPAQUE_WHITEOUT, OPAQUE_XATTR, WHITEOUT_PREFIX

_LIMIT = 16 << 20
_Location = tuple[int, str]
"""The number of a root, and a path below it."""

_NAME_MAX = 255  # bytes of a name: of longer ones there is no whiteout as a file


def find(roots: Sequence[Path], path: str, *, follow: bool = True) -> Path | None:
    """The host's path of the file or folder that an overlay of these roots, top first, would show; None if there is none.

    Symlinks are followed; one at the end of the path only with `follow`.
    """
    found = _found(roots, path, follow=follow)
    return None if found is None else roots[found[0]] / found[1]


def real(roots: Sequence[Path], path: str) -> str | None:
    """The path without symlinks; None if it does not exist."""
    found = _found(roots, path, follow=True)
    return None if found is None else f"/{found[1] or '.'}"


def read(roots: Sequence[Path], path: str) -> bytes | None:
    """The bytes of a small file; None if there is none."""
    found = _found(roots, path, follow=True)
    if found is None:
        return None
    # A running container may have replaced it by a symlink or a pipe meanwhile.
    root, inner = roots[found[0]], found[1]
    with suppress(OSError, UnsafePath, Damaged), Beneath(root, symlinks=False) as beneath:
        file = os.fdopen(beneath.open_file(inner), "rb")
        with file:
            return file.read(_LIMIT)
    return None


def _found(roots: Sequence[Path], path: str, *, follow: bool) -> _Location | None:
    if not is_c_string(path):
        return None
    with ExitStack() as opened:
        held: dict[int, Beneath] = {}
        for number, root in enumerate(roots):
            with suppress(
                FileNotFoundError
            ):  # a layer that is not unpacked yet, as for a container that never ran, counts as empty
                held[number] = opened.enter_context(Beneath(root, symlinks=False))
        locations = _walk(held, path, follow=follow)
    return locations[0] if locations else None


def _walk(roots: Mapping[int, Beneath], path: str, *, follow: bool) -> list[_Location]:
    top: list[_Location] = [(number, "") for number in roots]

    def look(way: Sequence[list[_Location]], name: str, more: bool) -> WalkStep[list[_Location]]:  # noqa: FBT001
        found = _step(roots, way[-1] if way else top, name)
        # A running container may have removed what was found just now.
        what = _look(roots[found[0][0]], found[0][1]) if found else None
        if what is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
        if stat.S_ISLNK(what.st_mode):
            return WalkStep(found, os.fsdecode(roots[found[0][0]].readlink(found[0][1])))
        if more and not stat.S_ISDIR(what.st_mode):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), path)
        return WalkStep(found, None)

    try:
        way = follow_links(path, look, follow=follow)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return []
    return way[-1] if way else top


def _step(roots: Mapping[int, Beneath], folders: Sequence[_Location], name: str) -> list[_Location]:
    """What `name` is in merged folders, top first: one file, or the folders that are merged."""
    found: list[_Location] = []
    for number, folder in folders:
        inner = os.path.join(folder, name)
        what = _look(roots[number], inner)
        if what is None:
            marks = (f"{WHITEOUT_PREFIX}{name}", OPAQUE_WHITEOUT)
            if any(
                _look(roots[number], os.path.join(folder, mark))
                for mark in marks
                if len(os.fsencode(mark)) <= _NAME_MAX
            ):
                break
            continue
        if stat.S_ISCHR(what.st_mode) and what.st_rdev == 0:
            break
        if not stat.S_ISDIR(what.st_mode):
            return found or [(number, inner)]
        found.append((number, inner))
        if _opaque(roots[number], inner):
            break
    return found


def _look(root: Beneath, inner: str) -> os.stat_result | None:
    try:
        return root.stat(inner)
    except (
        FileNotFoundError,
        NotADirectoryError,
        UnsafePath,
    ):  # the last: a folder has just been replaced by a symlink
        return None


def _opaque(root: Beneath, inner: str) -> bool:
    with suppress(OSError, UnsafePath), root.at(inner) as (fd, name):
        return xattrs_at(fd, name).get(OPAQUE_XATTR) == b"y"
    return False
