"""Which files of the host an extraction would overwrite, asked before anything is written."""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING

from layertui.core.layers.stack.view import ROOT
from layertui.core.layers.table.entry import Change, Kind
from layertui.core.layers.write.extract import target_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from layertui.core.layers.stack.view import View


def overwritten_files(view: View, path: str, dest: str | Path, asked: str) -> Iterator[str]:
    """The paths on the host that `extract` would replace; a folder that is there is kept, and is none of them.

    A device or a pipe that is named as the destination is written to, and not replaced either. Raises what `extract` raises.
    """
    path = path if path.startswith("/") else f"/{path}"
    entry = view.resolve(path, follow=asked.endswith(("/", "/.")), chroot=True)
    only_contents = asked.endswith("/.") or entry.path == "/"
    folder, name = target_of(
        os.fspath(dest), entry, "" if only_contents else posixpath.basename(posixpath.normpath(asked))
    )
    top = os.path.join(folder, name) if name is not None else os.fspath(folder)
    if not os.path.lexists(top):
        return
    index = view.find(entry.path)
    if index is None:
        return
    first, end = (0, len(view)) if index == ROOT else (index, view.end_of(index))
    cut = len(entry.path.rstrip("/"))
    for row in range(first, end):
        if view.kind[row] == Kind.DIR or view.change[row] == Change.REMOVED:
            continue
        at = os.fsencode(top + view.path(row)[cut:])
        try:
            mode = os.lstat(at).st_mode
        except OSError:
            continue
        if stat.S_ISREG(mode) or stat.S_ISLNK(mode):
            yield os.fsdecode(at)
