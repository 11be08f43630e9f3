"""Finds the paths that packages list in a stack, also where the way to one leads through a symlink: `/bin/sh` in `/usr/bin`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from layertui.core.errors import NotFound, UnsafePath
from layertui.core.layers.table.columns import Column
from layertui.core.layers.table.entry import Kind
from layertui.core.layers.table.path_keys import key_of, path_of

if TYPE_CHECKING:
    from layertui.core.analysis.packages.package import Key
    from layertui.core.layers.stack.timeline import Timeline
    from layertui.core.layers.stack.view import View

_MOST_LINKS = 100_000
_MOST_FOLDERS = 10_000  # that are looked for through links


def places_through_links(view: View, keys: list[Key]) -> Column:
    """The number of each path in the view's stack, -1 for those that no layer has.

    A path that the view does not show is taken for the one that it leads to where a folder above it is a symlink.
    """
    stack = view.stack
    places = _places(stack, keys)
    missing = np.flatnonzero(stack.visible(places, view.upto) < 0)
    links = _links(view) if len(missing) else set()
    real: dict[Key, Key | None] = {}
    led: list[tuple[int, Key]] = []
    for at in missing.tolist():
        folder, slash, name = keys[at].rpartition(b"\0")
        if slash and folder not in real and len(real) < _MOST_FOLDERS:
            real[folder] = _real_folder(view, folder, links)
        target = real.get(folder)
        if slash and target is not None:
            led.append((at, target + b"\0" + name))
    found = _places(stack, [key for _, key in led])
    for (at, _), place in zip(led, found.tolist(), strict=True):
        if place >= 0:
            places[at] = place
    return places


def _places(stack: Timeline, keys: list[Key]) -> Column:
    """The number of each path, -1 for those that no layer has; only folders in which one of them lies are looked into."""
    by_folder: dict[Key, list[int]] = {}
    for at, key in enumerate(keys):
        by_folder.setdefault(key.rpartition(b"\0")[0], []).append(at)
    places = np.full(len(keys), -1, np.int64)
    # In tree order, so that only the folders on the way to the last one are held.
    way: list[tuple[bytes, dict[bytes, int]]] = []
    top = _children(stack, None)
    for folder in sorted(by_folder):
        parts = folder.split(b"\0") if folder else []
        same = 0
        while same < min(len(way), len(parts)) and way[same][0] == parts[same]:
            same += 1
        del way[same:]
        for part in parts[same:]:
            place = (way[-1][1] if way else top).get(part)
            if place is None:
                break
            way.append((part, _children(stack, place)))
        if len(way) == len(parts):
            inside = way[-1][1] if way else top
            for at in by_folder[folder]:
                places[at] = inside.get(keys[at].rpartition(b"\0")[2], -1)
    return places


def _children(stack: Timeline, place: int | None) -> dict[bytes, int]:
    """The paths directly in a folder, or in the root for None, by their names."""
    first, end = (0, len(stack.depth)) if place is None else (place + 1, int(stack.end[place]))
    depth = 1 if place is None else int(stack.depth[place]) + 1
    inside = first + np.flatnonzero(stack.depth[first:end] == depth)
    return dict(zip(stack.names(inside), inside.tolist(), strict=True))


def _links(view: View) -> set[Key]:
    """The keys of the symlinks that the view shows."""
    rows = np.flatnonzero(view.kind == Kind.SYMLINK)[:_MOST_LINKS]
    return {view.stack.key(place) for place in view.places[rows].tolist()}


def _real_folder(view: View, folder: Key, links: set[Key]) -> Key | None:
    """Where a folder really is; None if no part of its path is a symlink, or it leads nowhere."""
    parts = folder.split(b"\0")
    if not any(b"\0".join(parts[:count]) in links for count in range(1, len(parts) + 1)):
        return None
    try:
        return key_of(view.resolve(path_of(folder)).path)
    except (NotFound, UnsafePath):
        return None
