"""Power cuts: a store on a disk of its own, a verb that is ended or done, and what that disk has at this moment.

The disk is a file that is mounted. What was not synced yet is in memory and not in the file: a copy of the
file is the disk as a cut would leave it. The copy is mounted, its journal is replayed, and the store on it is looked at. The file
system is one that writes late and keeps no order of its own: nothing is on it but what was synced.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from command_line import layertui
from hostile.kills import Point, Theatre
from hostile.stories import STORIES

LATE = "loop,data=writeback,noauto_da_alloc,commit=9999"
SIZE = 96 << 20  # bytes of the disk
PROMISED = [name for name in STORIES if not name.startswith(("extract", "cp out"))]
"""Stories whose end is lasting; files taken out of an image or a container are the user's, each whole as long as the power lasts."""
SWALLOWED = "inject=fsync,fdatasync,syncfs,sync,sync_file_range:retval=0"


class NoDisk(Exception):
    """No file can be mounted as a disk here."""


@contextmanager
def mounted(picture: Path, disk: Path, how: str = "loop") -> Iterator[None]:
    """A file as a disk, for as long as this is open. NoDisk."""
    disk.mkdir(exist_ok=True)
    done = subprocess.run(["mount", "-o", how, picture, disk], check=False, capture_output=True)
    if done.returncode:
        raise NoDisk(done.stderr.decode(errors="replace").strip())
    try:
        yield
    finally:
        gc.collect()  # tables that a verb in this process has mapped
        subprocess.run(["umount", "-l", disk], check=True)


@contextmanager
def powered(folder: Path, name: str) -> Iterator[PoweredTheatre]:
    """A theatre on a disk of its own. NoDisk."""
    picture, disk = folder / "picture", folder / "disk"
    picture.write_bytes(b"")
    os.truncate(picture, SIZE)
    if sys.platform != "linux" or subprocess.run(["mkfs.ext4", "-q", "-F", picture], check=False).returncode:
        raise NoDisk("no ext4 can be made here")
    with mounted(picture, disk, LATE):
        yield PoweredTheatre(folder, name)


class PoweredTheatre:
    """Plays one story on a disk that loses power."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self.story = folder, STORIES[name]
        self._theatre = Theatre(folder / "disk" / "theatre", self.story)

    @property
    def calls(self) -> list[Point]:
        """The calls of the story at which something reaches the disk, or gets its name there."""
        names = (
            "fsync",
            "fdatasync",
            "rename",
            "renameat",
            "renameat2",
            "link",
            "syncfs",
            "symlink",
            "mkdir",
            "unlink",
        )
        counted = self._theatre.calls
        return [Point(call, number) for call in names for number in range(1, counted[call] + 1)]

    def done(self, *how: str) -> list[str]:
        """What is wrong if the power goes as soon as the verb has said that it is done; `how` may be what strace does to it."""
        return self._cut(lambda: self._theatre._run(*how), "done")

    def killed(self, point: Point) -> list[str]:
        """What is wrong if the power goes in the middle of the verb."""
        return self._cut(lambda: self._theatre._struck(point), str(point))

    def _cut(self, play: Callable[[], subprocess.CompletedProcess[bytes]], when: str) -> list[str]:
        theatre, after = self._theatre, self._folder / "after"
        theatre._set()
        subprocess.run(["sync", "-f", self._folder / "disk"], check=True)
        code = play().returncode
        subprocess.run(["cp", "--sparse=always", self._folder / "picture", after], check=True)
        stage, out = theatre.stage, theatre.out
        try:
            with mounted(after, self._folder / "again"):
                theatre.stage, theatre.out = (
                    self._folder / "again" / one.relative_to(self._folder / "disk") for one in (stage, out)
                )
                return [f"{when}: {flaw}" for flaw in self._flaws(code)]
        finally:
            theatre.stage, theatre.out = stage, out
            after.unlink()

    def _flaws(self, code: int) -> list[str]:
        theatre, flaws = self._theatre, []
        if theatre.stage.exists():
            checked = layertui("fsck", store=theatre.stage)
            flaws += [f"fsck: {checked.text}{checked.err}"] if checked.code else []
        found = theatre.state()
        allowed = [theatre.after] if code == 0 else [theatre.before, theatre.after]
        if found not in allowed and not (self.story.piecemeal and code and theatre._is_between(found)):
            flaws.append(f"exit {code}, and neither before nor after: {found}")
        return flaws
