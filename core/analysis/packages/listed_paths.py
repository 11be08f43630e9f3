"""Finds the paths that packages list in a stack, also where the way to one leads through a symlink: `/bin/sh` in `/usr/bin`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.analysis.packages.path_hashes import PathHashes
from layertui.core.errors import NotFound, UnsafePath
from layertui.core.layers.table.columns import Column
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.path_keys import key_of, path_of

if TYPE_CHECKING:
    from layertui.core.analysis.packages.package import Key
    from layertui.core.layers.stack.view import View

_MOST_LINKS = 100_000
_MOST_MISSING = 200_000  # paths that are looked for through links


def path_ids_through_links(view: View, lines: bytes) -> Column:
    """The number in the view's stack of the path of each line, -1 if no layer has it (int32). A line is a key and a newline.

    A path that the view does not show is taken for the one that it leads to where a folder above it is a symlink.
    """
    if not lines:
        return np.zeros(0, np.int32)
    stack = view.stack
    paths = PathHashes(stack)
    path_ids = paths.path_ids(lines)
    missing = np.flatnonzero(stack.visible(path_ids, view.upto) < 0)[:_MOST_MISSING]
    links = _links(view) if len(missing) else set()
    if not links:
        return path_ids
    ends = np.flatnonzero(np.frombuffer(lines, np.uint8) == ord("\n"))
    starts = np.where(missing > 0, ends[missing - 1] + 1, 0)
    real: dict[Key, Key | None] = {}
    led: list[int] = []
    keys: list[Key] = []
    for at, start, end in zip(missing.tolist(), starts.tolist(), ends[missing].tolist(), strict=True):
        folder, slash, name = lines[start:end].rpartition(b"\0")
        if slash and folder not in real and len(real) < _MOST_MISSING:
            real[folder] = _real_folder(view, folder, links)
        target = real.get(folder)
        if slash and target is not None:
            led.append(at)
            keys.append(target + b"\0" + name + b"\n")
    found = paths.path_ids(b"".join(keys))
    path_ids[led] = np.where(found >= 0, found, path_ids[led])
    return path_ids


def _links(view: View) -> set[Key]:
    """The keys of the symlinks that the view shows."""
    rows = np.flatnonzero(view.kind == Kind.SYMLINK)[:_MOST_LINKS]
    return {view.stack.key(path_id) for path_id in view.path_ids[rows].tolist()}


def _real_folder(view: View, folder: Key, links: set[Key]) -> Key | None:
    """Where a folder really is; None if no part of its path is a symlink, or it leads nowhere."""
    parts = folder.split(b"\0")
    if not any(b"\0".join(parts[:count]) in links for count in range(1, len(parts) + 1)):
        return None
    try:
        return key_of(view.resolve(path_of(folder)).path)
    except (NotFound, UnsafePath):
        return None
