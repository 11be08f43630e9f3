"""Watches all folders of a tree that others make, with inotify, by descriptors, up to a limit."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inotify_simple import flags

from layertui.core.bounds import bounds
from layertui.core.errors import LimitExceeded
from layertui.core.fs.descent import GONE, STEP, Descent, walk

if TYPE_CHECKING:
    from collections.abc import Callable

WANTED = (
    flags.CREATE
    | flags.DELETE
    | flags.MOVED_FROM
    | flags.MOVED_TO
    | flags.MODIFY
    | flags.ATTRIB
    | flags.ONLYDIR
    | flags.DONT_FOLLOW
)


class WatchedTree:
    """The folders below a watched one; at most `Bounds.watched`, and `Bounds.tree_depth` levels.

    Each is stored as its watch, its parent's watch and its name: a path for each would take more memory than the tree.
    """

    def __init__(self, folder: Path, top: int, add_watch: Callable[[bytes, int], int]) -> None:
        """`top` is the folder's own watch."""
        self.folder = folder
        self._top, self._add_watch, self._most = top, add_watch, bounds().watched
        self._positions: dict[int, tuple[int, bytes]] = {top: (top, b"")}
        self._watches: dict[tuple[int, bytes], int] = {}
        self._fd = os.open(folder, STEP)

    def close(self) -> None:
        os.close(self._fd)

    def __contains__(self, watch: int) -> bool:
        return watch in self._positions

    def add(self) -> None:
        """Watch everything that is there. OSError of inotify."""
        self._add(self._fd, [self._top])

    def follow(self, event: Any) -> None:
        """Watch a folder that an event reports as new, with everything in it; forget one that is gone. OSError of inotify."""
        position = event.wd, os.fsencode(event.name)
        if event.mask & flags.IGNORED:
            self._watches.pop(self._positions.pop(event.wd), None)
        elif event.mask & flags.ISDIR and event.mask & (flags.DELETE | flags.MOVED_FROM):
            self._watches.pop(position, None)
        # What was made in a new folder before it was watched caused no event: it is watched with it.
        elif (
            event.mask & flags.ISDIR and event.mask & (flags.CREATE | flags.MOVED_TO) and position not in self._watches
        ):
            with Descent(self._fd) as way:
                for name in self._way_to(event.wd):
                    way.down(name)
                watches = [self._watch(way.fd, *position)]
                way.down(position[1])
                self._add(way.fd, watches)

    def _way_to(self, watch: int) -> list[bytes]:
        names = []
        while watch != self._top:
            watch, name = self._positions[watch]
            names.append(name)
        return names[::-1]

    def _add(self, folder: int, way: list[int]) -> None:
        """Watch everything below a folder; `way` has the watches from the top down to it, its own last."""
        above = len(way)
        try:
            for found in walk(folder, os.fspath(self.folder), passed_over=(*GONE, errno.EACCES)):
                if stat.S_ISDIR(found.status.st_mode):
                    del way[above + len(found.above) :]
                    if len(self._positions) > self._most:
                        return
                    way.append(self._watch(found.folder, way[-1], found.name))
        except (LimitExceeded, FileNotFoundError, NotADirectoryError):
            return  # if it is gone, an event follows, and it is looked at again

    def _watch(self, folder: int, above: int, name: bytes) -> int:
        """The watch of a folder in another."""
        watch = self._add_watch(b"/proc/self/fd/%d/%s" % (folder, name), WANTED)
        self._positions[watch] = above, name
        self._watches[above, name] = watch
        return watch
