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
    """The folders below one that is watched; at most `Bounds.watched`, and `Bounds.tree_depth` in each other.

    Each is known by its watch, and by its name in that of the folder above: a path for each would take more than the tree.
    """

    def __init__(self, folder: Path, top: int, add_watch: Callable[[bytes, int], int]) -> None:
        """`top` is the folder's own watch."""
        self.folder = folder
        self._top, self._add_watch, self._most = top, add_watch, bounds().watched
        self._places: dict[int, tuple[int, bytes]] = {top: (top, b"")}
        self._watches: dict[tuple[int, bytes], int] = {}
        self._fd = os.open(folder, STEP)

    def close(self) -> None:
        """Let go of the folder."""
        os.close(self._fd)

    def __contains__(self, watch: int) -> bool:
        return watch in self._places

    def add(self) -> None:
        """Watch all that is there. OSError as inotify has it."""
        self._add(self._fd, [self._top])

    def follow(self, event: Any) -> None:
        """Watch the folder that an event says has come, with all in it; forget one that has gone. OSError as before."""
        place = event.wd, os.fsencode(event.name)
        if event.mask & flags.IGNORED:
            self._watches.pop(self._places.pop(event.wd), None)
        elif event.mask & flags.ISDIR and event.mask & (flags.DELETE | flags.MOVED_FROM):
            self._watches.pop(place, None)
        # What came into a new folder before that was watched has told nobody, and is watched with it.
        elif event.mask & flags.ISDIR and event.mask & (flags.CREATE | flags.MOVED_TO) and place not in self._watches:
            with Descent(self._fd) as way:
                for name in self._way_to(event.wd):
                    way.down(name)
                watches = [self._watch(way.fd, *place)]
                way.down(place[1])
                self._add(way.fd, watches)

    def _way_to(self, watch: int) -> list[bytes]:
        names = []
        while watch != self._top:
            watch, name = self._places[watch]
            names.append(name)
        return names[::-1]

    def _add(self, folder: int, way: list[int]) -> None:
        """All below a folder; of `way`, the watches on the way down, the last is its own."""
        above = len(way)
        try:
            for found in walk(folder, os.fspath(self.folder), passed_over=(*GONE, errno.EACCES)):
                if stat.S_ISDIR(found.status.st_mode):
                    del way[above + len(found.above) :]
                    if len(self._places) > self._most:
                        return
                    way.append(self._watch(found.folder, way[-1], found.name))
        except (LimitExceeded, FileNotFoundError, NotADirectoryError):
            return  # one that is gone has told so, and it is looked at anew

    def _watch(self, folder: int, above: int, name: bytes) -> int:
        """The watch of a folder in another."""
        watch = self._add_watch(b"/proc/self/fd/%d/%s" % (folder, name), WANTED)
        self._places[watch] = above, name
        self._watches[above, name] = watch
        return watch
